/** The recordings of a library on the page. */
import type { DiagnosisCount } from '../library/diagnosis.ts';
import type { Figures } from '../library/figures.ts';
import { poisson } from '../statistics/intervals.ts';
import { type Cell, countText, figureText, intervalText, measuredText, orNone, table } from './table.ts';

const DECISIONS = 1440;

export function libraryText(figures: Figures): string {
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
