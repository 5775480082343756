/** Options and commands that a person can get wrong, or that contradict each other: what is refused, and in which words. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import { type TraceSpec, traceFile } from '../acquire/made-trace.ts';
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
const refused = (code: string, ...found: RegExp[]): Pick<Row, 'code' | 'stderr'> => ({
  code: 2,
  stderr: [new RegExp(`^spindle: InputError ${code}: `, 'm'), ...found],
});

const options: Row[] = [
  {
    claim: '--unit that is no unit is refused with the known ones',
    make: csv(['--rate', '2000', '--unit', 'kg']),
    ...refused('SOURCE_UNIT', /pump\.csv: --unit got 'kg'; wanted one of g, m\/s2/),
  },
  {
    claim: 'a table without rate and unit is refused once, naming both flags',
    make: csv([]),
    ...refused('SOURCE_RATE', /holds no sample rate and no unit, which have no default: give --rate HZ and --unit/),
  },
  ...['0', '-5', 'NaN', 'fast', '1e999', ''].map(
    (rate): Row => ({
      claim: `--rate '${rate}' is refused`,
      make: csv([`--rate=${rate}`, '--unit', 'g']),
      code: 2,
      stderr: [/option '--rate <HZ>' argument '.*' is invalid\. Wanted a number above 0/],
    }),
  ),
  {
    claim: '--rate without its value is refused',
    make: csv(['--unit', 'g', '--rate']),
    code: 2,
    stderr: [/option '--rate <HZ>' argument missing/],
  },
  {
    claim: '--rpm -5 is refused',
    make: csv([...GIVEN, '--rpm', '-5']),
    code: 2,
    stderr: [/option '--rpm <N>' argument '-5' is invalid\. Wanted a number above 0/],
  },
  {
    claim: '--bearing that nobody knows is refused with where the known ones are',
    make: csv([...GIVEN, '--bearing', 'nonsense']),
    ...refused(
      'BEARING_UNKNOWN',
      /bearing: got "nonsense", wanted one of the \d+ that spindle bearing lists, or four orders/,
    ),
  },
  {
    claim: '--bearing with three orders is refused',
    make: csv([...GIVEN, '--bearing', '3.5,5.4,2.3']),
    ...refused('BEARING_ORDERS', /got "3\.5,5\.4,2\.3", wanted four numbers above 0/),
  },
  {
    claim: '--bearing that several makers have is refused with the choices',
    make: csv([...GIVEN, '--rpm', '1480', '--bearing', '6204']),
    ...refused('BEARING_AMBIGUOUS', /got "6204", wanted one of Timken 6204 \(204K\).*KG 6204/),
  },
  {
    claim: '--bearing that is known by its number says which maker that is',
    make: csv([...GIVEN, '--rpm', '1480', '--bearing', '6205']),
    code: 0,
    stderr: [/^bearing 6205 is taken as SKF 6205-2RS JEM .*; others of that number: /m],
  },
  ...['iso20816-3', 'iso20816-3:3:rigid', 'iso10816-1:V', 'harsh'].map(
    (severity): Row => ({
      claim: `--severity '${severity}' is refused with what there is`,
      make: csv([...GIVEN, '--severity', severity]),
      ...refused('SEVERITY_UNKNOWN', /severity: got ".+", wanted iso20816-3:GROUP:SUPPORT or .*limits:AB,BC,CD/),
    }),
  ),
  {
    claim: '--severity with limits that fall is refused',
    make: csv([...GIVEN, '--severity', 'limits:4.5,2.8,1.4']),
    ...refused('SEVERITY_LIMITS', /got limits 4\.5, 2\.8, 1\.4, wanted 0 < ab < bc < cd in mm\/s/),
  },
  {
    claim: '--severity without its value is refused',
    make: csv([...GIVEN, '--severity']),
    code: 2,
    stderr: [/option '--severity <LIMITS>' argument missing/],
  },
  {
    claim: '--severity at a rate that is too low for it gives the reason and no zone',
    make: csv([...GIVEN, '--severity', 'iso20816-3:2:rigid']),
    code: 0,
    stderr: [/accel: no zone for 100 % of the decisions: the limits are for 10\.\.1000 Hz, which needs 2560 samples/],
  },
  {
    claim: '--channels that the file does not have is refused with those it has',
    make: csv([...GIVEN, '--channels', 'sideways']),
    ...refused('SOURCE_CHANNEL', /pump\.csv: --channels got 'sideways', present are 1 accel; nothing was read/),
  },
  {
    claim: '--channels beyond the last number is refused',
    make: csv([...GIVEN, '--channels', '2']),
    ...refused('SOURCE_CHANNEL', /--channels got '2', present are 1 accel/),
  },
  {
    claim: '--baseline of a machine with other channels is refused with both',
    make: (folder) => {
      writeFileSync(join(folder, 'other.csv'), csvText(SOUND).replace('accel', 'motor'));
      return [...csv(GIVEN)(folder), '--baseline', 'other.csv'];
    },
    ...refused(
      'BASELINE_FIT',
      /pump\.csv: point accel: the baseline of other\.csv has no such point, wanted accel in g at 2000 Hz/,
    ),
  },
  {
    claim: '--baseline at another rate is refused with both',
    make: (folder) => {
      writeFileSync(join(folder, 'other.wav'), wavBytes(SOUND, 4000));
      return [...replayed('pump.wav', () => wavBytes(SOUND), ['--unit', 'g'])(folder), '--baseline', 'other.wav'];
    },
    ...refused('BASELINE_FIT', /the baseline of other\.wav has ch1 in g at 4000 Hz, wanted ch1 in g at 2000 Hz/),
  },
  {
    claim: '--baseline that is not there is refused and costs its trace, not the command',
    make: csv([...GIVEN, '--baseline', 'gone.csv']),
    ...refused('FILE_MISSING', /gone\.csv: there is no such file/),
  },
  {
    claim: '--only that matches nothing is refused with an example',
    make: (folder) => {
      writeFileSync(join(folder, 'manifest.json'), '{"traces":[{"name":"pump"}]}');
      traced({})(folder);
      return ['replay', '--library', '.', '--only', 'fan/*'];
    },
    ...refused('LIBRARY_ONLY', /manifest\.json: none of its 1 traces matches --only 'fan\/\*'; the first is 'pump'/),
  },
  {
    claim: 'a library that is no library is refused',
    make: () => ['replay', '--library', '.'],
    ...refused('FILE_MISSING', /manifest\.json: there is no such file/),
  },
  {
    claim: '--library together with --rate is refused',
    make: () => ['replay', '--library', '.', '--rate', '5'],
    ...refused('REPLAY_USAGE', /replay: --rate does not go with --library: its sidecars say it; nothing was replayed/),
  },
  {
    claim: '--library together with a trace is refused',
    make: () => ['replay', 'pump.csv', '--library', '.'],
    ...refused('REPLAY_USAGE', /got --library and also pump\.csv, wanted one of them/),
  },
  {
    claim: 'an unknown command is refused with the likely one',
    make: () => ['rerun'],
    code: 2,
    stderr: [/^spindle: unknown command 'rerun'\n\(Did you mean run\?\)/],
  },
  {
    claim: 'an unknown option is refused with the likely one',
    make: () => ['verify', '--keys', 'x'],
    code: 2,
    stderr: [/^spindle: unknown option '--keys'\n\(Did you mean --key\?\)/],
  },
  {
    claim: 'one argument too many is refused',
    make: () => ['verify', 'a', 'b'],
    code: 2,
    stderr: [/too many arguments for 'verify'\. Expected 1 argument but got 2/],
  },
  {
    claim: 'rows and plot in one file are refused',
    make: csv([...GIVEN, '--jsonl', 'out', '--plot', 'out']),
    ...refused('REPLAY_USAGE', /replay: got --jsonl and --plot out, wanted two files; nothing was replayed/),
  },
  {
    claim: 'a result that would overwrite its own input is refused and leaves it as it was',
    make: csv([...GIVEN, '--jsonl', './pump.csv']),
    ...refused(
      'OUTPUT_INPUT',
      /^.*: \.\/pump\.csv: got the place of an input \(pump\.csv\), wanted another; nothing was done/,
    ),
    holds: (_, folder) =>
      void (readFileSync(join(folder, 'pump.csv'), 'utf8') === csvText(SOUND) || failed('overwritten')),
  },
];

function failed(text: string): never {
  throw new Error(text);
}

const badOptions = suite('bad options');
registerRows(badOptions, options);
badOptions.run();
