/** Other methods on the recordings on the page. */
import type { MethodResult } from '../evaluation.ts';
import type { Figures } from '../library/figures.ts';
import type { LeftOut } from '../peers/leave-one-rig-out.ts';
import { CORE_NAME } from '../simulated/task.ts';
import { type Cell, figureText, NONE, orNone, table } from './table.ts';

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
  // figures of a rig alone name the rig
  const where = distinct.length > 1 ? rigs.filter((rig) => of(rig)!.falseAlarms.episodes > 0).join(', ') : '';
  const labelled = rigs.flatMap((rig) => of(rig)?.labelled[rig] ?? []);
  const runs = [...new Map(distinct.flatMap((figures) => Object.entries(figures.runsToFailure))).values()];
  return [
    detection.join(' / ') || NONE,
    areas.join(' / ') || NONE,
    where ? `${falseEpisodes}: ${where}` : falseEpisodes,
    labelled
      .map(({ f1, falseAlarmRate }) => `${figureText(f1.value)} at ${figureText(falseAlarmRate.value)}`)
      .join(', ') || NONE,
    runs.map(({ leadHours }) => orNone(leadHours)).join(' / ') || NONE,
    runs.reduce((sum, { earlyEpisodes }) => sum + earlyEpisodes, 0),
  ];
}

export function methodsText(methods: readonly MethodResult[]): string {
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
  const spreadsText = ({ spreads: chosenOnAll, leftOut }: MethodResult): string =>
    [
      figureText(chosenOnAll),
      ...leftOut
        .filter(({ spreads }) => spreads !== chosenOnAll)
        .map(({ rig, spreads }) => `without ${rig} ${figureText(spreads)}`),
    ].join('; ');
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
