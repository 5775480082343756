/** Configurations and places that `run` and `record` cannot work with: refused before anything is started, or at once. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Plant, plantYaml } from '../support/plant.ts';
import { type Row, registerRows } from '../support/rows.ts';
import { csvText, machine } from '../support/signals.ts';

const CSV = '{ type: csv, path: pump.csv, realTime: false }';
/** Writes a configuration, and the table that it may name, and runs it. */
const ran =
  (yaml: string | Uint8Array | Plant, command = ['run']) =>
  (folder: string): string[] => {
    writeFileSync(join(folder, 'pump.csv'), csvText(machine(4)));
    const text = typeof yaml === 'string' || yaml instanceof Uint8Array ? yaml : plantYaml({ source: CSV, ...yaml });
    writeFileSync(join(folder, 'plant.yaml'), text);
    return [...command, '-c', 'plant.yaml'];
  };
const refused = (code: string, ...found: RegExp[]): Pick<Row, 'code' | 'stderr'> => ({
  code: 2,
  stderr: [new RegExp(`^spindle: InputError ${code}: `, 'm'), ...found],
});
/** Nothing was started: no data directory was made. */
const startsNothing = (_: unknown, folder: string): void => assert.not.ok(existsSync(join(folder, 'data')));

const taken = createServer().listen(0, '127.0.0.1');
await once(taken, 'listening');
const { port } = taken.address() as { port: number };

const files: Row[] = [
  {
    claim: 'a configuration that is not there is refused',
    make: () => ['run', '-c', 'gone.yaml'],
    ...refused('CONFIG_READ', /gone\.yaml: cannot be read: ENOENT.*; nothing was started/),
  },
  {
    claim: 'a directory in place of a configuration is refused',
    make: () => ['run', '-c', '.'],
    ...refused('CONFIG_READ', /\.: got a directory, wanted a file; nothing was started/),
  },
  {
    claim: 'a FIFO in place of a configuration is refused at once',
    make: (folder) => {
      execFileSync('mkfifo', [join(folder, 'plant.yaml')]);
      return ['run', '-c', 'plant.yaml'];
    },
    ...refused('CONFIG_READ', /plant\.yaml: .*got a pipe, wanted a file/),
  },
  {
    claim: 'run without a configuration is refused, naming the option',
    make: () => ['run'],
    code: 2,
    stderr: [/required option '-c, --config <FILE>' not specified/],
  },
  {
    claim: 'a configuration of 0 bytes is refused',
    make: ran(''),
    ...refused('CONFIG_EMPTY', /plant\.yaml: got an empty file, wanted a configuration; see spindle run --help/),
  },
  {
    claim: 'a configuration that is no text is refused',
    make: ran(Buffer.from([0xff, 0xfe, 0x00, 0x80])),
    ...refused('CONFIG_READ', /plant\.yaml: is no UTF-8 text; nothing was started/),
  },
  {
    claim: 'a configuration of two megabytes is refused with both sizes',
    make: ran(`# ${'x'.repeat(2_000_000)}`),
    ...refused('CONFIG_READ', /got 2000002 bytes, wanted a configuration of at most 1048576/),
  },
  {
    claim: 'a configuration that is not YAML is refused with its place',
    make: ran('enterprise: [acme\nsite: x\n'),
    ...refused('CONFIG_YAML', /plant\.yaml:\d+:\d+ \(YAML\): .+\nNothing was started\./),
    holds: startsNothing,
  },
  {
    claim: 'YAML that is no mapping is refused',
    make: ran('just a sentence'),
    ...refused('CONFIG_INVALID', /plant\.yaml:1:1 \(whole file\): got "just a sentence", wanted a mapping/),
  },
  {
    claim: 'YAML whose aliases would fill the memory is refused',
    make: ran(
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`)}]`)
        .join('\n')}\n`,
    ),
    ...refused('CONFIG_YAML', /plant\.yaml:.*[Nn]othing was started/s),
  },
  {
    claim: 'an unknown key is refused with the likely one',
    make: ran({ more: 'uplink: []\n' }),
    ...refused(
      'CONFIG_INVALID',
      /plant\.yaml:\d+:1 uplink: got an unknown key, wanted uplinks \(did you mean that\?\)/,
    ),
    holds: startsNothing,
  },
  {
    claim: 'two errors are told at once, each with its line',
    make: ran(plantYaml({ source: CSV }).replace('unit: g', 'unit: kg').replace('range: 16', 'range: -1')),
    ...refused(
      'CONFIG_INVALID',
      /plant\.yaml:10:15 assets\.0\.points\.0\.unit: got "kg", wanted one of g, m\/s2/,
      /plant\.yaml:12:16 assets\.0\.points\.0\.range: got -1, wanted a number above 0/,
    ),
    holds: startsNothing,
  },
  ...['0', '-1', '.nan', 'fast', ''].map(
    (rate): Row => ({
      claim: `a rate of '${rate}' in a configuration is refused with its line`,
      make: ran(plantYaml({ source: CSV }).replace('sampleRateHz: 2000', `sampleRateHz: ${rate}`)),
      ...refused(
        'CONFIG_INVALID',
        /plant\.yaml:11:\d+ assets\.0\.points\.0\.sampleRateHz: got .+, wanted a number above 0/,
      ),
    }),
  ),
  {
    claim: 'a secret that is not in the environment is refused by its name',
    make: ran({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the file itself
      uplink: '{ name: up, receipts: puback, url: "mqtt://127.0.0.1:1", password: "${SPINDLE_NO_SUCH_SECRET}" }',
    }),
    ...refused(
      'CONFIG_INVALID',
      /uplinks\.0\.password: got an environment without SPINDLE_NO_SUCH_SECRET, wanted it set/,
    ),
  },
  {
    claim: 'an uplink that is no address of a broker is refused',
    make: ran({ uplink: '{ name: up, url: "http://127.0.0.1" }' }),
    ...refused('CONFIG_INVALID', /uplinks\.0\.url: got "http:\/\/127\.0\.0\.1", wanted an address such as mqtt:/),
  },
];

const sources: Row[] = [
  {
    claim: 'a source that is not there stops run before anything is started',
    make: ran({ source: '{ type: csv, path: gone.csv }' }),
    ...refused('FILE_MISSING', /gone\.csv: there is no such file; nothing was read/),
    holds: startsNothing,
  },
  {
    claim: 'a source of another kind than the configuration says is refused',
    make: ran({ source: '{ type: wav, path: pump.csv }' }),
    ...refused('WAV_FORMAT', /pump\.csv: is no WAV: begins with/),
    holds: startsNothing,
  },
  {
    claim: 'a source that turns out damaged ends run with 2, and what came before is kept',
    make: (folder) => {
      const args = ran({})(folder);
      writeFileSync(join(folder, 'pump.csv'), `${csvText(machine(40))}\0\u0001\n`);
      return args;
    },
    ...refused(
      'CSV_BINARY',
      /pump\.csv: line 80002 holds the byte 0/,
      /^80000 samples in, 0 lost, [1-9]\d* decisions, 0 alarms, [1-9]\d* frames stored$/m,
    ),
  },
  {
    claim: 'a simulator in another unit than its own is refused',
    make: ran(plantYaml().replace('unit: g', 'unit: V')),
    ...refused('CONFIG_SOURCE', /motor\/drive-end: got unit V, but the simulator speaks g; nothing was started/),
  },
  {
    claim: 'record without an output file is refused, naming the option',
    make: () => ['record'],
    code: 2,
    stderr: [/required option '--out <FILE>' not specified/],
  },
  {
    claim: 'record --point without a configuration is refused',
    make: () => ['record', '--out', 'x.spindle', '--point', 'a/b'],
    ...refused('RECORD_USAGE', /record: --point needs --config; nothing was recorded/),
  },
  {
    claim: 'record of a point that the configuration does not have is refused with those it has',
    make: ran({}, ['record', '--out', 'x.spindle', '--point', 'pump/x']),
    ...refused('RECORD_USAGE', /got --point pump\/x, wanted one of motor\/drive-end/),
  },
  {
    claim: 'record over its own source is refused and leaves it as it was',
    make: ran({}, ['record', '--out', 'pump.csv']),
    ...refused('OUTPUT_INPUT', /pump\.csv: got the place of an input/),
    holds: (_, folder) => assert.is(readFileSync(join(folder, 'pump.csv'), 'utf8'), csvText(machine(4))),
  },
  {
    claim: 'record into a folder that is not there is refused',
    make: () => ['record', '--out', 'no/where.spindle', '--seconds', '1'],
    ...refused('FILE_WRITE', /no\/where\.spindle: cannot be written/),
  },
  {
    claim: 'record over a directory is refused',
    make: () => ['record', '--out', '.', '--seconds', '1'],
    ...refused('FILE_WRITE', /\.: cannot be written \(EISDIR/),
  },
];

const places: Row[] = [
  {
    claim: 'a port that is taken is refused by its number',
    make: ran({ port }),
    ...refused('PORT_TAKEN', new RegExp(`port ${port} is taken; wanted a free one`)),
  },
  {
    claim: 'demo refuses a port that is taken',
    make: () => ['demo', '--headless', '--seconds', '3', '--port', String(port)],
    ...refused('PORT_TAKEN', new RegExp(`port ${port} is taken`)),
  },
  ...['run', 'record'].map(
    (command): Row => ({
      claim: `a data directory that is a file is refused by ${command}`,
      make: ran({ store: 'pump.csv' }, command === 'run' ? ['run'] : ['record', '--out', 'x.spindle']),
      ...refused('STORE_DIRECTORY', /pump\.csv: cannot be a data directory \(.*EEXIST/),
    }),
  ),
  {
    claim: 'a data directory below a file is refused',
    make: ran({ store: 'pump.csv/data' }),
    ...refused('STORE_DIRECTORY', /pump\.csv\/data: cannot be a data directory \(.*ENOTDIR/),
  },
  {
    claim: 'demo refuses a data directory that is a file',
    make: (folder) => {
      writeFileSync(join(folder, 'data'), 'x');
      return ['demo', '--headless', '--seconds', '3', '--port', '0', '--data', 'data'];
    },
    ...refused('STORE_DIRECTORY', /data: cannot be a data directory/),
  },
  {
    claim: 'a host key that is none is refused, and nothing replaces it',
    make: (folder) => {
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data', 'host.key'), 'not a key');
      return ran({})(folder);
    },
    ...refused('KEY_FILE', /host\.key: is no host key: wanted a line "hostId/),
    holds: (_, folder) => assert.is(readFileSync(join(folder, 'data', 'host.key'), 'utf8'), 'not a key'),
  },
  {
    claim: 'a store that is something else is set aside whole, and run goes on in a new one',
    make: (folder) => {
      mkdirSync(join(folder, 'data'));
      writeFileSync(
        join(folder, 'data', 'spindle.db'),
        'this was never a database, but it may be dear to somebody\n'.repeat(99),
      );
      return ran({})(folder);
    },
    code: 0,
    stderr: [
      /spindle\.db: is damaged .*set aside as spindle-damaged-\w+\.db with everything in it/,
      /[1-9]\d* frames stored/,
    ],
    holds: (_, folder) => {
      const aside = readdirSync(join(folder, 'data')).find((name) => /^spindle-damaged-.*\.db$/.test(name));
      assert.match(readFileSync(join(folder, 'data', aside ?? 'none'), 'utf8'), /^this was never a database/);
    },
  },
  {
    claim: 'a data directory that is a link to nowhere is refused',
    make: (folder) => {
      symlinkSync('/nonexistent/place', join(folder, 'data'));
      return ran({})(folder);
    },
    ...refused('STORE_DIRECTORY', /data: cannot be a data directory/),
  },
  {
    claim: 'names with blanks and signs in every path work',
    make: (folder) => {
      writeFileSync(join(folder, 'Pumpe 1 – Öl.csv'), csvText(machine(4)));
      writeFileSync(
        join(folder, 'Anlage 3 ü.yaml'),
        plantYaml({ source: '{ type: csv, path: "Pumpe 1 – Öl.csv", realTime: false }', store: '"Daten 泵"' }),
      );
      return ['run', '-c', 'Anlage 3 ü.yaml'];
    },
    code: 0,
    stderr: [/^8000 samples in, 0 lost, [1-9]\d* decisions, 0 alarms, [1-9]\d* frames stored$/m],
    holds: (_, folder) => assert.ok(existsSync(join(folder, 'Daten 泵', 'spindle.db'))),
  },
];

const badConfig = suite('bad configuration');
registerRows(badConfig, [...files, ...sources, ...places]);
badConfig('the port of these tests is freed', () => void taken.close());
badConfig.run();
