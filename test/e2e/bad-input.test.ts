/** Every file that a person can get wrong, through the real command line: the code and the words of a refusal. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import { matFile } from '../acquire/made-mat.ts';
import { type TraceSpec, traceFile } from '../acquire/made-trace.ts';
import { wavFile } from '../acquire/made-wav.ts';
import { type Row, registerRows } from '../support/rows.ts';
import { csvText, machine, RATE_HZ, wavBytes } from '../support/signals.ts';

const GIVEN = ['--rate', String(RATE_HZ), '--unit', 'g'];
const SOUND = machine();
const COUNTS = Array.from(SOUND, (value) => Math.round(value * 10_000));

/** Writes one file and replays it. */
const replayed =
  (name: string, bytes: () => string | Uint8Array, args = GIVEN) =>
  (folder: string): string[] => {
    writeFileSync(join(folder, name), bytes());
    return ['replay', name, ...args];
  };
const traced =
  (spec: Partial<TraceSpec>, args: string[] = []) =>
  (folder: string): string[] => {
    traceFile({ stored: [COUNTS], path: join(folder, 'pump.json'), ...spec });
    return ['replay', 'pump.json', ...args];
  };
const csv =
  (args: string[], write?: (value: number, row: number) => string) =>
  (folder: string): string[] =>
    replayed('pump.csv', () => csvText(SOUND, write), args)(folder);
const noHash = { sha256: undefined, sha256Gz: undefined };
const refused = (code: string, ...found: RegExp[]): Pick<Row, 'code' | 'stderr'> => ({
  code: 2,
  stderr: [new RegExp(`^spindle: InputError ${code}: `, 'm'), ...found],
});

const traces: Row[] = [
  {
    claim: 'a trace whose .bin.gz is cut is refused by its hash before a sample is read',
    make: traced({ damage: (bytes) => bytes.subarray(0, bytes.length >> 1) }),
    ...refused(
      'TRACE_HASH',
      /pump\.bin\.gz: the SHA-256 of the file is [0-9a-f]{64}, the sidecar says [0-9a-f]{64}; nothing was read/,
    ),
  },
  {
    claim: 'a cut .bin.gz without hashes is refused where it ends',
    make: traced({ sidecar: noHash, damage: (bytes) => bytes.subarray(0, bytes.length >> 1) }),
    ...refused('TRACE_GZIP', /pump\.bin\.gz: is truncated or no sound gzip \(.+\); what was read before stands/),
  },
  {
    claim: 'one flipped byte in a .bin.gz is refused by its hash',
    make: traced({ damage: (bytes) => bytes.fill(bytes[999] ^ 1, 999, 1000) }),
    ...refused('TRACE_HASH', /nothing was read/),
  },
  {
    claim: 'one flipped byte in a .bin.gz without hashes is refused by the checksum of gzip',
    make: traced({ sidecar: noHash, damage: (bytes) => bytes.fill(bytes[20_000] ^ 1, 20_000, 20_001) }),
    ...refused('TRACE_GZIP'),
  },
  {
    claim: 'a wrong sha256 of plain data is refused, naming both',
    make: traced({ isGzip: false, sidecar: { sha256: 'ab'.repeat(32) } }),
    ...refused(
      'TRACE_HASH',
      /pump\.bin: the SHA-256 of the uncompressed data is [0-9a-f]{64}, the sidecar says (ab){32}; the samples read before are not/,
    ),
  },
  {
    claim: 'a sha256 that is no hash is refused, naming the member',
    make: traced({ sidecar: { sha256: 'xyz' } }),
    ...refused('TRACE_SIDECAR', /pump\.json: at 'sha256': .*SHA-256 in hex; nothing was read/),
  },
  {
    claim: 'plain data that is cut is refused with both lengths',
    make: traced({ isGzip: false, damage: (bytes) => bytes.subarray(0, 1001) }),
    ...refused('TRACE_LENGTH', /pump\.bin: the data is 1001 bytes, the sidecar describes 48000/),
  },
  {
    claim: 'a sidecar that is not JSON is refused',
    make: replayed('pump.json', () => 'file: pump.bin'),
    ...refused('TRACE_SIDECAR', /pump\.json: is no JSON \(.+\); nothing was read/),
  },
  {
    claim: 'a sidecar that is JSON of something else is refused, naming what is missing',
    make: replayed('pump.json', () => '[1, 2]'),
    ...refused('TRACE_SIDECAR', /pump\.json: at '.+': .*expected object, .*array.*; nothing was read/),
  },
  {
    claim: 'a sidecar whose data file is missing is refused, naming that file',
    make: traced({ sidecar: { file: 'gone.bin.gz' } }),
    ...refused('FILE_MISSING', /gone\.bin\.gz: there is no such file/),
  },
  {
    claim: 'a sidecar whose data file is a directory is refused',
    make: traced({ sidecar: { file: '.' } }),
    ...refused('FILE_KIND', /got a directory, wanted a file/),
  },
  {
    claim: 'a data file of 0 bytes is refused',
    make: traced({ damage: () => Buffer.alloc(0) }),
    ...refused('FILE_EMPTY', /pump\.bin\.gz: the file holds 0 bytes; nothing was read/),
  },
  {
    claim: 'a data file named in place of its sidecar is refused with a hint',
    make: (folder) => [...traced({})(folder).slice(0, 1), 'pump.bin.gz'],
    ...refused(
      'SOURCE_KIND',
      /pump\.bin\.gz: got the extension '\.gz', wanted \.json, .*; of a trace, name the sidecar/,
    ),
  },
  {
    claim: 'an unknown encoding is refused with the known ones',
    make: traced({ sidecar: { encoding: 'int12be' } }),
    ...refused('TRACE_ENCODING', /encoding is 'int12be', wanted int16le or float32le/),
  },
  {
    claim: 'a unit of a sidecar that is not known is refused with the known ones',
    make: traced({ sidecar: { unit: 'furlong', channels: [{ name: 'x', scale: 1e-4 }] } }),
    ...refused('SOURCE_UNIT', /'x' is in 'furlong': give --unit .*wanted one of g, m\/s2, V/),
  },
  {
    claim: 'a rate of 0 in a sidecar is refused',
    make: traced({ sidecar: { sampleRateHz: 0 } }),
    ...refused('SOURCE_RATE', /pump\.json: .*sample rate is 0 Hz; wanted above 0; give --rate HZ/),
  },
  {
    claim: 'a negative rate in a sidecar is refused',
    make: traced({ sidecar: { sampleRateHz: -1 } }),
    ...refused('SOURCE_RATE', /sample rate is -1 Hz; wanted above 0/),
  },
  {
    claim: 'a rate that is no number in a sidecar is refused',
    make: traced({ sidecar: { sampleRateHz: 'NaN' } }),
    ...refused('TRACE_SIDECAR', /at 'sampleRateHz': .*expected number.*nothing was read/),
  },
  {
    claim: 'a sidecar without a rate is refused, naming the flag',
    make: traced({ sidecar: { sampleRateHz: null } }),
    ...refused(
      'SOURCE_RATE',
      /pump\.json: holds no sample rate, which has no default: give --rate HZ; nothing was read/,
    ),
  },
  {
    claim: 'a baseline of another trace that is not there is refused',
    make: traced({ sidecar: { baseline: 'made/other' } }),
    ...refused('REPLAY_BASELINE', /pump\.json: is judged by 'made\/other', which is not at .*give --baseline TRACE/),
  },
];

const empty = ['.json', '.csv', '.tsv', '.txt', '.wav', '.mat', '.spindle', '.cbor'].map(
  (extension): Row => ({
    claim: `a ${extension} of 0 bytes is refused as an empty file`,
    make: replayed(`pump${extension}`, () => ''),
    ...refused('FILE_EMPTY', /pump\.\w+: the file holds 0 bytes; nothing was read/),
  }),
);

const wavHeader = (changes: Partial<Parameters<typeof wavFile>[0]>): Buffer =>
  wavFile({ format: 1, bits: 16, channelCount: 1, sampleRateHz: RATE_HZ, data: Buffer.alloc(4000, 7), ...changes });

const formats: Row[] = [
  {
    claim: 'a WAV of 3 bytes is refused',
    make: replayed('pump.wav', () => 'RIF'),
    ...refused('WAV_FORMAT', /pump\.wav: the file is 3 bytes, too short for a WAV header; nothing was read/),
  },
  {
    claim: 'a WAV that is cut is refused with both lengths',
    make: replayed('pump.wav', () => wavBytes(SOUND).subarray(0, 20_000)),
    ...refused('WAV_TRUNCATED', /is cut: the header says 48000 bytes of samples, the file holds 19956/),
  },
  {
    claim: 'a WAV with a rate of 0 is refused',
    make: replayed('pump.wav', () => wavHeader({ sampleRateHz: 0 }), ['--unit', 'g']),
    ...refused('SOURCE_RATE', /sample rate is 0 Hz; wanted above 0/),
  },
  {
    claim: 'a compressed WAV is refused by the name of its encoding',
    make: replayed('pump.wav', () => wavHeader({ format: 17, bits: 16 })),
    ...refused('WAV_ENCODING', /is encoded as IMA ADPCM, wanted PCM/),
  },
  {
    claim: 'a WAV without a unit is refused, naming the flag',
    make: replayed('pump.wav', () => wavBytes(SOUND), []),
    ...refused('SOURCE_UNIT', /holds no unit for channel 'ch1': give --unit; wanted one of g/),
  },
  {
    claim: 'text under the name of a WAV is refused',
    make: replayed('pump.wav', () => csvText(SOUND)),
    ...refused('WAV_FORMAT', /is no WAV: begins with [0-9a-f]+, wanted 'RIFF\.\.\.\.WAVE'/),
  },
  {
    claim: 'a .mat of level 4 is refused with what to do',
    make: replayed('pump.mat', () =>
      Buffer.concat([Buffer.from(Uint32Array.of(0, 100, 1, 0, 2).buffer), Buffer.from('x\0'), Buffer.alloc(800)]),
    ),
    ...refused(
      'MAT_VERSION',
      /is a MAT-file of level 4, wanted level 5: in MATLAB, load it and save it again with -v7/,
    ),
  },
  {
    claim: 'a .mat of version 7.3 is refused with what to do',
    make: replayed('pump.mat', () => matFile({ variables: [], version: 0x0200 })),
    ...refused('MAT_VERSION', /version 7\.3 \(HDF5\), wanted level 5/),
  },
  {
    claim: 'a .mat that is cut is refused where it ends',
    make: replayed('pump.mat', () =>
      matFile({ variables: [{ name: 'x', rows: 1000, columns: 1, values: COUNTS.slice(0, 1000) }] }).subarray(0, 3000),
    ),
    ...refused('MAT_TRUNCATED', /the variable at byte 128 ends at byte \d+, the file at 3000/),
  },
  {
    claim: 'a compressed .mat with a flipped byte is refused',
    make: replayed('pump.mat', () => {
      const bytes = matFile({
        isCompressed: true,
        variables: [{ name: 'x', rows: 24_000, columns: 1, values: COUNTS }],
      });
      return bytes.fill(bytes[9000] ^ 255, 9000, 9040);
    }),
    ...refused('MAT_ZLIB', /the compressed variable at byte \d+ is damaged or cut/),
  },
  {
    claim: 'a .mat without a signal is refused',
    make: replayed('pump.mat', () => matFile({ variables: [{ name: 'note', text: 'hello' }] })),
    ...refused('MAT_EMPTY', /holds no numeric array that could be a signal/),
  },
  {
    claim: 'bytes under the name of a table are refused with their line',
    make: replayed('pump.csv', () => wavBytes(SOUND)),
    ...refused('CSV_BINARY', /pump\.csv: line 1 holds the byte \d+, which is no text; wanted a table/),
  },
  {
    claim: 'a table without numbers is refused',
    make: replayed('pump.csv', () => 'to be\nor not to be\n'.repeat(50)),
    ...refused('CSV_NUMBERS', /no line of numbers among the first/),
  },
  {
    claim: 'a text in UTF-16 is refused with what to do',
    make: replayed('pump.csv', () => Buffer.from(`\ufeff${csvText(SOUND.subarray(0, 99))}`, 'utf16le')),
    ...refused('CSV_ENCODING', /is UTF-16 text, wanted UTF-8/),
  },
  {
    claim: 'a recording that is something else is refused',
    make: replayed('pump.spindle', () => csvText(SOUND)),
    ...refused('RECORDING_DAMAGED', /pump\.spindle: byte 0: /),
  },
];

const places: Row[] = [
  {
    claim: 'a directory in place of a file is refused',
    make: (folder) => {
      mkdirSync(join(folder, 'pump.csv'));
      return ['replay', 'pump.csv', ...GIVEN];
    },
    ...refused('FILE_KIND', /pump\.csv: got a directory, wanted a file; nothing was read/),
  },
  {
    claim: 'a FIFO is refused at once, without waiting for a writer',
    make: (folder) => {
      execFileSync('mkfifo', [join(folder, 'pump.csv')]);
      return ['replay', 'pump.csv', ...GIVEN];
    },
    ...refused('FILE_KIND', /pump\.csv: got a pipe, wanted a file; nothing was read/),
  },
  {
    claim: 'a device is refused',
    make: (folder) => {
      execFileSync('ln', ['-s', '/dev/zero', join(folder, 'pump.csv')]);
      return ['replay', 'pump.csv', ...GIVEN];
    },
    ...refused('FILE_KIND', /wanted a file/),
  },
  {
    claim: 'a path through a file is refused as missing',
    make: (folder) => [...csv(GIVEN)(folder).slice(0, 1), 'pump.csv/inner.csv', ...GIVEN],
    ...refused('FILE_MISSING', /pump\.csv\/inner\.csv: there is no such file/),
  },
  {
    claim: 'a name with a NUL byte cannot come in, one of 300 letters is refused',
    make: () => ['replay', `${'a'.repeat(300)}.csv`, ...GIVEN],
    ...refused('FILE_UNREADABLE', /cannot be opened \(ENAMETOOLONG\)/),
  },
  {
    claim: 'a name with blanks, umlauts and signs is read and named as it is',
    make: replayed('Pumpe 1 – Öl & Wärme 泵.csv', () => csvText(SOUND), [...GIVEN, '--jsonl', '-']),
    code: 0,
    stderr: [/^Pumpe 1 – Öl & Wärme 泵\.csv: \d+ decisions over 00:00:12/m],
    stdout: /"trace":"Pumpe 1 – Öl & Wärme 泵\.csv"/,
  },
];

const badInput = suite('bad input');
registerRows(badInput, [...traces, ...empty, ...formats, ...places]);
badInput.run();
