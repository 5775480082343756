/** Two evaluations side by side, before and after a change: only what differs is shown. */
import type { Evaluation } from './evaluation.ts';
import { figureText, table } from './report/table.ts';
import { CORE_NAME } from './simulated/task.ts';

/** A figure of the product by name; null: it has no value. */
export type KeyFigures = Map<string, number | null>;

/** Every figure of the product that a change of detection or diagnosis can move, names unique. */
export function keyFigures({ library, methods, simulated, named }: Evaluation): KeyFigures {
  const figures: KeyFigures = new Map();
  const put = (name: string, value: number | null | undefined): unknown => figures.set(name, value ?? null);
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
    put(`simulated, ${one.kind}: episodes a machine day`, one.episodesPerDay);
    put(`simulated, ${one.kind}: machines with an alarm`, one.alarmedMachines);
    put(`simulated, ${one.kind}: alarm rows`, one.alarmRowShare);
    put(`simulated, ${one.kind}: rows that name a fault`, one.diagnosedRows);
  }
  for (const one of simulated?.faulty ?? []) {
    const name = `simulated ${one.fault}, ${one.kind}`;
    put(`${name}: alarm before it began`, one.alarmedBefore);
    for (const { sizeDb, machines } of one.detectedBy)
      put(`${name}: detected by ${sizeDb > 0 ? '+' : ''}${sizeDb} dB`, machines);
    put(`${name}: median delay, minutes`, one.medianDelayMinutes);
    put(`${name}: named right`, one.named.right);
    put(`${name}: named wrong`, one.named.wrong);
  }
  for (const { fault, sizeDb, alarmed, right, wrong } of named) {
    const name = `simulated ${fault} of ${sizeDb} dB`;
    put(`${name}: machines with an alarm`, alarmed);
    put(`${name}: named right`, right);
    put(`${name}: named wrong`, wrong);
  }
  return figures;
}

/** Figures that differ, before and after; figures that only one of the two has are left out and counted. */
export function comparisonText(before: Evaluation, after: Evaluation): string {
  const [then, now] = [keyFigures(before), keyFigures(after)];
  const both = [...now.keys()].filter((name) => then.has(name));
  const moved = both.filter((name) => then.get(name) !== now.get(name));
  const alone = new Set([...then.keys(), ...now.keys()]).size - both.length;
  const text = (value: number | null | undefined): string =>
    value === null || value === undefined ? '-' : figureText(value);
  const change = (name: string): string => {
    const [a, b] = [then.get(name) ?? null, now.get(name) ?? null];
    return a === null || b === null ? '-' : `${b > a ? '+' : ''}${figureText(b - a)}`;
  };
  const lines = [
    '## Before and after\n',
    `Core ${before.settings.coreHash.slice(0, 12)}, then ${after.settings.coreHash.slice(0, 12)}. ` +
      `${both.length - moved.length} of ${both.length} figures are the same` +
      `${alone > 0 ? `; ${alone} more stand in one of the two only` : ''}.`,
  ];
  for (const name of ['seeds', 'recordings'] as const)
    if (before.settings[name] !== after.settings[name])
      lines.push(`Not the same ${name}: ${before.settings[name] ?? 'none'}, then ${after.settings[name] ?? 'none'}.`);
  if (moved.length > 0)
    lines.push(
      '',
      table(
        ['figure', 'before', 'after', 'change'],
        moved.map((name) => [name, text(then.get(name)), text(now.get(name)), change(name)]),
      ),
    );
  return `${lines.join('\n')}\n`;
}
