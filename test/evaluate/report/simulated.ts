/** Simulated machines on the page. */
import { FAULT_SIZES_DB, type SimulatedFigures } from '../simulated/figures.ts';
import type { NamedFigures } from '../simulated/named-figures.ts';
import { CORE_NAME } from '../simulated/task.ts';
import { countText, figureText, intervalText, NONE, orNone, table } from './table.ts';

export function simulatedText({ healthy, faulty }: SimulatedFigures): string {
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
export function namedText(named: readonly NamedFigures[]): string {
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
export function besideText({ healthy, faulty }: SimulatedFigures): string {
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
