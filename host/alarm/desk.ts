/**
 * How people have handled the alarms of each point: a small part of ISA-18.2. An alarm stands unacknowledged until a
 * person acknowledges it; when it returns to normal before that, it still waits for them. A shelved point is silent for
 * people until a time that has been given; detection, events and frames go on. Clock and commands are passed in.
 */
import { InputError } from '../errors.ts';
import type { Command } from './command.ts';

/** `returned`: over, and nobody has acknowledged it. */
export type Handling = 'normal' | 'unacknowledged' | 'acknowledged' | 'returned';

export interface PointHandling {
  point: string;
  handling: Handling;
  /** Number of the last episode; 0: none. */
  alarmId: number;
  /** Null: not shelved. */
  shelvedUntilUtcMs: number | null;
  /** What a person has said of the last episode. */
  feedback: 'confirmed' | 'false' | null;
  /** The last command on this point. */
  last: { action: string; by: string; reason: string; utcMs: number } | null;
}

/** What a command would change, for its audit frame; the values that it leaves alone are absent. */
export interface Decision {
  /** As the audit frame names it. */
  action: 'ack' | 'shelve' | 'unshelve' | 'confirm' | 'false' | 'false-relearn';
  /** `motor/drive-end alarm 3`. */
  object: string;
  old: string;
  new: string;
  /** What was done, for people. */
  result: string;
}

/** An event of a point as the desk reads it. */
export interface DeskEvent {
  point: string;
  alarmId: number;
  /** States before and after. */
  from: string;
  to: string;
}

const ALARMING = ['alert', 'danger'];

const NAMES_TOLD = 12;

export class Desk {
  readonly #points: Map<string, PointHandling>;

  constructor(points: string[]) {
    this.#points = new Map(points.map((point) => [point, nothing(point)]));
  }

  /** Takes what is known of points; of others it forgets nothing. */
  recall(known: PointHandling[]): void {
    for (const handled of known) if (this.#points.has(handled.point)) this.#points.set(handled.point, { ...handled });
  }

  /** A new run begins: no alarm of an earlier one stands any more, and who has not acknowledged it still may. */
  restart(): void {
    for (const entry of this.#points.values()) entry.handling = ended(entry.handling);
  }

  /** A state event of the alarm stage, in order. @returns whether anything changed for people */
  event({ point, alarmId, from, to }: DeskEvent): boolean {
    const entry = this.#points.get(point);
    if (!entry) return false;
    if (!ALARMING.includes(to)) {
      const before = entry.handling;
      entry.handling = ended(before);
      return entry.handling !== before;
    }
    const isWorse = from === 'alert' && to === 'danger'; // who acknowledged the one has not seen the other
    if (alarmId === entry.alarmId && entry.handling === 'acknowledged' && !isWorse) return false;
    if (alarmId !== entry.alarmId) entry.feedback = null;
    entry.alarmId = alarmId;
    entry.handling = 'unacknowledged';
    return true;
  }

  /**
   * What a command would do; nothing is changed.
   *
   * @throws InputError COMMAND_POINT for a point that is not there, COMMAND_ALARM where there is no such alarm
   */
  decide(command: Command, nowUtcMs: number): Decision {
    const { action, point } = command;
    const entry = this.#entry(point);
    const { alarmId, handling, feedback } = entry;
    const refuse = (text: string): InputError =>
      new InputError('COMMAND_ALARM', `${point}: ${text}; nothing was changed`);
    const alarm = `${point} alarm ${alarmId}`;
    if (action === 'shelve') return shelving(entry, command, nowUtcMs);
    if (alarmId === 0) throw refuse('has had no alarm');
    if (action === 'ack') {
      if (handling !== 'unacknowledged' && handling !== 'returned')
        throw refuse(
          handling === 'acknowledged'
            ? `alarm ${alarmId} is acknowledged already${byText(entry)}`
            : `no alarm waits for an acknowledgement; the last one was ${alarmId}`,
        );
      const after = handling === 'returned' ? 'normal' : 'acknowledged';
      return { action, object: alarm, old: handling, new: after, result: `alarm ${alarmId} of ${point} acknowledged` };
    }
    const old = feedback ?? 'none';
    if (action === 'confirm')
      return { action, object: alarm, old, new: 'confirmed', result: `alarm ${alarmId} of ${point} confirmed` };
    const said = `alarm ${alarmId} of ${point} recorded as false`;
    return command.relearn
      ? { action: 'false-relearn', object: alarm, old, new: 'false', result: `${said}; what is normal is learned anew` }
      : { action, object: alarm, old, new: 'false', result: said };
  }

  /** A decision that is durable. Also takes what an earlier run has recorded. */
  apply(point: string, decision: Pick<Decision, 'action' | 'new'>, last: NonNullable<PointHandling['last']>): void {
    const entry = this.#points.get(point);
    if (!entry) return;
    const { action } = decision;
    if (action === 'ack') entry.handling = entry.handling === 'unacknowledged' ? 'acknowledged' : 'normal';
    else if (action === 'shelve') entry.shelvedUntilUtcMs = Date.parse(decision.new);
    else if (action === 'unshelve') entry.shelvedUntilUtcMs = null;
    else entry.feedback = action === 'confirm' ? 'confirmed' : 'false';
    entry.last = last;
  }

  list(nowUtcMs: number): PointHandling[] {
    return [...this.#points.values()].map((entry) => ({ ...entry, shelvedUntilUtcMs: shelvedUntil(entry, nowUtcMs) }));
  }

  #entry(point: string): PointHandling {
    const entry = this.#points.get(point);
    if (entry) return entry;
    const names = [...this.#points.keys()];
    const more = names.length > NAMES_TOLD ? `, and ${names.length - NAMES_TOLD} more` : '';
    throw new InputError(
      'COMMAND_POINT',
      `got the point "${point}", wanted one of: ${names.slice(0, NAMES_TOLD).join(', ') || 'none is known'}${more}; nothing was changed`,
    );
  }
}

function shelving(entry: PointHandling, { point, forMs = 0 }: Command, nowUtcMs: number): Decision {
  const until = shelvedUntil(entry, nowUtcMs);
  const old = until === null ? 'not shelved' : new Date(until).toISOString();
  if (forMs > 0) {
    const end = new Date(nowUtcMs + forMs).toISOString();
    return { action: 'shelve', object: point, old, new: end, result: `${point} shelved until ${end}` };
  }
  if (until === null)
    throw new InputError('COMMAND_ALARM', `${point}: is not shelved, so --for 0 ends nothing; nothing was changed`);
  return { action: 'unshelve', object: point, old, new: 'not shelved', result: `${point} is no longer shelved` };
}

function shelvedUntil({ shelvedUntilUtcMs: until }: PointHandling, nowUtcMs: number): number | null {
  return until !== null && until > nowUtcMs ? until : null;
}

const ended = (handling: Handling): Handling =>
  handling === 'unacknowledged' || handling === 'returned' ? 'returned' : 'normal';

const byText = ({ last }: PointHandling): string => (last?.action === 'ack' ? ` by ${last.by}` : '');

const nothing = (point: string): PointHandling => ({
  point,
  handling: 'normal',
  alarmId: 0,
  shelvedUntilUtcMs: null,
  feedback: null,
  last: null,
});
