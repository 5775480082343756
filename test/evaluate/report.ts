/** An evaluation as a page of Markdown tables. */
import type { Evaluation, MethodResult } from './evaluation.ts';
import type { DiagnosisCount, Figures, Measured } from './library/figures.ts';
import type { LeftOut } from './peers/leave-one-rig-out.ts';
import { FAULT_SIZES_DB, type SimulatedFigures } from './simulated/figures.ts';
import type { NamedFigures } from './simulated/named-figures.ts';
import { CORE_NAME } from './simulated/task.ts';
import { clopperPearson, type Interval, poisson } from './statistics/intervals.ts';

type Cell = string | number;

const NONE = '-';
const DECISIONS = 1440;

/** @example 0.85427 -> 0.854; 12.3 -> 12.3; 3.6889e-3 -> 0.00369 */
export function figureText(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) < 0.1 || Math.abs(value) >= 1
    ? String(Number(value.toPrecision(3)))
    : String(Number(value.toFixed(3)));
}

const intervalText = ([low, high]: Interval): string => `[${figureText(low)}, ${figureText(high)}]`;
const measuredText = (measured: Measured | null): string =>
  measured === null
    ? NONE
    : `${figureText(measured.value)}${measured.interval ? ` ${intervalText(measured.interval)}` : ''}`;
const countText = (hits: number, of: number): string =>
  of === 0 ? NONE : `${hits} of ${of} ${intervalText(clopperPearson(hits, of))}`;
const orNone = (value: number | null | undefined): string =>
  value === null || value === undefined ? NONE : figureText(value);

export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** The page, ending with a newline. */
export function reportText({ settings, library, methods, simulated, beside, named }: Evaluation): string {
  const parts = [
    '# Detection figures\n',
    'Written by `npm run evaluate -- --write`; do not edit. What they mean for a user: [detection.md](detection.md).',
    'Brackets hold 95 % intervals: Clopper-Pearson for counts of recordings or machines, exact Poisson for alarm ' +
      'episodes, bootstrap for shares of rows. Rows of one recording are not independent, so whole machines and ' +
      'recordings are drawn anew, never rows; where fewer than five machines are there, no interval is given.\n',
    settingsText(settings),
  ];
  if (library) parts.push(libraryText(library));
  if (methods.length > 0) parts.push(methodsText(methods));
  if (simulated) parts.push(simulatedText(simulated));
  if (named.length > 0) parts.push(namedText(named));
  if (beside) parts.push(besideText(beside));
  return `${parts.join('\n')}\n`;
}

function settingsText(settings: Evaluation['settings']): string {
  const { coreHash, thresholdSpreads, persistenceDecisions, recordings, seeds, peerSeed } = settings;
  const rows: [string, Cell | null][] = [
    ['core (SHA-256 of the scalar module)', `\`${coreHash}\``],
    ['threshold in spreads, decisions in a row', thresholdSpreads && `${thresholdSpreads}, ${persistenceDecisions}`],
    ['recordings', recordings || null],
    ['simulated machines of each kind (seeds)', seeds && `${seeds} (1..${seeds})`],
    ['seed of k-means and mixture', peerSeed],
  ];
  const known = rows.filter((row): row is [string, Cell] => row[1] !== null);
  return `${table(['setting', 'value'], known)}\n`;
}

function libraryText(figures: Figures): string {
  const { rigs, falseAlarms, labelled, runsToFailure, bearingDiagnosis, rotorDiagnosis, diagnosesOnHealthy } = figures;
  const { episodes, healthyHours, decisions } = falseAlarms;
  const rate = (exposure: number, unit: number): string => {
    const [low, high] = poisson(episodes);
    const per = (count: number): number => (exposure > 0 ? (count * unit) / exposure : 0);
    return `${figureText(per(episodes))} ${intervalText([per(low), per(high)])}`;
  };
  const diagnosisRows = (counts: Record<string, DiagnosisCount>, what: string): Cell[][] =>
    Object.entries(counts)
      .sort(([a], [b]) => Number(a === 'all') - Number(b === 'all'))
      .map(([name, { recordings, right, wrong, silent }]) => [
        `${what}: ${name}`,
        countText(right, recordings),
        countText(wrong, recordings),
        silent,
      ]);
  const text = [
    '## Recordings\n',
    table(
      [
        'rig',
        'machines',
        'healthy ones with an alarm',
        'faulty ones with an alarm',
        'detected rows',
        'AUROC',
        'rows of false alarm',
      ],
      Object.entries(rigs).map(([rig, one]) => [
        rig,
        one.machines,
        countText(one.healthyAlarmed, one.healthy),
        countText(one.faultyAlarmed, one.faulty),
        measuredText(one.detection),
        measuredText(one.auroc),
        orNone(one.rowFalseAlarmRate),
      ]),
    ),
    '',
    table(
      ['healthy recordings with a baseline', 'value'],
      [
        ['false-alarm episodes', `${episodes} in ${figureText(healthyHours)} h, ${decisions} decisions`],
        ['a healthy hour', rate(healthyHours, 1)],
        [`${DECISIONS} decisions (a day of one a minute)`, rate(decisions, DECISIONS)],
        ['rows that name a fault', diagnosesOnHealthy.learned],
        ['the same, judged without a baseline', diagnosesOnHealthy.unlearned],
      ],
    ),
    '',
    table(
      ['labelled rig', 'recordings', 'F1', 'false-alarm rate', 'missed rate', 'alarm rows, anomaly-free'],
      Object.entries(labelled).map(([rig, one]) => [
        rig,
        one.recordings,
        measuredText(one.f1),
        measuredText(one.falseAlarmRate),
        measuredText(one.missedRate),
        orNone(one.healthyRowAlarmRate),
      ]),
    ),
    '',
    table(
      [
        'run to failure',
        'life h',
        'lasting alarm h before the end',
        'episodes in the first 15 %',
        'episodes before it',
      ],
      Object.entries(runsToFailure).map(([name, run]) => [
        name,
        figureText(run.lifeHours),
        orNone(run.leadHours),
        run.earlyEpisodes,
        run.episodesBefore,
      ]),
    ),
    '',
    table(
      ['diagnosis, recordings', 'right', 'wrong', 'silent'],
      [...diagnosisRows(bearingDiagnosis, 'bearing'), ...diagnosisRows(rotorDiagnosis, 'rotor')],
    ),
    '',
  ];
  return text.join('\n');
}

/** Figures of a method as cells, each taken from `of` the rig that it belongs to. */
function methodCells(rigs: readonly string[], of: (rig: string) => Figures | undefined): Cell[] {
  const all = rigs.map(of).filter((figures) => figures !== undefined);
  const distinct = [...new Set(all)];
  const detection = rigs
    .filter((rig) => of(rig)?.rigs[rig]?.detection)
    .map((rig) => figureText(of(rig)!.rigs[rig].detection!.value));
  const areas = rigs
    .filter((rig) => of(rig)?.rigs[rig]?.auroc)
    .map((rig) => figureText(of(rig)!.rigs[rig].auroc!.value));
  const falseEpisodes = distinct.reduce((sum, { falseAlarms }) => sum + falseAlarms.episodes, 0);
  const labelled = rigs.flatMap((rig) => of(rig)?.labelled[rig] ?? []);
  const runs = [...new Map(distinct.flatMap((figures) => Object.entries(figures.runsToFailure))).values()];
  return [
    detection.join(' / ') || NONE,
    areas.join(' / ') || NONE,
    falseEpisodes,
    labelled
      .map(({ f1, falseAlarmRate }) => `${figureText(f1.value)} at ${figureText(falseAlarmRate.value)}`)
      .join(', ') || NONE,
    runs.map(({ leadHours }) => orNone(leadHours)).join(' / ') || NONE,
    runs.reduce((sum, { earlyEpisodes }) => sum + earlyEpisodes, 0),
  ];
}

function methodsText(methods: readonly MethodResult[]): string {
  const rigs = [...new Set(methods.flatMap(({ leftOut }) => leftOut.map(({ rig }) => rig)))];
  const detected = rigs.filter((rig) => methods[0].figures.rigs[rig]?.detection).join(' / ');
  const head = [
    'method',
    'threshold, spreads',
    `detected rows: ${detected}`,
    'AUROC',
    'healthy episodes',
    'F1 at false-alarm rate',
    'hours before the end',
    'episodes in the first 15 %',
  ];
  const leftOutOf = (method: MethodResult, rig: string): LeftOut | undefined =>
    method.leftOut.find((one) => one.rig === rig);
  const spreadsText = ({ leftOut }: MethodResult): string =>
    [...new Set(leftOut.map(({ spreads }) => figureText(spreads)))].join(', ');
  return [
    '## Other methods on the same features\n',
    'Every method gets the features of the core, learns from the same decisions and has the same persistence. Its ' +
      'threshold is the median plus so many spreads of its score over the last third of what it learned from; the ' +
      'number of spreads is the smallest at and above which no healthy recording alarms, times 1.25. First chosen on ' +
      'all rigs:\n',
    table(
      head,
      methods.map((method) => [method.name, figureText(method.spreads), ...methodCells(rigs, () => method.figures)]),
    ),
    '',
    'Then chosen anew for each rig on all others, and judged on the rig left out, healthy recordings too:\n',
    table(
      head,
      methods.map((method) => [
        method.name,
        spreadsText(method),
        ...methodCells(rigs, (rig) => leftOutOf(method, rig)?.figures),
      ]),
    ),
    '',
    `${CORE_NAME} is the whole pipeline at that threshold; its default is in the settings above. Runs to failure and ` +
      'labelled rigs have no certain healthy part and take no part in the choice.\n',
  ].join('\n');
}

function simulatedText({ healthy, faulty }: SimulatedFigures): string {
  return [
    '## Simulated machines\n',
    'Each seed draws a machine (speed, levels, resonances, gear, bearing, sensor noise, 1 or 3 axes, 500 to 2000 Hz) ' +
      'and takes a snapshot of 1024 scans a minute: an hour to learn from, four to judge. Streamed machines have 500 Hz ' +
      'and no pause: a minute to learn from, half an hour to judge. Episodes of one machine are not independent; the second interval draws whole machines anew.\n',
    table(
      [
        'sound machines',
        'machines',
        'days',
        'episodes',
        'a machine day',
        'over machines',
        'machines with an alarm',
        'alarm rows',
        'rows that name a fault',
      ],
      healthy.map((one) => [
        one.kind,
        one.machines,
        figureText(one.machineDays),
        one.episodes,
        `${figureText(one.episodesPerDay)} ${intervalText(one.poisson)}`,
        one.overMachines ? intervalText(one.overMachines) : NONE,
        countText(one.alarmedMachines, one.machines),
        figureText(one.alarmRowShare),
        one.diagnosedRows,
      ]),
    ),
    '',
    'A fault begins half an hour after learning at -12 dB and grows by 0.2 dB a minute to +12 dB. Size of an outer race ' +
      'fault: peak of the ringing after a pass over the broadband rms of the sound machine; of unbalance: added ' +
      "amplitude at shaft speed over the machine's own. Detected: first alarm after the fault began and before it had " +
      'that size.\n',
    table(
      [
        'growing fault',
        'machines',
        'alarm before it began',
        ...FAULT_SIZES_DB.map((size) => `detected by ${size > 0 ? '+' : ''}${size} dB`),
        'median delay, minutes',
        'named right / wrong',
      ],
      faulty.map((one) => [
        `${one.fault}, ${one.kind}`,
        one.machines,
        one.alarmedBefore,
        ...one.detectedBy.map(({ machines, share }) => `${figureText(machines / one.machines)} ${intervalText(share)}`),
        orNone(one.medianDelayMinutes),
        `${one.named.right} / ${one.named.wrong}`,
      ]),
    ),
  ].join('\n');
}

/** Alarms and names of faults of fixed sizes. */
function namedText(named: readonly NamedFigures[]): string {
  return [
    '',
    '### Faults of fixed sizes\n',
    `The first ${named[0].machines} machines at 4 kHz without a pause: a minute of the sound machine to learn from, then ` +
      'half a minute with a fault, of the sizes meant above, from another recording with its own noise.\n',
    table(
      ['fault, size', 'machines with an alarm', 'named right', 'named wrong', 'silent'],
      named.map(({ fault, sizeDb, machines, alarmed, right, wrong, wrongNames, silent }) => [
        fault === 'none' ? 'none' : `${fault}, ${sizeDb > 0 ? '+' : ''}${sizeDb} dB`,
        countText(alarmed, machines),
        fault === 'none' ? NONE : countText(right, machines),
        [
          countText(wrong, machines),
          Object.entries(wrongNames)
            .map(([name, count]) => `${name} ${count}`)
            .join(', '),
        ]
          .filter((text) => text !== '')
          .join(': '),
        silent,
      ]),
    ),
  ].join('\n');
}

/** False alarms and detection of every method on the same simulated machines. */
function besideText({ healthy, faulty }: SimulatedFigures): string {
  const methods = [...new Set(healthy.map(({ method }) => method))];
  const kinds = [...new Set(healthy.map(({ kind }) => kind))];
  const faults = [...new Set(faulty.map(({ fault }) => fault))];
  const sizes = [0, 6];
  const steady = (method: string, fault: string) =>
    faulty.find((one) => one.method === method && one.fault === fault && one.kind === 'steady')!;
  const detected = (method: string, fault: string, sizeDb: number): number => {
    const { detectedBy, machines } = steady(method, fault);
    return detectedBy.find((one) => one.sizeDb === sizeDb)!.machines / machines;
  };
  return [
    '',
    '### Other methods on them\n',
    `The first ${healthy[0].machines} machines of each kind, judged at the thresholds chosen on all rigs of the ` +
      `recordings; ${CORE_NAME} at its default. Share of sound machines with an alarm:\n`,
    table(
      ['method', ...kinds],
      methods.map((method) => [
        method,
        ...kinds.map((kind) => {
          const one = healthy.find((figures) => figures.method === method && figures.kind === kind)!;
          return figureText(one.alarmedMachines / one.machines);
        }),
      ]),
    ),
    '',
    'False-alarm episodes a machine day, and growing faults of steady machines detected by the size given:\n',
    table(
      [
        'method',
        ...kinds,
        ...faults.flatMap((fault) => sizes.map((size) => `${fault} by ${size > 0 ? '+' : ''}${size} dB`)),
      ],
      methods.map((method) => [
        method,
        ...kinds.map((kind) =>
          figureText(healthy.find((one) => one.method === method && one.kind === kind)!.episodesPerDay),
        ),
        ...faults.flatMap((fault) => sizes.map((size) => figureText(detected(method, fault, size)))),
      ]),
    ),
  ].join('\n');
}
