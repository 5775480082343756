/** Two evaluations side by side, before and after a change of detection or diagnosis: only what differs is shown. */
import type { Evaluation } from './evaluation.ts';
import { figureText, table } from './report/table.ts';
import { CORE_NAME } from './simulated/task.ts';

/** A figure of the product by name; null: it has no value. Figures of the same name can be compared. */
export type KeyFigures = Record<string, number | null>;

/** What of an evaluation is kept to compare a later one with. */
export interface Remembered {
  settings: Evaluation['settings'];
  keyFigures: KeyFigures;
}

export function remembered(evaluation: Evaluation): Remembered {
  return { settings: evaluation.settings, keyFigures: keyFigures(evaluation) };
}

/** Every figure of the product that a change of detection or diagnosis can move, names unique. */
export function keyFigures({ library, methods, simulated, named }: Evaluation): KeyFigures {
  const figures: KeyFigures = {};
  const put = (name: string, value: number | null | undefined): void => {
    figures[name] = value ?? null;
  };
  if (library) {
    for (const [rig, one] of Object.entries(library.rigs)) {
      put(`${rig}: detected rows`, one.detection?.value);
      put(`${rig}: AUROC`, one.auroc?.value);
      put(`${rig}: faulty recordings with an alarm`, one.faultyAlarmed);
      put(`${rig}: healthy recordings with an alarm`, one.healthyAlarmed);
      put(`${rig}: rows of false alarm`, one.rowFalseAlarmRate);
    }
    put('healthy recordings: false-alarm episodes', library.falseAlarms.episodes);
    put('healthy recordings: rows that name a fault', library.diagnosesOnHealthy.learned);
    put('healthy recordings without a baseline: rows that name a fault', library.diagnosesOnHealthy.unlearned);
    for (const [rig, one] of Object.entries(library.labelled)) {
      put(`${rig}: F1`, one.f1.value);
      put(`${rig}: false-alarm rate`, one.falseAlarmRate.value);
      put(`${rig}: missed rate`, one.missedRate.value);
      put(`${rig}: alarm rows, anomaly-free`, one.healthyRowAlarmRate);
    }
    for (const [name, one] of Object.entries(library.runsToFailure)) {
      put(`${name}: hours before the end`, one.leadHours);
      put(`${name}: episodes in the first 15 %`, one.earlyEpisodes);
      put(`${name}: episodes before the lasting alarm`, one.episodesBefore);
    }
    for (const [what, counts] of [
      ['bearing', library.bearingDiagnosis],
      ['rotor', library.rotorDiagnosis],
    ] as const)
      for (const [name, { right, wrong }] of Object.entries(counts)) {
        put(`${what} diagnosis, ${name}: right`, right);
        put(`${what} diagnosis, ${name}: wrong`, wrong);
      }
  }
  for (const { rig, spreads, figures: left } of methods.find(({ name }) => name === CORE_NAME)?.leftOut ?? []) {
    put(`${rig} left out: threshold, spreads`, spreads);
    put(`${rig} left out: detected rows`, left.rigs[rig]?.detection?.value);
    put(`${rig} left out: false-alarm episodes`, left.falseAlarms.episodes);
  }
  for (const one of simulated?.healthy ?? []) {
    const name = `${one.machines} simulated, ${one.kind}`;
    put(`${name}: episodes a machine day`, one.episodesPerDay);
    put(`${name}: machines with an alarm`, one.alarmedMachines);
    put(`${name}: alarm rows`, one.alarmRowShare);
    put(`${name}: rows that name a fault`, one.diagnosedRows);
  }
  for (const one of simulated?.faulty ?? []) {
    const name = `${one.machines} simulated, ${one.fault}, ${one.kind}`;
    put(`${name}: alarm before it began`, one.alarmedBefore);
    for (const { sizeDb, machines } of one.detectedBy)
      put(`${name}: detected by ${sizeDb > 0 ? '+' : ''}${sizeDb} dB`, machines);
    put(`${name}: median delay, minutes`, one.medianDelayMinutes);
    put(`${name}: named right`, one.named.right);
    put(`${name}: named wrong`, one.named.wrong);
  }
  for (const { fault, sizeDb, machines, alarmed, right, wrong } of named) {
    const name = `${machines} simulated, ${fault} of ${sizeDb} dB`;
    put(`${name}: machines with an alarm`, alarmed);
    put(`${name}: named right`, right);
    put(`${name}: named wrong`, wrong);
  }
  return figures;
}

/** Figures that differ, before and after; those that only one of the two has, of other machines say, are counted. */
export function comparisonText(before: Remembered, after: Remembered): string {
  const [then, now] = [before.keyFigures, after.keyFigures];
  const both = Object.keys(now).filter((name) => name in then);
  const moved = both.filter((name) => then[name] !== now[name]);
  const alone = new Set([...Object.keys(then), ...Object.keys(now)]).size - both.length;
  const text = (value: number | null): string => (value === null ? '-' : figureText(value));
  const change = (a: number | null, b: number | null): string =>
    a === null || b === null ? '-' : `${b > a ? '+' : ''}${figureText(b - a)}`;
  const lines = [
    '## Before and after\n',
    `Core ${before.settings.coreHash.slice(0, 12)}, then ${after.settings.coreHash.slice(0, 12)}. ` +
      `${both.length - moved.length} of ${both.length} figures are the same` +
      `${alone > 0 ? `; ${alone} more stand in one of the two only` : ''}.`,
  ];
  if (moved.length > 0)
    lines.push(
      '',
      table(
        ['figure', 'before', 'after', 'change'],
        moved.map((name) => [name, text(then[name]), text(now[name]), change(then[name], now[name])]),
      ),
    );
  return `${lines.join('\n')}\n`;
}
