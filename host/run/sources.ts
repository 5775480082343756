/**
 * The sources of a host on their way to the analysis thread. One that fails ends alone, or, when it has no end of its
 * own, is opened again alone; what it has not given is counted, and what happened is told and recorded.
 */
import type { Source } from '../acquire/source.ts';
import { SpindleError } from '../errors.ts';
import type { Counts, LearnedBaseline, Output } from '../pipeline.ts';
import type { SourceStatus } from '../serve/messages.ts';
import { aborted } from '../wait.ts';
import type { ToAnalysis } from './analysis-messages.ts';
import { type HostPoint, sourceDraft } from './drafts.ts';
import { Feed } from './feed.ts';
import { Keeper } from './kept.ts';
import type { Ledger } from './ledger.ts';
import type { Level } from './notices.ts';
import type { HostSource } from './points.ts';
import { Reopened, type ReopenLimits } from './reopened.ts';
import { silentAfterMs } from './staleness.ts';

export interface SourcesParts {
  sources: HostSource[];
  bySource: HostPoint[][];
  ledger: Ledger;
  /** Where what is learned is kept; null: nowhere. */
  baselineDir: string | null;
  send(message: ToAnalysis): void;
  /** What a point is judged with is known, or has changed. */
  onDescribed(feed: Feed, points: HostPoint[]): void;
  onOutputs(index: number, outputs: Output[]): void;
  onMessage(level: Level, text: string): void;
  limits?: Partial<ReopenLimits> | undefined;
}

export class Sources {
  readonly #parts: SourcesParts;
  readonly feeds: Feed[];
  readonly #keepers: (Keeper | null)[];
  readonly #reopened: (Reopened | null)[];
  /** Of the sources that failed for good, in the order in which they did. */
  readonly #errors: { index: number; error: unknown }[] = [];
  #reading: number;
  #running: Promise<unknown> = Promise.resolve();
  #isReading = false;
  readonly #silent = new Set<number>();
  hasEnded = false;

  constructor(parts: SourcesParts) {
    this.#parts = parts;
    this.#reading = parts.sources.length;
    this.#keepers = parts.sources.map((source, index) => this.#keeperOf(source, index));
    this.#reopened = parts.sources.map(({ reopen }, index) => (reopen ? this.#reopening(index, reopen) : null));
    this.feeds = parts.sources.map(({ name, source, options }, index) => {
      const points = parts.bySource[index];
      return new Feed(
        index,
        this.#reopened[index] ?? source,
        { ...options, pointName: name },
        parts.send,
        {
          opened: (feed) => parts.onDescribed(feed, points),
          outputs: (_, outputs) => parts.onOutputs(index, outputs),
          relearned: (feed) => parts.onDescribed(feed, points),
          learned: (_, baseline) => void this.#keep(index, baseline),
        },
        true,
      );
    });
  }

  #keeperOf({ name, source, options }: HostSource, index: number): Keeper | null {
    const { baselineDir, bySource } = this.#parts;
    if (baselineDir === null || options.learnSamples === null) return null;
    const plans = bySource[index].map(({ plan }) => plan);
    return new Keeper(baselineDir, name, source.info, plans, options.baseline !== undefined);
  }

  #reopening(index: number, reopen: () => Promise<Source>): Reopened {
    const { name, source, speedup = 1 } = this.#parts.sources[index];
    let said = '';
    return new Reopened(source, {
      name,
      reopen,
      speedup,
      limits: this.#parts.limits,
      onLost: (error, isGivenUp) => {
        said = `source ${isGivenUp ? 'failing' : 'lost'}: ${error.code}`;
        this.#record(index, 'source running', said);
        const what = `${name}: the source was lost (${error.message})`;
        if (isGivenUp)
          this.#parts.onMessage('error', `${what}, too often to be well; it is tried more slowly, all else goes on`);
        else this.#parts.onMessage('warn', `${what}; it is opened again, all else goes on`);
      },
      onBack: (lostSamples) => {
        this.#record(index, said, 'source running');
        this.#parts.onMessage('info', `${name}: the source reads again; ${lostSamples} samples were lost`);
      },
    });
  }

  #record(index: number, from: string, to: string): void {
    const { ledger, bySource } = this.#parts;
    ledger.append(bySource[index].map((point) => sourceDraft(point, this.feeds[index].end, from, to)));
  }

  /** What live sources have given so far is judged, and what follows at once. */
  release(): void {
    for (const feed of this.feeds) feed.release();
  }

  /**
   * Reads every source to its end, live ones from now on, others once `isUp`; resolves then, or soon after `signal`
   * aborts. Nothing is judged before `release`.
   *
   * @throws what the first one that failed for good has thrown, once all have ended
   */
  async run(signal: AbortSignal, isUp: Promise<unknown>): Promise<void> {
    this.#isReading = true;
    this.#running = Promise.all(this.feeds.map((_, index) => this.#read(index, signal, isUp)));
    await this.#running;
    this.hasEnded = true;
    if (this.#errors.length > 0) throw this.#errors[0].error;
  }

  /** Settles when no source is read any more; at once before they are. */
  get running(): Promise<unknown> {
    return this.#running;
  }

  /** Everything that was read has been analysed. */
  get isDone(): boolean {
    return !this.#isReading || this.feeds.every((feed) => feed.isDone);
  }

  async #read(index: number, signal: AbortSignal, isUp: Promise<unknown>): Promise<void> {
    const feed = this.feeds[index];
    const isLive = feed.source.isLive ?? false;
    const mayPull = isLive ? () => Promise.resolve() : () => this.#parts.ledger.mayAppend(signal);
    try {
      if (!isLive) await Promise.race([isUp, aborted(signal)]);
      await feed.run(signal, mayPull);
      this.#reading--;
    } catch (error) {
      this.#reading--;
      this.#failed(index, error);
    }
  }

  #failed(index: number, error: unknown): void {
    this.#errors.push({ index, error });
    const code = error instanceof SpindleError ? error.code : 'SOURCE_DEFECT';
    this.#record(index, 'source running', `source failed: ${code}`);
    const { name } = this.#parts.sources[index];
    const text = `${name}: the source failed: ${(error as Error)?.message ?? error}`;
    if (this.#reading > 0) this.#parts.onMessage('error', `${text}; the other sources go on`);
  }

  /** Records when a source that waits for its device by itself falls silent and when it is heard again. */
  look(): void {
    for (const [index, { state, ageMs, silentAfterMs }] of this.status.entries()) {
      const isSilent = silentAfterMs !== null && ageMs > silentAfterMs;
      if (state !== 'reading' || isSilent === this.#silent.has(index)) continue;
      if (isSilent) this.#silent.add(index);
      else this.#silent.delete(index);
      const [running, silent] = ['source running', 'source silent'];
      if (isSilent) this.#record(index, running, silent);
      else this.#record(index, silent, running);
    }
  }

  /** To a thread that is new. */
  open(): void {
    for (const feed of this.feeds) feed.open();
  }

  /** An output of a source, in order: what is learned is kept once the last point has learned. */
  output(index: number, output: Output): void {
    if (this.#keepers[index]?.output(output)) this.feeds[index].askBaseline();
  }

  /** @returns whether its source runs: else it learns anew when that does again */
  relearn({ info, plan }: HostPoint): boolean {
    const index = this.#parts.sources.findIndex(({ source }) => source.info === info);
    this.#keepers[index]?.relearn(plan.name);
    return this.feeds[index].relearn(plan.name);
  }

  async #keep(index: number, baseline: LearnedBaseline): Promise<void> {
    const { sources, onMessage } = this.#parts;
    const { name } = sources[index];
    try {
      const findings = (await this.#keepers[index]?.write(baseline)) ?? [];
      onMessage('info', `${name}: what is normal is learned and kept`);
      const more = findings.length > 1 ? `, and ${findings.length - 1} more` : '';
      if (findings.length > 0) {
        const text = `${name}: it was not one steady state (${findings[0]}${more}); learn anew when it is: spindle alarm false --relearn, or spindle learn`;
        onMessage('warn', text);
      }
    } catch (error) {
      const text = `${name}: what was learned cannot be kept (${(error as Error).message}); a restart learns it anew`;
      onMessage('warn', text);
    }
  }

  /** Sums over all sources. */
  get counts(): Omit<Counts, 'nonfinite'> {
    const sum = (of: (counts: Counts) => number): number =>
      this.feeds.reduce((total, feed) => total + (feed.counts ? of(feed.counts) : 0), 0);
    return {
      samplesIn: sum((counts) => counts.samplesIn),
      samplesAnalysed: sum((counts) => counts.samplesAnalysed),
      samplesPending: sum((counts) => counts.samplesPending),
      samplesLost: sum((counts) => counts.samplesLost),
      decisions: sum((counts) => counts.decisions),
      alarms: sum((counts) => counts.alarms),
    };
  }

  get status(): SourceStatus[] {
    return this.feeds.map((feed, index) => {
      const { name, source, speedup = 1 } = this.#parts.sources[index];
      const reopened = this.#reopened[index];
      const error = this.#errors.find((one) => one.index === index)?.error ?? reopened?.lastError ?? null;
      const state = this.#stateOf(feed, reopened, error);
      const own = reopened?.silentAfterMs ?? silentAfterMs(source.info, speedup);
      // one that is held back has no say in how often it gives something
      const limitMs = feed.source.isLive && !feed.isHeldBack ? own : null;
      const restarts = reopened?.restarts ?? 0;
      return { name, state, restarts, error: textOf(error), ageMs: feed.ageMs, silentAfterMs: limitMs };
    });
  }

  #stateOf(feed: Feed, reopened: Reopened | null, error: unknown): SourceStatus['state'] {
    if (feed.hasEnded) return error === null ? 'ended' : 'failed';
    if (reopened?.isGivenUp) return 'failing';
    return error === null ? 'reading' : 'away';
  }
}

const textOf = (error: unknown): string | null => (error === null ? null : String((error as Error)?.message ?? error));
