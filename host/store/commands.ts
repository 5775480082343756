/** Commands of people in the store: the frame of one, and what those of earlier runs have left behind. */
import type { DatabaseSync } from 'node:sqlite';
import type { Command } from '../alarm/command.ts';
import { type Decision, Desk, type PointHandling } from '../alarm/desk.ts';
import { decodeFrame } from '../frame/frame.ts';
import type { FrameDraft, FrameValue } from '../types.ts';

/** Where a command came from: key 72. */
export type Origin = 'cli' | 'cli, no host running';

export interface CommandTimes {
  monoUs: number;
  utcUs: number;
}

/** @returns the audit frame to be: commits at once */
export function auditDraft(
  { by, reason }: Command,
  decision: Decision,
  pointId: number,
  origin: Origin,
  { monoUs, utcUs }: CommandTimes,
): FrameDraft {
  const body = new Map<number, FrameValue>([
    [70, by],
    [71, 'owner'], // whoever may use the socket or the store of this host
    [72, origin],
    [73, decision.action],
    [74, decision.object],
    [75, decision.old],
    [76, decision.new],
    [77, reason],
    [78, 'done'],
  ]);
  return { kind: 'audit', pointId, monoUs, utcUs, descriptor: null, body, urgent: true };
}

export interface StoredDesk {
  points: PointHandling[];
  /** UTC microseconds of the last command, by point, that asked for learning anew, and whose it was. */
  relearned: Map<string, { utcUs: number; by: string }>;
}

/** The events and commands of a store, told again in their order. */
export function storedDesk(database: DatabaseSync): StoredDesk {
  const names = new Map<number, string>();
  for (const row of database.prepare('SELECT id, name FROM point').iterate())
    names.set(row.id as number, row.name as string);
  const desk = new Desk([...names.values()]);
  const relearned: StoredDesk['relearned'] = new Map();
  const rows = database
    // the condition on 1 is that of the index
    .prepare('SELECT bytes FROM frame WHERE kind <> 1 AND kind IN (3, 7) ORDER BY id')
    .iterate();
  let utcUs = 0;
  for (const row of rows) {
    const frame = decodeFrame(row.bytes as Uint8Array);
    const { map } = frame;
    const point = frame.pointId === null ? undefined : names.get(frame.pointId);
    if (point === undefined) continue;
    if (frame.kind === 'event') {
      const [from, to, alarmId] = [31, 32, 33].map((key) => map.get(key)) as [string, string, number];
      if (map.get(30) === 'state') desk.event({ point, alarmId, from, to });
      continue;
    }
    utcUs = frame.utcUs ?? utcUs;
    const by = map.get(70) as string;
    const action = map.get(73) as Decision['action'];
    const last = { action, by, reason: map.get(77) as string, utcMs: Math.round(utcUs / 1000) };
    desk.apply(point, { action, new: (map.get(76) as string | undefined) ?? '' }, last);
    if (action === 'false-relearn') relearned.set(point, { utcUs, by });
  }
  return { points: desk.list(0), relearned };
}
