/**
 * The running host: supervisor and acquire in this thread, analysis, store and serve each in one of their own. Nothing
 * here blocks; what is on its way to another thread is kept until that thread has answered for it, and bounded: recorded
 * sources are held back, of live ones the features that the disk cannot take are dropped and counted.
 */
import { randomBytes } from 'node:crypto';
import { InputError, SpindleError } from '../errors.ts';
import type { Counts, LearnedBaseline, Output } from '../pipeline.ts';
import type { HostStatus, ServeThreadSettings } from '../serve/messages.ts';
import type {
  FromStore,
  PointName,
  StoreStatus,
  StoreThreadSettings,
  ToStore,
  UplinkSettings,
} from '../store/messages.ts';
import { aborted, within } from '../wait.ts';
import type { FromAnalysis, ToAnalysis } from './analysis-messages.ts';
import { Commands } from './commands.ts';
import { descriptorOf, draftOf, failedDraft, type HostPoint } from './drafts.ts';
import { Episodes } from './episodes.ts';
import { Feed } from './feed.ts';
import { Keeper } from './kept.ts';
import { Ledger, type LedgerLimits } from './ledger.ts';
import { type Level, Notices } from './notices.ts';
import { StatusPage } from './page.ts';
import { type HostSource, hostPoints } from './points.ts';
import { staleAfterMs } from './staleness.ts';
import { StoredFrames } from './stored.ts';
import { Thread, type ThreadLimits, threadModule } from './thread.ts';
import { UplinkWatch } from './uplink-watch.ts';

export type { HostSource } from './points.ts';

export interface HostSettings {
  sources: HostSource[];
  dataDir: string;
  uplinks: UplinkSettings[];
  commit?: StoreThreadSettings['commit'];
  serve: Omit<ServeThreadSettings, 'points'> | null;
  configHash: Uint8Array | null;
  /** What a source has learned is kept in the data directory. False if absent. */
  keepsBaselines?: boolean;
  /** People's commands are taken at the data directory's socket. True if absent. */
  takesCommands?: boolean;
  /** Tests only. */
  injectFsyncDelayMs?: number;
  threadLimits?: Partial<ThreadLimits>;
  ledgerLimits?: Partial<LedgerLimits>;
}

export interface HostEvents {
  onOutput(point: HostPoint, output: Output): void;
  onListening(url: string): void;
  /** Something that a person should read, once. */
  onMessage(level: Level, text: string): void;
}

const STATUS_MS = 500;
/** Errors of the store thread that its next start would only repeat. */
const BEYOND_RESTART = new Set(['STORE_LOCKED', 'STORE_SCHEMA', 'UPLINK_URL']);
/** Before the first frame these are a slip of a person; later a disk that went away, which may come back. */
const BEYOND_START = new Set(['STORE_DIRECTORY', 'STORE_LOCK', 'KEY_FILE', 'POINT_PATH', 'POINT_TWIN']);
const ANALYSE_REST_MS = 30_000;
const COMMIT_REST_MS = 30_000;
const DRAIN_MS = 10_000;
const NOT_KEPT = 'LEDGER_SHORT';

export class Host {
  readonly points: HostPoint[];
  readonly analysis: Thread<ToAnalysis, FromAnalysis>;
  readonly store: Thread<ToStore, FromStore>;
  readonly page: StatusPage | null;
  readonly #settings: HostSettings;
  readonly #events: HostEvents;
  readonly #notices: Notices;
  readonly #feeds: Feed[];
  readonly #ledger: Ledger;
  readonly #episodes = new Episodes();
  readonly #stored = new StoredFrames();
  readonly #commands: Commands;
  readonly #keepers: (Keeper | null)[];
  readonly #stopping = new AbortController();
  readonly #statusTimer: NodeJS.Timeout;
  readonly #failed = Promise.withResolvers<never>();
  #running: Promise<unknown> = Promise.resolve();
  #storeStatus: StoreStatus | null = null;
  #sourcesEnded = false;
  /** Of the sources that failed, in the order in which they did. */
  readonly #sourceErrors: unknown[] = [];
  /** Why the store thread could not be opened; null once it was. */
  #storeError: string | null = null;
  readonly #uplinkWatch = new UplinkWatch();
  #isFailed = false;
  #isReading = false;
  #isCoreTold = false;
  readonly #storeUp = Promise.withResolvers<void>();

  /** @throws InputError when a source gives no point that can be analysed; nothing has been started then */
  constructor(settings: HostSettings, events: HostEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#notices = new Notices(events.onMessage);
    this.#failed.promise.catch(() => {}); // whoever waits for the end hears of it
    const { bySource, names } = hostPoints(settings.sources);
    this.points = bySource.flat();
    this.#keepers = settings.sources.map(({ name, source, options }, index) =>
      settings.keepsBaselines && options.learnSamples !== null
        ? new Keeper(
            settings.dataDir,
            name,
            source.info,
            bySource[index].map(({ plan }) => plan),
            options.baseline !== undefined,
          )
        : null,
    );
    this.#ledger = new Ledger((message) => this.store.post(message), this.#ledgerEvents(), settings.ledgerLimits);
    this.#commands = new Commands({
      dataDir: settings.dataDir,
      points: this.points,
      takesCommands: settings.takesCommands ?? true,
      commit: (draft) => this.#ledger.commit(draft),
      relearn: (point) => this.#relearn(point),
      onDone: (point, text) => this.#commandDone(point, text),
      onMessage: events.onMessage,
    });
    this.analysis = this.#analysisThread();
    this.store = this.#storeThread(names);
    this.#feeds = settings.sources.map(
      ({ name, source, options }, index) =>
        new Feed(index, source, { ...options, pointName: name }, (message) => this.analysis.post(message), {
          opened: (feed) => this.#describe(feed, bySource[index]),
          outputs: (_, outputs) => this.#outputs(index, bySource[index], outputs, source.isLive ?? false),
          relearned: (feed) => this.#describe(feed, bySource[index]),
          learned: (_, baseline) => void this.#keep(index, baseline),
        }),
    );
    this.page = settings.serve ? this.#statusPage(settings.serve, bySource) : null;
    this.#statusTimer = setInterval(() => this.page?.status(() => this.status()), STATUS_MS);
  }

  #ledgerEvents(): ConstructorParameters<typeof Ledger>[1] {
    return {
      onShort: (bytes) =>
        this.#notices.begin(
          NOT_KEPT,
          'warn',
          `store: the disk does not follow, ${Math.round(bytes / 1024)} KiB wait; from now on features are not kept but counted as gaps (budget); detection and alarms go on`,
        ),
      onEnough: (drafts) =>
        this.#notices.end(
          NOT_KEPT,
          `store: ${drafts} features were not kept; gaps (budget) say which samples they judged`,
        ),
    };
  }

  #supervision(name: string): { onRestart(cause: string): void; onGiveUp(error: SpindleError): void } {
    return {
      onRestart: (cause) => {
        if (this.#isFailed) return; // it is ending, and why has been said
        const text = `${name} thread was lost (${cause}) and is started again; nothing that was kept is lost`;
        this.#events.onMessage('warn', text);
      },
      onGiveUp: (error) => this.#fail(error),
    };
  }

  #analysisThread(): Thread<ToAnalysis, FromAnalysis> {
    return new Thread({
      ...this.#supervision('analysis'),
      name: 'analysis',
      module: threadModule('./analysis', import.meta.url),
      workerData: () => {
        queueMicrotask(() => {
          for (const feed of this.#feeds) feed.open();
        });
        return null;
      },
      onMessage: (message) => {
        if (message.type !== 'heartbeat') this.#feeds[message.feed].take(message);
      },
      limits: this.#settings.threadLimits,
    });
  }

  #storeThread(points: PointName[]): Thread<ToStore, FromStore> {
    const { dataDir, uplinks, commit, injectFsyncDelayMs, threadLimits } = this.#settings;
    const bootId = Uint8Array.from(randomBytes(8));
    const { onRestart, onGiveUp } = this.#supervision('store');
    return new Thread({
      name: 'store',
      module: threadModule('../forward/worker', import.meta.url),
      workerData: (): StoreThreadSettings => ({
        dataDir,
        points,
        uplinks,
        bootId,
        commit,
        injectFsyncDelayMs,
        drainMs: DRAIN_MS,
      }),
      onMessage: (message) => this.#fromStore(message),
      onRestart: (cause) => {
        this.#ledger.lost();
        onRestart(cause);
      },
      onGiveUp,
      limits: threadLimits,
    });
  }

  #statusPage(serve: NonNullable<HostSettings['serve']>, bySource: HostPoint[][]): StatusPage {
    const points = bySource.flatMap((group, index) => {
      const { speedup = 1 } = this.#settings.sources[index];
      return group.map(({ plan, info }) => ({
        ...plan,
        snapshot: info.snapshot,
        staleAfterMs: staleAfterMs(plan, info, speedup),
      }));
    });
    const page = new StatusPage(
      { ...serve, points },
      this.#notices,
      {
        onListening: (url) => {
          this.#events.onListening(url);
          page.status(() => this.status());
        },
        onRefused: (error) => this.#fail(error),
      },
      this.#settings.threadLimits,
    );
    return page;
  }

  /**
   * Once store and page are up, reads every source to its end; resolves then, or after `stop`. A source that fails ends
   * alone: when all have ended it rejects with the first such error. Rejects at once when the host cannot go on, with
   * an InputError before the first sample is read where the place, lock or port is at fault.
   */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    const up = Promise.all([this.#storeUp.promise, this.page?.isUp]);
    await Promise.race([up, this.#failed.promise, aborted(signal)]);
    if (signal.aborted || this.#isFailed) return this.#isFailed ? this.#failed.promise : undefined;
    this.#isReading = true;
    let reading = this.#feeds.length;
    const feeds = this.#feeds.map(async (feed, index) => {
      const isLive = feed.source.isLive ?? false;
      const mayPull = isLive ? () => Promise.resolve() : () => this.#ledger.mayAppend(signal);
      const error = await feed.run(signal, mayPull).catch((cause: unknown) => cause);
      reading--;
      if (error !== undefined) this.#sourceFailed(index, error, reading);
    });
    this.#running = Promise.all(feeds);
    await Promise.race([this.#running, this.#failed.promise]);
    this.#sourcesEnded = true;
    if (this.#sourceErrors.length > 0) throw this.#sourceErrors[0];
  }

  #sourceFailed(index: number, error: unknown, others: number): void {
    this.#sourceErrors.push(error);
    const { name, source } = this.#settings.sources[index];
    const code = error instanceof SpindleError ? error.code : 'SOURCE_DEFECT';
    const points = this.points.filter(({ info }) => info === source.info);
    this.#ledger.append(points.map((point) => failedDraft(point, this.#feeds[index].end, code)));
    const text = `${name}: the source failed: ${(error as Error)?.message ?? error}`;
    if (others > 0) this.#events.onMessage('error', `${text}; the other sources go on`);
  }

  /**
   * Ends in order: sources, analysis of what they gave, commits, uplinks (each wait bounded), threads.
   * @returns true when everything that came in has been analysed and is durable
   */
  async stop(): Promise<boolean> {
    this.#stopping.abort();
    const end = performance.now() + ANALYSE_REST_MS;
    await within(this.#running, ANALYSE_REST_MS);
    const isOver = (): boolean => !this.#isReading || this.#feeds.every((feed) => feed.isDone);
    while (!isOver() && !this.analysis.isGone && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const isAnalysed = isOver();
    await this.#commands.close();
    const isDurable = await this.#ledger.empty(COMMIT_REST_MS, () => this.store.isGone);
    clearInterval(this.#statusTimer);
    await this.analysis.end(1000, { type: 'stop' });
    await this.store.end(COMMIT_REST_MS + DRAIN_MS, { type: 'stop' });
    await this.page?.thread.end(2000, { type: 'stop' });
    return isAnalysed && isDurable;
  }

  /** Names of threads that could not be ended: they wait in a system call, and so would an exit of the process. */
  get stuckThreads(): string[] {
    return this.#threads.filter(({ isStuck }) => isStuck).map(({ name }) => name);
  }

  get #threads(): Thread<never, never>[] {
    return [this.analysis, this.store, ...(this.page ? [this.page.thread] : [])] as unknown as Thread<never, never>[];
  }

  #fail(error: Error): void {
    this.#isFailed = true;
    this.#failed.reject(error);
  }

  #describe(feed: Feed, points: HostPoint[]): void {
    this.#tellCore(feed);
    points.forEach((point, i) => {
      const { kernel, coreHash } = feed;
      const made = { settings: feed.settings[i], coreHash, kernel, configHash: this.#settings.configHash };
      this.#ledger.describe({ key: String(point.id), draft: descriptorOf(point, made) });
    });
  }

  /** Once a host: all feeds run the same. */
  #tellCore({ kernel, coreHash, warmUpMs }: Feed): void {
    if (this.#isCoreTold) return;
    this.#isCoreTold = true;
    const core = hex(coreHash).slice(0, 8);
    this.#events.onMessage('info', `${kernel} kernel, core ${core}, warmed up in ${Math.round(warmUpMs)} ms`);
  }

  #outputs(source: number, points: HostPoint[], outputs: Output[], isLive: boolean): void {
    this.analysis.progress();
    const keeper = this.#keepers[source];
    const drafts = outputs.map((own) => {
      const output = this.#episodes.numbered(own);
      const name = nameOf(output);
      const point = points.find(({ plan }) => plan.name === name) ?? points[0];
      this.#events.onOutput(point, output);
      this.page?.output(output);
      if (keeper?.output(output)) this.#feeds[source].askBaseline();
      if (output.kind === 'alarm' && output.event.type === 'state') this.#commands.event(output.event);
      return draftOf(point, output);
    });
    this.#ledger.append(drafts, isLive);
  }

  async #keep(source: number, baseline: LearnedBaseline): Promise<void> {
    const { name } = this.#settings.sources[source];
    try {
      const findings = (await this.#keepers[source]?.write(baseline)) ?? [];
      this.#events.onMessage('info', `${name}: what is normal is learned and kept`);
      const more = findings.length > 1 ? `, and ${findings.length - 1} more` : '';
      if (findings.length > 0) {
        const text = `${name}: it was not one steady state (${findings[0]}${more}); learn anew when it is: spindle alarm false --relearn, or spindle learn`;
        this.#events.onMessage('warn', text);
      }
    } catch (error) {
      const text = `${name}: what was learned cannot be kept (${(error as Error).message}); a restart learns it anew`;
      this.#events.onMessage('warn', text);
    }
  }

  /** @returns whether its source runs: else it learns anew when that does again */
  #relearn(point: HostPoint): boolean {
    const source = this.#settings.sources.findIndex((one) => one.source.info === point.info);
    this.#keepers[source]?.relearn(point.plan.name);
    return this.#feeds[source].relearn(point.plan.name);
  }

  #commandDone(point: string, text: string): void {
    this.#events.onMessage('info', text);
    this.page?.command(point, text);
    this.page?.status(() => this.status());
  }

  #fromStore(message: FromStore): void {
    if (message.type === 'committed') {
      if (!this.#ledger.committed(message.upTo)) return;
      this.store.progress();
      this.#notices.end('STORE_COMMIT', 'store: commits work again; what waited is on the disk');
    } else if (message.type === 'error') this.#storeFailed(message);
    else {
      this.#storeStatus = message.status;
      this.#stored.take(message.status);
      for (const { level, text } of this.#uplinkWatch.take(message.status.uplinks)) this.#events.onMessage(level, text);
      if (message.type !== 'ready') return;
      for (const warning of message.warnings) this.#events.onMessage('warn', warning);
      if (this.#storeError !== null) this.#notices.end(this.#storeError);
      this.#storeError = null;
      this.#episodes.continueAfter(message.status.alarmId);
      this.#commands.storeReady(message.handled);
      this.#ledger.ready();
      this.#storeUp.resolve();
    }
  }

  #storeFailed({ code, message, fatal }: Extract<FromStore, { type: 'error' }>): void {
    // what starting again cannot mend; whoever runs the host tells it
    if (BEYOND_RESTART.has(code) || (BEYOND_START.has(code) && this.#storeStatus === null)) {
      this.#fail(new InputError(code, message));
      return;
    }
    if (fatal) this.#storeError = code;
    this.#notices.begin(code, fatal ? 'error' : 'warn', message);
  }

  get counts(): Omit<Counts, 'nonfinite'> {
    const sum = (of: (counts: Counts) => number): number =>
      this.#feeds.reduce((total, feed) => total + (feed.counts ? of(feed.counts) : 0), 0);
    return {
      samplesIn: sum((counts) => counts.samplesIn),
      samplesAnalysed: sum((counts) => counts.samplesAnalysed),
      samplesPending: sum((counts) => counts.samplesPending),
      samplesLost: sum((counts) => counts.samplesLost),
      decisions: sum((counts) => counts.decisions),
      alarms: sum((counts) => counts.alarms),
    };
  }

  get storeStatus(): StoreStatus | null {
    return this.#storeStatus;
  }

  /** Frames that this run has stored, and frames from before it that an uplink did not have when it began. */
  get stored(): { count: number; owed: number } {
    const { count, owed } = this.#stored;
    return { count, owed };
  }

  /** Empty until the analysis thread has opened the first source. */
  get kernel(): string {
    return this.#feeds[0]?.kernel ?? '';
  }

  get coreHash(): Uint8Array {
    return this.#feeds[0]?.coreHash ?? new Uint8Array(0);
  }

  status(): HostStatus {
    const { samplesIn, samplesAnalysed, samplesPending, samplesLost } = this.counts;
    return {
      samples: { in: samplesIn, analysed: samplesAnalysed, pending: samplesPending, lost: samplesLost },
      store: this.#storeStatus,
      uplinks: this.#storeStatus?.uplinks ?? [],
      threads: this.#threads.map(({ name, isAlive, restarts }) => ({ name, isAlive, restarts })),
      sourceEnded: this.#sourcesEnded,
      core: this.kernel === '' ? null : { kernel: this.kernel, hash: hex(this.coreHash) },
      handled: this.#commands.handled(Date.now()),
    };
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function nameOf(output: Output): string | null {
  if (output.kind === 'verdict') return output.verdict.point;
  return output.kind === 'alarm' ? output.event.point : output.point;
}
