/**
 * What people ask of a running host: through the door or by a caller in this thread, one after the other, durable before
 * it is answered, acted on after.
 */
import type { Command } from '../alarm/command.ts';
import { Desk, type PointHandling } from '../alarm/desk.ts';
import { SpindleError } from '../errors.ts';
import { auditDraft } from '../store/commands.ts';
import { SYSTEM_CLOCK } from '../store/store.ts';
import type { AlarmEvent, FrameDraft } from '../types.ts';
import { Door } from './door.ts';
import type { HostPoint } from './drafts.ts';
import type { Level } from './notices.ts';

export interface CommandParts {
  dataDir: string;
  points: HostPoint[];
  /** Commands are taken at the data directory's socket. */
  takesCommands: boolean;
  /** Resolves when the draft is durable. */
  commit(draft: FrameDraft): Promise<void>;
  /** @returns whether the point's source runs: else it learns anew when that does again */
  relearn(point: HostPoint): boolean;
  onDone(point: string, text: string): void;
  onMessage(level: Level, text: string): void;
}

export class Commands {
  readonly #parts: CommandParts;
  readonly #desk: Desk;
  readonly #door: Door | null;
  #isRecalled = false;
  /** Each sees what the one before has changed. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: CommandParts) {
    this.#parts = parts;
    this.#desk = new Desk(parts.points.map(({ plan }) => plan.name));
    this.#door = parts.takesCommands
      ? new Door({ dataDir: parts.dataDir, carryOut: (command, isLate) => this.carryOut(command, isLate) })
      : null;
  }

  /** The store is up and has the lock of the directory: a socket that is there is left over. Acts once a run. */
  storeReady(handled: PointHandling[]): void {
    if (this.#isRecalled) return;
    this.#isRecalled = true;
    this.#desk.recall(handled);
    this.#desk.restart();
    void this.#openDoor();
  }

  async #openDoor(): Promise<void> {
    try {
      await this.#door?.listen();
    } catch (error) {
      const text = `commands cannot be taken (${(error as Error).message}); measuring goes on`;
      this.#parts.onMessage('warn', text);
    }
  }

  /** A state event of the alarm stage, in order. */
  event(event: AlarmEvent): void {
    this.#desk.event(event);
  }

  handled(utcMs: number): PointHandling[] {
    return this.#desk.list(utcMs);
  }

  /** No more commands; those on their way are answered first. */
  async close(): Promise<void> {
    await this.#door?.close();
  }

  /**
   * Carries out what a person asks for, after those before it; resolves with what was done once that is durable.
   *
   * @param isLate whether the person has given up waiting: then a command that has not begun does not begin
   * @throws InputError COMMAND_POINT, COMMAND_ALARM; SpindleError COMMAND_LATE
   */
  carryOut(command: Command, isLate: () => boolean = () => false): Promise<string> {
    const done = this.#queue.then(() => this.#carryOut(command, isLate));
    this.#queue = done.catch(() => {});
    return done;
  }

  async #carryOut(command: Command, isLate: () => boolean): Promise<string> {
    if (isLate()) throw new SpindleError('COMMAND_LATE', 'the person gave up waiting; nothing was changed');
    const utcUs = SYSTEM_CLOCK.utcUs();
    const decision = this.#desk.decide(command, utcUs / 1000);
    const { by, reason } = command;
    const point = this.#parts.points.find(({ plan }) => plan.name === command.point)!;
    const now = { monoUs: SYSTEM_CLOCK.monoUs(), utcUs };
    await this.#parts.commit(auditDraft(command, decision, point.id, 'cli', now));
    this.#desk.apply(command.point, decision, { action: decision.action, by, reason, utcMs: utcUs / 1000 });
    let { result } = decision;
    if (decision.action === 'false-relearn' && !this.#parts.relearn(point)) result += ' when its source runs again';
    this.#parts.onDone(command.point, `${result} by ${by}: ${reason}`);
    return result;
  }
}
