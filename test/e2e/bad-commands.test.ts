/** learn, explain and alarm: what is refused, and in which words. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import { Store } from '../../host/store/store.ts';
import { plantYaml } from '../support/plant.ts';
import { type Row, registerRows } from '../support/rows.ts';
import { csvText, machine, RATE_HZ } from '../support/signals.ts';
import { spindle } from '../support/spindle.ts';
import { points } from '../support/store.ts';

const GIVEN = ['--rate', String(RATE_HZ), '--unit', 'g'];
const SOUND = machine(30);
const refused = (code: string, ...found: RegExp[]): Pick<Row, 'code' | 'stderr'> => ({
  code: 2,
  stderr: [new RegExp(`^spindle: InputError ${code}: `, 'm'), ...found],
});

const csv =
  (command: string[], change: (value: number, row: number) => number = (value) => value) =>
  (folder: string): string[] => {
    writeFileSync(join(folder, 'pump.csv'), csvText(SOUND.map(change)));
    return command;
  };
const learn = ['learn', 'pump.csv', ...GIVEN, '--out', 'pump.baseline'];
const isAbsent = (folder: string, name: string): void => {
  try {
    readFileSync(join(folder, name));
  } catch {
    return;
  }
  throw new Error(`${name} was written`);
};

/** A baseline of pump.csv, then a command. */
const withBaseline =
  (args: string[], spoil: (bytes: Buffer) => Uint8Array = (bytes) => bytes) =>
  async (folder: string): Promise<string[]> => {
    csv([])(folder);
    await spindle(learn, { cwd: folder });
    const path = join(folder, 'pump.baseline');
    writeFileSync(path, spoil(readFileSync(path)));
    return args;
  };
const judged = ['replay', 'pump.csv', ...GIVEN, '--baseline', 'pump.baseline'];

let isTold = false;
const learning: Row[] = [
  {
    claim: 'learn of a steady recording writes a baseline that replay judges by',
    make: withBaseline(judged),
    code: 0,
    stderr: [/pump\.csv: \d+ decisions over 00:00:30, no alarm/],
  },
  {
    claim: 'learn of a level that doubles is refused with feature, size and time, and writes nothing',
    make: csv(learn, (value, row) => (row < 15 * RATE_HZ ? value : 2 * value)),
    ...refused(
      'LEARN_UNSTEADY',
      /pump\.csv: is not one steady running state:\n {2}accel: .* jumps: rises by a factor of 2 at 00:00:1[45] \([\d.]+ spreads\)/,
      /Learn from a steady stretch \(--seconds N, or another recording\), or accept it with --force; pump\.baseline was not written/,
    ),
    holds: (_, folder) => isAbsent(folder, 'pump.baseline'),
  },
  {
    claim: 'learn of the same with --force writes it, warns, and the file says so',
    make: csv([...learn, '--force', '--by', 'A. Smith'], (value, row) => (row < 15 * RATE_HZ ? value : 2 * value)),
    code: 0,
    stderr: [
      /^warn: accel: .* jumps/m,
      /pump\.baseline: accel learned from \d+ decisions .* NOT STEADY, accepted by force/,
    ],
    holds: (_, folder) => {
      const bytes = readFileSync(join(folder, 'pump.baseline')).toString('latin1');
      if (!bytes.includes('A. Smith') || !bytes.includes('jumps: rises')) throw new Error('the file does not say it');
    },
  },
  {
    claim: 'learn of a machine that stands still for a while is refused as that',
    make: csv(learn, (value, row) => (row > 6 * RATE_HZ && row < 12 * RATE_HZ ? 0.01 * value : value)),
    ...refused('LEARN_UNSTEADY', /accel: was off for \d+ of \d+ decisions, first at 00:00:0[56]/),
  },
  {
    claim: 'learn of a sensor that is stuck is refused',
    make: csv(learn, (value, row) => (row > 20 * RATE_HZ ? 0.25 : value)),
    ...refused('LEARN_UNSTEADY', /accel: the sensor was stuck in \d+ decisions/),
  },
  {
    claim: 'learn of less than eight decisions is refused',
    make: csv([...learn, '--seconds', '0.3']),
    ...refused(
      'LEARN_SHORT',
      /pump\.csv: point accel: 600 samples .* give \d decisions to learn from, wanted at least 8/,
    ),
  },
  {
    claim: 'learn of two machines at once is refused with both',
    make: (folder) => {
      csv([])(folder);
      writeFileSync(join(folder, 'other.csv'), csvText(SOUND).replace('accel', 'motor'));
      return ['learn', 'pump.csv', 'other.csv', ...GIVEN, '--out', 'b.baseline'];
    },
    ...refused('SOURCE_JOIN', /other\.csv: has motor in g at 2000 Hz, wanted as pump\.csv: accel in g at 2000 Hz/),
  },
  {
    claim: 'learn of two recordings of one machine learns from both',
    make: (folder) => {
      csv([])(folder);
      writeFileSync(join(folder, 'again.csv'), csvText(SOUND));
      return ['learn', 'pump.csv', 'again.csv', ...GIVEN, '--out', 'b.baseline'];
    },
    code: 0,
    stderr: [/b\.baseline: accel learned from \d+ decisions over 60 s of pump\.csv, again\.csv, steady/],
  },
  {
    claim: 'learn without a trace is refused',
    make: () => ['learn', '--out', 'b.baseline'],
    ...refused('LEARN_USAGE', /learn: got no trace, wanted TRACE\.\.\. or --config FILE; nothing was learned/),
  },
  {
    claim: 'learn without --out is refused',
    make: csv(['learn', 'pump.csv']),
    code: 2,
    stderr: [/required option '--out <BASELINE>' not specified/],
  },
  {
    claim: 'learn over its own recording is refused and leaves it',
    make: csv(['learn', 'pump.csv', ...GIVEN, '--out', './pump.csv']),
    ...refused('OUTPUT_INPUT', /got the place of an input/),
  },
  {
    claim: 'learn into a folder that is not there is refused',
    make: csv(['learn', 'pump.csv', ...GIVEN, '--out', 'no/such/b.baseline']),
    ...refused('OUTPUT_WRITE', /no\/such\/b\.baseline: cannot be written/),
  },
  {
    claim: 'learn from a configuration gives a baseline that the configuration can name',
    make: async (folder) => {
      const source = '{ type: simulator, fault: none, speedup: 100 }';
      writeFileSync(join(folder, 'spindle.yaml'), plantYaml({ source, sampleRateHz: 3200 }));
      await spindle(['learn', '-c', 'spindle.yaml', '--seconds', '20', '--out', 'm.baseline'], { cwd: folder });
      const yaml = readFileSync(join(folder, 'spindle.yaml'), 'utf8');
      writeFileSync(join(folder, 'spindle.yaml'), yaml.replace('learn: never', 'learn: { file: m.baseline }'));
      return ['run', '-c', 'spindle.yaml'];
    },
    options: {
      onStderr: (text, child) => {
        if (isTold || !/normal\. Score/.test(text)) return;
        isTold = true; // a second one would end it at once
        child.kill('SIGINT');
      },
    },
    code: 0,
    stderr: [/motor\/drive-end: normal\. Score/],
    holds: ({ stderr }) => {
      if (stderr.includes('learning')) throw new Error('it learned although it was given a baseline');
    },
  },
  {
    claim: 'run with a baseline that is not there is refused before anything starts',
    make: (folder) => {
      writeFileSync(
        join(folder, 'spindle.yaml'),
        plantYaml().replace('learn: never', 'learn: { file: gone.baseline }'),
      );
      return ['run', '-c', 'spindle.yaml'];
    },
    ...refused('BASELINE_READ', /gone\.baseline: cannot be read: .*nothing was analysed/),
  },
];

const baselines: Row[] = [
  {
    claim: 'a baseline with one changed byte is refused',
    make: withBaseline(judged, (bytes) => bytes.fill(bytes[9000] ^ 1, 9000, 9001)),
    ...refused('BASELINE_FILE', /pump\.baseline: is damaged or cut: its checksum does not hold; make a new one/),
  },
  {
    claim: 'a baseline that is cut is refused',
    make: withBaseline(judged, (bytes) => bytes.subarray(0, 5000)),
    ...refused('BASELINE_FILE', /pump\.baseline: is damaged/),
  },
  {
    claim: 'a baseline of 0 bytes is refused',
    make: withBaseline(judged, () => Buffer.alloc(0)),
    ...refused('BASELINE_FILE', /pump\.baseline: is no baseline file/),
  },
  {
    claim: 'something else under the name of a baseline is refused',
    make: withBaseline(judged, () => Buffer.from('accel\n1\n2\n')),
    ...refused('BASELINE_FILE', /pump\.baseline: is no baseline file; make a new one with spindle learn/),
  },
  {
    claim: 'a baseline of another rate is refused with both',
    make: withBaseline(['replay', 'pump.csv', '--rate', '4000', '--unit', 'g', '--baseline', 'pump.baseline']),
    ...refused('BASELINE_FIT', /the baseline of pump\.csv has accel in g at 2000 Hz, wanted accel in g at 4000 Hz/),
  },
  {
    claim: 'a baseline under any other name is known by its content',
    make: async (folder) => {
      await withBaseline([])(folder);
      writeFileSync(join(folder, 'normal.bin'), readFileSync(join(folder, 'pump.baseline')));
      return ['replay', 'pump.csv', ...GIVEN, '--baseline', 'normal.bin'];
    },
    code: 0,
    stderr: [/no alarm/],
  },
];

const louder = (value: number, row: number): number => (row > 20 * RATE_HZ ? 3 * value : value);
const explaining: Row[] = [
  {
    claim: 'explain says what moved, by how much and since when, and draws it',
    make: csv(['explain', 'pump.csv', ...GIVEN, '--rpm', '1500', '--svg', 'why.svg'], louder),
    code: 0,
    stderr: [],
    stdout:
      /^accel: (ALERT|DANGER) since 00:00:2\d\. [\s\S]*what moved +measured +normal +ratio +spreads +share\n[\s\S]*\nall others +[\d.]+ %\n$/,
    holds: (_, folder) => {
      const svg = readFileSync(join(folder, 'why.svg'), 'utf8');
      if (!/^<svg [^>]*viewBox="0 0 900 \d+"/.test(svg) || /<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)/.test(svg))
        throw new Error('no plain picture');
      for (const words of ['Share of the squared score', 'Spectrum of accel', 'frequency (Hz)'])
        if (!svg.includes(words)) throw new Error(`no ${words}`);
    },
  },
  {
    claim: 'explain --json is one line whose shares add up to one',
    make: csv(['explain', 'pump.csv', ...GIVEN, '--at', '00:00:25', '--json'], louder),
    code: 0,
    stderr: [],
    stdout: /^\{.*\}\n$/,
    holds: ({ stdout }) => {
      const { contributions, othersShare, start, length } = JSON.parse(stdout);
      const sum = contributions.reduce((all: number, { share }: { share: number }) => all + share, othersShare);
      if (Math.abs(sum - 1) > 1e-6) throw new Error(`shares add up to ${sum}`);
      if (!(start <= 25 * RATE_HZ && 25 * RATE_HZ < start + length)) throw new Error(`${start} ${length}`);
    },
  },
  {
    claim: 'explain --at beyond the recording is refused with where it ends',
    make: csv(['explain', 'pump.csv', ...GIVEN, '--at', '31']),
    ...refused(
      'EXPLAIN_AT',
      /pump\.csv: no decision judges sample 62000; decisions reach to sample 60000, 30 s; nothing/,
    ),
  },
  {
    claim: 'explain --at nonsense is refused',
    make: csv(['explain', 'pump.csv', ...GIVEN, '--at', 'noon']),
    code: 2,
    stderr: [
      /option '--at <PLACE>' argument 'noon' is invalid\. Wanted seconds such as 139\.5, a time such as 00:02:19/,
    ],
  },
  {
    claim: 'explain --point that is not there is refused with those that are',
    make: csv(['explain', 'pump.csv', ...GIVEN, '--point', 'y']),
    ...refused('EXPLAIN_POINT', /got the point "y", wanted one of: accel; nothing was explained/),
  },
  {
    claim: 'explain of a file that is not there is refused',
    make: () => ['explain', 'gone.csv', ...GIVEN],
    ...refused('FILE_MISSING', /gone\.csv: there is no such file/),
  },
  {
    claim: 'explain of a directory that is no store is refused',
    make: () => ['explain', '.'],
    ...refused('STORE_MISSING', /holds no spindle\.db, wanted a data directory/),
  },
  {
    claim: 'explain of a frame with an option of recordings is refused',
    make: () => ['explain', '.#3', '--rate', '5'],
    ...refused('EXPLAIN_USAGE', /explain: --rate goes with a recording only/),
  },
  {
    claim: 'explain of an export that is none is refused',
    make: csv(['explain', 'pump.csv#3']),
    code: 2,
    stderr: [/^spindle: DamageError FILE_\w+: /m],
  },
  {
    claim: 'explain over its own recording is refused',
    make: csv(['explain', 'pump.csv', ...GIVEN, '--svg', 'pump.csv']),
    ...refused('OUTPUT_INPUT', /got the place of an input/),
  },
];

const rows =
  (record: string) =>
  async (folder: string): Promise<string[]> => {
    csv([], louder)(folder);
    await spindle(['replay', 'pump.csv', ...GIVEN, '--jsonl', 'rows.jsonl'], { cwd: folder });
    const text = readFileSync(join(folder, 'rows.jsonl'), 'utf8');
    const alarm = text.split('\n').findIndex((line) => line.includes('"alarm":true')) + 1;
    return ['explain', record.replace('ALARM', String(alarm))];
  };
explaining.push(
  {
    claim: 'explain of a row of replay says what it holds',
    make: rows('rows.jsonl:ALARM'),
    code: 0,
    stderr: [],
    stdout: /^accel: (ALERT|DANGER)\. [\s\S]*\nrecord +rows\.jsonl:\d+ \(pump\.csv\)\n[\s\S]*what moved/,
  },
  {
    claim: 'explain of a row that is not there is refused with those that are',
    make: rows('rows.jsonl:999'),
    ...refused('EXPLAIN_ROW', /rows\.jsonl: has the lines 1 to \d+, got 999; nothing was explained/),
  },
  {
    claim: 'explain of a line that is no row is refused',
    make: (folder) => {
      writeFileSync(join(folder, 'rows.jsonl'), '{"trace":"x"}\n');
      return ['explain', 'rows.jsonl:1'];
    },
    ...refused('EXPLAIN_ROW', /rows\.jsonl: line 1 is no row of replay --jsonl \(at 'point'\)/),
  },
);

const SAID = ['--by', 'A. Smith', '--reason', 'seen', '--data', 'data'];
const stored = (folder: string, ...args: string[]): string[] => {
  const store = Store.open({ dataDir: join(folder, 'data'), points });
  store.finish();
  store.close();
  return ['alarm', ...args, ...SAID];
};
/** Holds a store for as long as the tests run. */
const held: Store[] = [];

const alarms: Row[] = [
  {
    claim: 'alarm with no host and no store is refused',
    make: () => ['alarm', 'ack', 'pump', ...SAID],
    ...refused(
      'COMMAND_STORE',
      /data: no host runs there and it holds no spindle\.db.*give --data DIR; nothing was changed/,
    ),
  },
  {
    claim: 'alarm on a point that is not there is refused with those that are',
    make: (folder) => stored(folder, 'ack', 'boiler'),
    ...refused('COMMAND_POINT', /got the point "boiler", wanted one of: pump, fan; nothing was changed/),
  },
  {
    claim: 'alarm ack where there was no alarm is refused',
    make: (folder) => stored(folder, 'ack', 'pump'),
    ...refused('COMMAND_ALARM', /pump: has had no alarm; nothing was changed/),
  },
  {
    claim: 'alarm shelve without a host is written down',
    make: (folder) => stored(folder, 'shelve', 'pump', '--for', '30m'),
    code: 0,
    stderr: [],
    stdout: /^pump shelved until 20\d\d-.*Z; no host runs, it is written down for the next one\n$/,
  },
  {
    claim: 'alarm shelve for longer than a week is refused',
    make: (folder) => stored(folder, 'shelve', 'pump', '--for', '8d'),
    ...refused('COMMAND_FORM', /got a time of 691200000 ms, wanted 0 to 604800000 \(7 days\)/),
  },
  {
    claim: 'alarm shelve --for nonsense is refused',
    make: (folder) => stored(folder, 'shelve', 'pump', '--for', 'a while'),
    code: 2,
    stderr: [/argument 'a while' is invalid\. Wanted a time such as 30m, 8h or 2d, or 0/],
  },
  {
    claim: 'alarm without a name is refused',
    make: () => ['alarm', 'ack', 'pump', '--reason', 'seen'],
    code: 2,
    stderr: [/required option '--by <NAME>' not specified/],
  },
  {
    claim: 'alarm with an empty reason is refused',
    make: () => ['alarm', 'ack', 'pump', '--by', 'A', '--reason', ' '],
    ...refused('COMMAND_FORM', /got reason " ", wanted 1 to 500 characters of plain text/),
  },
  {
    claim: 'alarm with an unknown verb is refused',
    make: () => ['alarm', 'silence', 'pump'],
    code: 2,
    stderr: [/unknown command 'silence'/],
  },
  {
    claim: 'alarm ack --relearn is refused: only a false alarm is learned anew',
    make: () => ['alarm', 'ack', 'pump', ...SAID, '--relearn'],
    code: 2,
    stderr: [/unknown option '--relearn'/],
  },
  {
    claim: 'alarm on a store that another process holds without taking commands is refused by its number',
    make: (folder) => {
      const args = stored(folder, 'shelve', 'pump');
      held.push(Store.open({ dataDir: join(folder, 'data'), points }));
      return args;
    },
    ...refused('STORE_LOCKED', new RegExp(`process ${process.pid} writes there`), /takes no commands at host\.sock/),
  },
  {
    claim: 'alarm to a host that closes without an answer says that nobody knows',
    make: async (folder) => {
      const args = stored(folder, 'ack', 'pump');
      const server = createServer((socket) => socket.once('data', () => socket.destroy()));
      server.unref();
      await new Promise<void>((resolve) => server.listen(join(folder, 'data', 'host.sock'), resolve));
      return args;
    },
    code: 2,
    stderr: [
      /^spindle: TransportError COMMAND_LOST: data\/host\.sock: the host went away before it answered.*may or may not/m,
    ],
  },
  ...(process.getuid?.() === 0
    ? [
        {
          claim: 'alarm to a host of another account is refused as that',
          make: async (folder: string) => {
            const args = stored(folder, 'ack', 'pump');
            chmodSync(folder, 0o755);
            const path = join(folder, 'data', 'host.sock');
            const server = createServer(() => {});
            server.unref();
            await new Promise<void>((resolve) => server.listen(path, resolve));
            chmodSync(path, 0o600);
            return args;
          },
          options: { uid: 65_534 },
          ...refused('COMMAND_DENIED', /host\.sock: may only be used by the account that runs the host/),
        },
      ]
    : []),
];

const bad = suite('bad learn, explain and alarm');
registerRows(bad, [...learning, ...baselines, ...explaining, ...alarms]);
bad.after(() => {
  for (const store of held) store.close();
});
bad.run();
