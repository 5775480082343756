/** Files that can be read but hold no good measurement: holes, too little, and sensors that do not measure. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ReplayRow } from '../../host/commands/replay-rows.ts';
import { traceFile } from '../acquire/made-trace.ts';
import { wavFile } from '../acquire/made-wav.ts';
import { type Row, registerRows } from '../support/rows.ts';
import { csvText, machine, RATE_HZ, wavBytes } from '../support/signals.ts';
import type { Ended } from '../support/spindle.ts';

const SECONDS = 24;
const SOUND = machine(SECONDS);
const rowsOf = ({ stdout }: Ended): ReplayRow[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const replayed =
  (name: string, bytes: string | Uint8Array, args = ['--rate', String(RATE_HZ), '--unit', 'g', '--jsonl', '-']) =>
  (folder: string): string[] => {
    writeFileSync(join(folder, name), bytes);
    return ['replay', name, ...args];
  };

/** Rows cover the trace and, after the first few decisions, all of them say that the sensor is at fault. */
function blamesSensor(ended: Ended): void {
  const rows = rowsOf(ended);
  const covered = rows.reduce((sum, row) => sum + row.length, 0);
  assert.ok(covered >= 0.95 * SOUND.length, `${covered} samples in rows`);
  for (const row of rows.slice(5)) {
    assert.is(row.diagnosis, 'sensor', JSON.stringify(row));
    assert.is(row.alarm, true, JSON.stringify(row));
  }
  assert.ok(rows.length > 15, `${rows.length} rows`);
}

const constant = SOUND.map(() => 0.125);
const silent = SOUND.map(() => 0);
/** The machine is four times too loud for the converter. */
const clipped = SOUND.map((value) => Math.max(-1, Math.min(1, 4 * value)));
/** An open converter input toggles between two neighbouring counts. */
const disconnected = SOUND.map((_, i) => (((i * 48271) % 65_537) & 1) / 32768);

const sensors: Row[] = (
  [
    ['constant', constant],
    ['silent', silent],
    ['clipped', clipped],
    ['disconnected', disconnected],
  ] as const
).flatMap(([what, samples]): Row[] =>
  [
    {
      kind: 'CSV',
      make: replayed(
        'pump.csv',
        csvText(samples, (value) => value.toFixed(7)),
      ),
    },
    { kind: 'WAV', make: replayed('pump.wav', wavBytes(samples)) },
  ].map(({ kind, make }) => ({
    claim: `a ${what} sensor in a ${kind} is an alarm with the diagnosis sensor, not a normal machine`,
    make,
    code: 0,
    stderr: [/1 alarm \(.* the (sensor|cable)|sensor/i],
    stdout: /./,
    holds: blamesSensor,
  })),
);

/** 0.6 % of the rows, each spoiled in another way. */
const BAD_TEXTS = ['NaN', 'inf', '-Infinity', '', 'n/a', '1e999', '--', '1.2.3'];
const spoiled = (every: number, length: number): string =>
  csvText(SOUND, (value, row) =>
    row % every < length ? BAD_TEXTS[Math.floor(row / every) % BAD_TEXTS.length] : value.toFixed(5),
  );

const float = (samples: Float32Array): Buffer =>
  wavFile({
    format: 3,
    bits: 32,
    channelCount: 1,
    sampleRateHz: RATE_HZ,
    data: Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength),
  });
const holed = (every: number, length: number): Float32Array =>
  SOUND.map((value, i) => (i % every < length ? [Number.NaN, Infinity, -Infinity][Math.floor(i / every) % 3] : value));

const holes: Row[] = [
  {
    claim: '0.5 % of samples that are no numbers in a CSV are gaps, counted, and the rest is judged',
    make: replayed('pump.csv', spoiled(6000, 30)),
    code: 0,
    stderr: [/pump\.csv: \d+ decisions over 00:00:24, 240 samples lost, no alarm/],
    stdout: /"alarm":false/,
  },
  {
    claim: '1.5 % of samples that are no numbers in a CSV are refused with the share',
    make: replayed('pump.csv', spoiled(6000, 90)),
    code: 2,
    stderr: [
      /REPLAY_NONFINITE: pump\.csv: 1\.50 % of the samples are no numbers, wanted at most 1 %; the rows already written stand/,
    ],
    stdout: /./,
  },
  {
    claim: '0.5 % of samples that are no numbers in a float WAV are gaps, counted',
    make: replayed('pump.wav', float(holed(6000, 30)), ['--unit', 'g', '--jsonl', '-']),
    code: 0,
    stderr: [/pump\.wav: \d+ decisions over 00:00:24, 240 samples lost, no alarm/],
    stdout: /./,
  },
  {
    claim: '1.5 % of samples that are no numbers in a float WAV are refused',
    make: replayed('pump.wav', float(holed(6000, 90)), ['--unit', 'g', '--jsonl', '-']),
    code: 2,
    stderr: [/REPLAY_NONFINITE: pump\.wav: 1\.50 %/],
    stdout: /./,
  },
  {
    claim: 'a file of nothing but NaN is refused and gives no row',
    make: replayed('pump.wav', float(SOUND.map(() => Number.NaN)), ['--unit', 'g', '--jsonl', '-']),
    code: 2,
    stderr: [/REPLAY_NONFINITE: pump\.wav: 100 % of the samples are no numbers/],
  },
  {
    claim: 'a channel that dies half way is refused by its share, and the rows of the sound half stand',
    make: replayed(
      'pump.csv',
      csvText(SOUND, (value, row) => (row < SOUND.length / 2 ? value.toFixed(5) : 'nan')),
    ),
    code: 2,
    stderr: [/REPLAY_NONFINITE: pump\.csv: 50\.0 %/],
    stdout: /"start":0,/,
  },
  {
    claim: 'a file shorter than one window is refused with its length',
    make: replayed('pump.csv', csvText(SOUND.subarray(0, 63))),
    code: 2,
    stderr: [
      /REPLAY_SHORT: pump\.csv: no stretch without a gap is long enough for one window; got 63 samples, 63 of them lost; nothing was judged/,
    ],
  },
  {
    claim: 'a file of one sample is refused',
    make: replayed('pump.csv', csvText(SOUND.subarray(0, 1))),
    code: 2,
    stderr: [/REPLAY_SHORT: pump\.csv: .*got 1 samples?/],
  },
  {
    claim: 'a file in which no stretch between gaps is a window long is refused',
    make: replayed('pump.wav', float(holed(900, 1)), ['--unit', 'g', '--jsonl', '-']),
    code: 2,
    stderr: [/REPLAY_SHORT: pump\.wav: .*got 48000 samples, 48000 of them lost/],
  },
  {
    claim: 'a trace that describes 0 samples is refused',
    make: (folder) => {
      traceFile({ stored: [[1, 2, 3]], path: join(folder, 'pump.json'), sidecar: { samples: 0 } });
      return ['replay', 'pump.json'];
    },
    code: 2,
    stderr: [/TRACE_EMPTY: pump\.json: describes 0 samples; nothing was read/],
  },
  {
    claim: 'numbers beyond what the core is accurate for are limited, and the rows hold finite numbers',
    make: replayed(
      'pump.csv',
      csvText(SOUND, (value) => `${value}e30`),
    ),
    code: 0,
    stderr: [/pump\.csv: \d+ decisions/],
    stdout: /"score":\d/,
    holds: ({ stdout }) => assert.not.match(stdout, /null,"ratio|NaN|Infinity/),
  },
  {
    claim: 'a table with a torn line in the middle loses that line and says so',
    make: replayed(
      'pump.csv',
      `a,b\n${Array.from(SOUND, (value, row) => (row === 9000 ? '0.1' : `${value.toFixed(5)},${(-value).toFixed(5)}`)).join('\n')}\n`,
    ),
    code: 0,
    stderr: [
      /pump\.csv: 1 lines? ha(s|ve) another number of cells and became NaN; first: line 9002 has 1 cells?/,
      /2 samples lost/,
    ],
    stdout: /./,
  },
];

const badSignal = suite('bad signal');
registerRows(badSignal, [...sensors, ...holes]);
badSignal.run();
