/**
 * A source that has no end of its own, such as a sensor. When it fails, ends or falls silent it is opened again, alone,
 * for as long as it takes; the scans that it would have given meanwhile are one gap, reckoned by the clock, so that the
 * count of scans stays in step with time. A source that is lost over and over is named, and tried more slowly.
 */
import type { Source } from '../acquire/source.ts';
import { InputError, SpindleError } from '../errors.ts';
import { RestartBudget, type RestartLimits } from '../restart-budget.ts';
import { isSameRate } from '../stream-time.ts';
import type { SourceEvent, SourceInfo } from '../types.ts';
import { aborted, pause, within } from '../wait.ts';
import { silentAfterMs } from './staleness.ts';

export interface ReopenLimits extends RestartLimits {
  /** No event for so long is a failure; null: three times the longest time between two events, at least 5 s. */
  silentMs: number | null;
  /** A device that opens takes no longer: a node is found within 15 s and listened to for 8 s at most. */
  openMs: number;
  closeMs: number;
}

const LIMITS: ReopenLimits = {
  silentMs: null,
  openMs: 30_000,
  closeMs: 5_000,
  // asking for a device that is not there costs nothing, and each second that it waits is lost
  firstPauseMs: 100,
  longestPauseMs: 1_000,
  budget: 10,
  windowMs: 60_000,
  fruitless: 5,
  healthyMs: 300_000,
  retryMs: 10_000,
};

export interface ReopenParts {
  name: string;
  /** A new one in the place of the last, which has been closed. */
  reopen(): Promise<Source>;
  /** Seconds of the stream in one second of wall time; 1 if absent. */
  speedup?: number;
  /** Once a loss. `isGivenUp`: lost too often, from now on it is tried slowly. */
  onLost(error: SpindleError, isGivenUp: boolean): void;
  /** It reads again and is well, after so many lost scans. */
  onBack(lostSamples: number): void;
  limits?: Partial<ReopenLimits>;
  nowMs?: () => number;
  random?: () => number;
}

export class Reopened implements Source {
  readonly info: SourceInfo;
  readonly isLive = true;
  readonly #parts: ReopenParts;
  readonly #limits: ReopenLimits;
  readonly #nowMs: () => number;
  readonly #budget: RestartBudget;
  #source: Source;
  /** First scan after everything that was yielded; scan 0 of the open source is scan `#origin` here. */
  #end = 0;
  #origin = 0;
  #endMs = 0;
  #openedMs = 0;
  /** Since it was told to be lost. */
  #lostSamples = 0;
  restarts = 0;
  /** Why it does not read; null while it does. */
  lastError: SpindleError | null = null;

  constructor(source: Source, parts: ReopenParts) {
    this.info = source.info;
    this.#source = source;
    this.#parts = parts;
    this.#limits = { ...LIMITS, ...parts.limits };
    this.#nowMs = parts.nowMs ?? (() => performance.now());
    this.#budget = new RestartBudget(this.#limits, this.#nowMs, parts.random);
  }

  get isGivenUp(): boolean {
    return this.#budget.isSpent;
  }

  /** Yields until `signal` aborts; never throws. */
  async *events(signal: AbortSignal = new AbortController().signal): AsyncGenerator<SourceEvent> {
    this.#endMs = this.#openedMs = this.#nowMs();
    for (;;) {
      const error = yield* this.#read(signal);
      if (signal.aborted) return;
      this.lastError = error;
      this.restarts++;
      const { isNew, isSpent, pauseMs } = this.#budget.lost();
      if (isNew || !isSpent) this.#parts.onLost(error, isNew);
      await within(this.#source.close(), this.#limits.closeMs);
      await this.#reopen(pauseMs, signal);
      yield this.#gap();
      if (signal.aborted) return;
    }
  }

  async close(): Promise<void> {
    await within(this.#source.close(), this.#limits.closeMs);
  }

  /** @returns why it reads no more; anything once `signal` has aborted */
  async *#read(signal: AbortSignal): AsyncGenerator<SourceEvent, SpindleError> {
    const opened = new AbortController();
    const events = this.#source.events(AbortSignal.any([signal, opened.signal]));
    try {
      for (;;) {
        const next = await this.#next(events, signal);
        if (next === null || next.done) return new SpindleError('SOURCE_ENDED', 'it ended by itself');
        this.#heard();
        yield this.#taken(next.value);
      }
    } catch (error) {
      if (error instanceof SpindleError) return error;
      return new SpindleError('SOURCE_DEFECT', String((error as Error)?.message ?? error), { cause: error });
    } finally {
      opened.abort();
      events.return(undefined).catch(() => {}); // of one that hangs it never comes back: it is not waited for
    }
  }

  #heard(): void {
    const { windowMs, budget } = this.#limits;
    // one that lives shorter than that is lost more often than the budget allows
    if (this.#nowMs() - this.#openedMs >= windowMs / budget) this.#budget.progress();
    if (this.lastError === null || this.#budget.isSpent) return;
    this.lastError = null;
    this.#parts.onBack(this.#lostSamples);
    this.#lostSamples = 0;
  }

  /** @returns null when `signal` aborts first @throws SOURCE_SILENT, and what the source throws */
  #next(events: AsyncGenerator<SourceEvent>, signal: AbortSignal): Promise<IteratorResult<SourceEvent> | null> {
    const limitMs = this.silentAfterMs;
    return new Promise((resolve, reject) => {
      let dueMs = this.#nowMs() + limitMs;
      const look = (): void => {
        const lateMs = this.#nowMs() - dueMs;
        if (lateMs <= limitMs / 3) {
          const text = `it gave nothing for ${limitMs / 1000} s`;
          settle(() => reject(new SpindleError('SOURCE_SILENT', text)));
          return;
        }
        // this thread itself did not run: what has arrived meanwhile is still waiting to be heard
        dueMs = this.#nowMs() + limitMs;
        timer = setTimeout(look, limitMs);
      };
      let timer: NodeJS.Timeout | undefined;
      if (!this.#source.isPatient) timer = setTimeout(look, limitMs);
      const onAbort = (): void => settle(() => resolve(null));
      const settle = (work: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        work();
      };
      signal.addEventListener('abort', onAbort);
      events.next().then(
        (result) => settle(() => resolve(result)),
        (error) => settle(() => reject(error)),
      );
      if (signal.aborted) onAbort();
    });
  }

  /** No event for so long is a failure. */
  get silentAfterMs(): number {
    return this.#limits.silentMs ?? silentAfterMs(this.info, this.#parts.speedup ?? 1);
  }

  #taken(event: SourceEvent): SourceEvent {
    if (event.kind !== 'samples' && event.kind !== 'gap') return event;
    const firstSample = this.#origin + event.firstSample;
    this.#end = firstSample + (event.kind === 'gap' ? event.lostSamples : event.channels[0].length);
    this.#endMs = this.#nowMs();
    return { ...event, firstSample };
  }

  /** Waits and tries until there is a source again, or until `signal` aborts. */
  async #reopen(firstPauseMs: number, signal: AbortSignal): Promise<void> {
    const { longestPauseMs, retryMs } = this.#limits;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, this.isGivenUp ? retryMs : longestPauseMs)) {
      await pause(pauseMs, signal);
      if (signal.aborted) return;
      try {
        this.#source = this.#fitting(await this.#opened(signal));
        this.#budget.started();
        this.#openedMs = this.#nowMs();
        return;
      } catch (error) {
        this.lastError = error instanceof SpindleError ? error : new SpindleError('SOURCE_DEFECT', String(error));
      }
    }
  }

  /** @throws SOURCE_OPEN when it takes too long, and what `reopen` throws */
  async #opened(signal: AbortSignal): Promise<Source> {
    const { openMs } = this.#limits;
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), openMs);
    let isLate = false;
    const opening = this.#parts.reopen();
    // what comes of it once nobody waits any more
    opening.then(
      (source) => isLate && void source.close().catch(() => {}),
      () => {},
    );
    try {
      const waiting = AbortSignal.any([signal, over.signal]);
      const isOver = await Promise.race([opening.then(() => false), aborted(waiting).then(() => true)]);
      if (!isOver) return await opening;
      isLate = true;
      throw new SpindleError('SOURCE_OPEN', `it could not be opened within ${openMs / 1000} s`);
    } finally {
      clearTimeout(timer);
      over.abort();
    }
  }

  /** @throws InputError SOURCE_CHANGED when it is not what the points were planned for */
  #fitting(source: Source): Source {
    const [got, wanted] = [factsOf(source.info), factsOf(this.info)];
    const [rate, wantedRate] = [source.info.sampleRateHz, this.info.sampleRateHz];
    if (got === wanted && isSameRate(rate, wantedRate)) return source;
    void source.close().catch(() => {});
    const text = `got ${got} at ${rate} Hz, wanted ${wanted} at ${wantedRate} Hz as before; it is not read`;
    throw new InputError('SOURCE_CHANGED', text);
  }

  /** All scans between the last one and now. Two stretches never join, so it is one at least. */
  #gap(): SourceEvent {
    const now = this.#nowMs();
    const { sampleRateHz } = this.info;
    const goneS = ((now - this.#endMs) / 1000) * (this.#parts.speedup ?? 1);
    const lostSamples = Math.max(1, Math.round(goneS * sampleRateHz));
    const firstSample = this.#end;
    this.#end += lostSamples;
    this.#lostSamples += lostSamples;
    this.#origin = this.#end;
    this.#endMs = now;
    return { kind: 'gap', cause: 'source', firstSample, lostSamples };
  }
}

function factsOf({ channels, snapshot }: SourceInfo): string {
  const names = channels.map(({ name, unit }) => `${name} in ${unit}`).join(', ');
  return `${names}${snapshot ? `, ${snapshot.samples} samples a snapshot` : ''}`;
}
