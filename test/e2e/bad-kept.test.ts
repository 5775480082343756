/** What Spindle wrote and somebody spoiled, and what it never wrote, given to verify, decode, export and replay. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFolder } from '../support/folder.ts';
import { plantYaml } from '../support/plant.ts';
import { type Row, registerRows } from '../support/rows.ts';
import { csvText, machine } from '../support/signals.ts';
import { spindle } from '../support/spindle.ts';

/** A data directory, an export of it and a recording, made once by the commands themselves. */
const folder = newFolder('kept');
const DATA = join(folder, 'data');
const EXPORT = join(folder, 'all.cbor');
const RECORDING = join(folder, 'pump.spindle');
writeFileSync(join(folder, 'pump.csv'), csvText(machine(40)));
writeFileSync(
  join(folder, 'plant.yaml'),
  plantYaml({ source: '{ type: csv, path: pump.csv, realTime: false }', store: 'data' }),
);
for (const args of [
  ['run', '-c', 'plant.yaml'],
  ['export', '--data', 'data', '--out', EXPORT],
  ['record', '-c', 'plant.yaml', '--out', RECORDING],
]) {
  const { code, stderr } = await spindle(args, { cwd: folder });
  assert.is(code, 0, stderr);
}

const changed = (path: string, change: (bytes: Buffer) => Uint8Array, name = 'bad.spindle') => ({
  name,
  bytes: change(Buffer.from(readFileSync(path))),
});
const files: Record<string, { name: string; bytes: Uint8Array }> = {
  'an export that is cut': changed(EXPORT, (bytes) => bytes.subarray(0, bytes.length >> 1), 'bad.cbor'),
  'an export without its signature': changed(EXPORT, (bytes) => bytes.subarray(0, bytes.length - 80), 'bad.cbor'),
  'an export with a flipped byte': changed(
    EXPORT,
    (bytes) => bytes.fill(bytes[bytes.length >> 1] ^ 4, bytes.length >> 1, (bytes.length >> 1) + 1),
    'bad.cbor',
  ),
  'an export with something behind it': changed(
    EXPORT,
    (bytes) => Buffer.concat([bytes, Buffer.from([0xa0])]),
    'bad.cbor',
  ),
  'a recording that is cut': changed(RECORDING, (bytes) => bytes.subarray(0, bytes.length - 1000)),
  'a recording with a flipped byte': changed(RECORDING, (bytes) => bytes.fill(bytes[9999] ^ 1, 9999, 10_000)),
  'a recording of nothing but its label': changed(RECORDING, (bytes) => bytes.subarray(0, 12)),
  'a file of 0 bytes': { name: 'bad.cbor', bytes: Buffer.alloc(0) },
  'a file of 3 bytes': { name: 'bad.cbor', bytes: Buffer.from([0xd9, 0xd9, 0xf7]) },
  'a table of numbers': { name: 'bad.cbor', bytes: Buffer.from(csvText(machine(2))) },
  'a file of zeros': { name: 'bad.cbor', bytes: Buffer.alloc(100_000) },
  'CBOR that never ends': { name: 'bad.cbor', bytes: Buffer.alloc(300_000, 0x9f) },
  'CBOR that claims 2^62 bytes': { name: 'bad.cbor', bytes: Buffer.from('5b4000000000000000', 'hex') },
};

const damaged = Object.entries(files).flatMap(([what, { name, bytes }]): Row[] => {
  const make =
    (command: string) =>
    (at: string): string[] => {
      writeFileSync(join(at, name), bytes);
      return [command, name];
    };
  return [
    {
      claim: `verify finds that ${what} is not what was written`,
      make: make('verify'),
      code: 1,
      stderr: [],
      stdout: new RegExp(`DAMAGED: .+\\[[A-Z_]+\\][\\s\\S]*${name}: NOT what was written\\n$`),
    },
    {
      claim: `decode stops at the damage of ${what} and names it`,
      make: make('decode'),
      code: 1,
      stderr: [new RegExp(`^spindle: DamageError [A-Z_]+: ${name}: .+`, 'm')],
      holds: ({ stdout }) => {
        for (const line of stdout.split('\n').slice(0, -1)) JSON.parse(line);
      },
    },
    {
      claim: `replay refuses ${what} as bad input`,
      make: make('replay'),
      code: 2,
      stderr: [/^spindle: InputError (RECORDING_DAMAGED|RECORDING_FORM|FILE_EMPTY): bad\.\w+: .+/m],
    },
  ];
});

/** A copy of the data directory, spoiled. */
const store =
  (change: (data: string) => void, args: string[]) =>
  (at: string): string[] => {
    const data = join(at, 'data');
    mkdirSync(data);
    for (const name of ['spindle.db', 'host.key']) copyFileSync(join(DATA, name), join(data, name));
    change(data);
    return args;
  };
const sql =
  (text: string) =>
  (data: string): void => {
    const database = new DatabaseSync(join(data, 'spindle.db'));
    database.exec(text);
    database.close();
  };
const EXPORTED = ['export', '--data', 'data', '--out', 'out.cbor'];
const refused = (code: string, ...found: RegExp[]): Pick<Row, 'code' | 'stderr'> => ({
  code: 2,
  stderr: [new RegExp(`^spindle: (Input|Damage)Error ${code}: `, 'm'), ...found],
});
const spoilings: [string, (data: string) => void][] = [
  ['whose record was changed', sql(`UPDATE frame SET bytes = zeroblob(length(bytes)) WHERE seq = 5`)],
  ['whose record was removed', sql('DELETE FROM frame WHERE seq = 5')],
  ['whose chain hash was changed', sql('UPDATE frame SET hash = zeroblob(32) WHERE seq = 5')],
  ['whose table was dropped', sql('DROP TABLE frame')],
  ['whose epoch was changed', sql(`UPDATE epoch SET epoch = x'00'`)],
  [
    'whose file has a page of noise',
    (data) => {
      const path = join(data, 'spindle.db');
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0xa5, 4096, 16_384));
    },
  ],
  [
    'whose file is cut',
    (data) => {
      const path = join(data, 'spindle.db');
      writeFileSync(path, readFileSync(path).subarray(0, statSync(path).size >> 1));
    },
  ],
];
const stores = spoilings.flatMap(([what, change]): Row[] => [
  {
    claim: `verify finds a store ${what}`,
    make: store(change, ['verify', 'data']),
    code: 1,
    stderr: [],
    stdout: /DAMAGED: .+\[[A-Z_]+\][\s\S]*data: NOT what was written\n$/,
  },
  {
    claim: `export signs nothing of a store ${what}`,
    make: store(change, EXPORTED),
    code: 2,
    stderr: [/^spindle: (Damage|Input)Error [A-Z_]+: data.*/m],
    holds: async (_, at) => {
      const path = join(at, 'out.cbor');
      const is = statSync(path, { throwIfNoEntry: false });
      if (is) assert.is((await spindle(['verify', path])).code, 1);
    },
  },
]);

const others: Row[] = [
  {
    claim: 'verify of nothing is refused',
    make: () => ['verify', 'gone'],
    ...refused('VERIFY_PATH', /gone: no such file or directory, nothing to verify/),
  },
  {
    claim: 'verify of an empty folder is refused',
    make: () => ['verify', '.'],
    ...refused('VERIFY_PATH', /holds no spindle\.db, wanted a data directory or a file/),
  },
  {
    claim: 'verify of an SQLite file of somebody else finds that it is no store',
    make: (at) => {
      const database = new DatabaseSync(join(at, 'other.db'));
      database.exec('CREATE TABLE songs(title TEXT)');
      database.close();
      return ['verify', 'other.db'];
    },
    code: 1,
    stderr: [],
    stdout: /DAMAGED/,
  },
  {
    claim: 'a store of a later Spindle is refused and left as it is',
    make: store(sql(`UPDATE meta SET value = 99 WHERE key = 'schema'`), EXPORTED),
    ...refused('STORE_SCHEMA', /is a store of schema 99, wanted 2; use the Spindle that wrote it/),
  },
  {
    claim: 'verify of a FIFO is refused at once',
    make: (at) => {
      execFileSync('mkfifo', [join(at, 'pipe')]);
      return ['verify', 'pipe'];
    },
    ...refused('VERIFY_PATH', /pipe: got a pipe, wanted/),
  },
  {
    claim: 'decode of a FIFO is refused at once, pointing to stdin',
    make: (at) => {
      execFileSync('mkfifo', [join(at, 'pipe')]);
      return ['decode', 'pipe'];
    },
    ...refused('FILE_READ', /pipe: got a pipe, wanted a file; - is stdin; nothing was decoded/),
  },
  {
    claim: 'decode of a directory is refused',
    make: () => ['decode', '.'],
    ...refused('FILE_READ', /\.: got a directory, wanted a file/),
  },
  {
    claim: 'decode of nothing is refused',
    make: () => ['decode', 'gone.cbor'],
    ...refused('FILE_READ', /gone\.cbor: cannot be read: ENOENT/),
  },
  {
    claim: 'decode of garbage on stdin is damage',
    make: () => ['decode'],
    options: { stdin: Buffer.from('hello, this is no frame') },
    code: 1,
    stderr: [/^spindle: DamageError FILE_ITEM: -: byte 0: /m],
  },
  {
    claim: 'decode of an empty stdin is damage: there is no frame',
    make: () => ['decode', '-'],
    code: 1,
    stderr: [/^spindle: DamageError FRAME_NONE: -: got no frame, wanted a CBOR sequence of frames/m],
  },
  {
    claim: 'verify --key that is not there is refused',
    make: () => ['verify', EXPORT, '--key', 'gone'],
    ...refused('VERIFY_KEY_FILE', /gone: cannot be read/),
  },
  {
    claim: 'verify --key of a directory is refused',
    make: () => ['verify', EXPORT, '--key', '.'],
    ...refused('VERIFY_KEY_FILE', /\.: got a directory, wanted a file/),
  },
  {
    claim: 'verify --key of 0 bytes is refused with what a key is',
    make: (at) => {
      writeFileSync(join(at, 'key'), '');
      return ['verify', EXPORT, '--key', 'key'];
    },
    ...refused('VERIFY_KEY_FILE', /key: got 0 bytes, wanted an Ed25519 public key: 32 bytes raw or as 64 hex digits/),
  },
  {
    claim: 'export of a folder without a store is refused',
    make: () => ['export', '--data', '.', '--out', 'out.cbor'],
    ...refused('STORE_MISSING', /\.: holds no spindle\.db, wanted a data directory of Spindle/),
  },
  {
    claim: 'export of a file in place of a folder is refused',
    make: (at) => {
      writeFileSync(join(at, 'data'), 'x');
      return EXPORTED;
    },
    ...refused('STORE_MISSING', /data: holds no spindle\.db/),
  },
  {
    claim: 'export of a store whose key is gone is refused: nobody could sign it',
    make: store((data) => execFileSync('rm', [join(data, 'host.key')]), EXPORTED),
    ...refused('EXPORT_KEY', /the key that signed epoch 1 is not in host\.key; .*out\.cbor was not written/),
  },
  {
    claim: 'export of an unknown point is refused with the known ones',
    make: store(() => {}, [...EXPORTED, '--point', 'fan']),
    ...refused('EXPORT_POINT', /data: has no point "fan", wanted one of: motor\/drive-end; nothing was written/),
  },
  {
    claim: 'export from a time that is none is refused',
    make: store(() => {}, [...EXPORTED, '--from', 'yesterday']),
    code: 2,
    stderr: [/option '--from <TIME>' argument 'yesterday' is invalid\. Wanted a time such as/],
  },
  {
    claim: 'export to a time before its beginning is refused',
    make: store(() => {}, [...EXPORTED, '--from', '2026-11-22', '--to', '2026-11-21']),
    ...refused('EXPORT_USAGE', /--from 2026-11-22\S* is after --to 2026-11-21\S*; nothing was written/),
  },
  {
    claim: 'export in an unknown format is refused with the known ones',
    make: store(() => {}, [...EXPORTED, '--format', 'xlsx']),
    code: 2,
    stderr: [/option '--format <FORMAT>' argument 'xlsx' is invalid\. Allowed choices are cbor/],
  },
  {
    claim: 'export over the store itself is refused and leaves it as it was',
    make: store(() => {}, ['export', '--data', 'data', '--out', 'data/spindle.db']),
    ...refused('OUTPUT_INPUT', /data\/spindle\.db: got the place of an input/),
    holds: (_, at) =>
      assert.equal(readFileSync(join(at, 'data', 'spindle.db')), readFileSync(join(DATA, 'spindle.db'))),
  },
  {
    claim: 'export into a folder that is not there is refused',
    make: store(() => {}, ['export', '--data', 'data', '--out', 'no/out.cbor']),
    ...refused('FILE_WRITE', /no\/out\.cbor: cannot be written \(ENOENT/),
  },
];

const badKept = suite('bad kept');
registerRows(badKept, [...damaged, ...stores, ...others]);
badKept.run();
