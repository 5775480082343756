/**
 * The running host: supervisor and acquire in this thread, analysis, store and serve each in one of their own. Nothing
 * here blocks; what is on its way to another thread is kept until that thread has answered for it, and bounded: recorded
 * sources are held back, of live ones the features that the disk cannot take are dropped and counted.
 */
import { randomBytes } from 'node:crypto';
import { InputError, SpindleError } from '../errors.ts';
import type { Counts, Output } from '../pipeline.ts';
import type { HostStatus, ServeThreadSettings } from '../serve/messages.ts';
import { WATCH_LIMITS, type WatchLimits } from '../serve/readiness.ts';
import type {
  FromStore,
  PointName,
  StoreStatus,
  StoreThreadSettings,
  ToStore,
  UplinkSettings,
  UplinkStatus,
} from '../store/messages.ts';
import { openingMs } from '../store/migrate.ts';
import { Vitals } from '../vitals.ts';
import { within } from '../wait.ts';
import type { FromAnalysis, ToAnalysis } from './analysis-messages.ts';
import { Commands } from './commands.ts';
import { DiskSpace } from './disk-space.ts';
import { descriptorOf, draftOf, type HostPoint } from './drafts.ts';
import { Episodes } from './episodes.ts';
import type { Feed } from './feed.ts';
import { Ledger, type LedgerLimits } from './ledger.ts';
import { type Level, Notices } from './notices.ts';
import { StatusPage } from './page.ts';
import { type HostSource, hostPoints } from './points.ts';
import type { ReopenLimits } from './reopened.ts';
import { Sources } from './sources.ts';
import { Stages } from './stages.ts';
import { staleAfterMs } from './staleness.ts';
import { StoredFrames } from './stored.ts';
import { Thread, type ThreadLimits, threadModule } from './thread.ts';
import { UplinkWatch } from './uplink-watch.ts';
import { Watch } from './watch.ts';

export type { HostSource } from './points.ts';

export interface HostSettings {
  sources: HostSource[];
  dataDir: string;
  uplinks: UplinkSettings[];
  commit?: StoreThreadSettings['commit'];
  room?: StoreThreadSettings['room'];
  cardTerabytes?: number;
  serve: Omit<ServeThreadSettings, 'points' | 'watch'> | null;
  /** From where on a person is told that the host is not well; WATCH_LIMITS for what is absent. */
  watch?: Partial<WatchLimits>;
  configHash: Uint8Array | null;
  /** What a source has learned is kept in the data directory. False if absent. */
  keepsBaselines?: boolean;
  /** People's commands are taken at the data directory's socket. True if absent. */
  takesCommands?: boolean;
  /** Tests only. */
  injectFsyncDelayMs?: number;
  threadLimits?: Partial<ThreadLimits>;
  ledgerLimits?: Partial<LedgerLimits>;
  reopenLimits?: Partial<ReopenLimits>;
}

export interface HostEvents {
  onOutput(point: HostPoint, output: Output): void;
  onListening(url: string): void;
  /** Something that a person should read, once. */
  onMessage(level: Level, text: string): void;
}

const STATUS_MS = 500;
/** Errors of the store thread that its next start would only repeat. */
const BEYOND_RESTART = new Set(['STORE_LOCKED', 'STORE_SCHEMA', 'STORE_ROOM', 'STORE_EPOCHS', 'UPLINK_URL']);
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
  readonly #sources: Sources;
  readonly #ledger: Ledger;
  readonly #stages: Stages;
  readonly #vitals = new Vitals();
  readonly #disk: DiskSpace;
  readonly #watch: Watch;
  readonly #episodes = new Episodes();
  readonly #stored = new StoredFrames();
  readonly #commands: Commands;
  readonly #stopping = new AbortController();
  readonly #statusTimer: NodeJS.Timeout;
  readonly #failed = Promise.withResolvers<never>();
  #storeStatus: StoreStatus | null = null;
  /** Why the store thread could not be opened; null once it was. */
  #storeError: string | null = null;
  readonly #uplinkWatch = new UplinkWatch();
  #isFailed = false;
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
    this.#ledger = new Ledger((message) => this.store.post(message), this.#ledgerEvents(), settings.ledgerLimits);
    this.#disk = new DiskSpace(settings.dataDir);
    this.#watch = new Watch(this.#notices, { ...WATCH_LIMITS, ...settings.watch });
    this.#stages = new Stages({
      append: (drafts) => this.#ledger.append(drafts),
      tell: events.onMessage,
      show: (text) => this.page?.notice(text),
    });
    this.#commands = new Commands({
      dataDir: settings.dataDir,
      points: this.points,
      takesCommands: settings.takesCommands ?? true,
      commit: (draft) => this.#ledger.commit(draft),
      relearn: (point) => this.#sources.relearn(point),
      onDone: (point, text) => this.#commandDone(point, text),
      onMessage: events.onMessage,
    });
    this.analysis = this.#analysisThread();
    this.store = this.#storeThread(names);
    this.#sources = new Sources({
      sources: settings.sources,
      bySource,
      ledger: this.#ledger,
      baselineDir: settings.keepsBaselines ? settings.dataDir : null,
      send: (message) => this.analysis.post(message),
      onDescribed: (feed, points) => this.#describe(feed, points),
      onOutputs: (index, outputs) => this.#outputs(index, bySource[index], outputs),
      onMessage: events.onMessage,
      limits: settings.reopenLimits,
    });
    this.page = settings.serve ? this.#statusPage(settings.serve, bySource) : null;
    this.#statusTimer = setInterval(() => this.#tick(), STATUS_MS);
  }

  #tick(): void {
    this.#sources.look();
    const status = this.status();
    this.#watch.take(status);
    this.page?.status(() => status);
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
        this.#stages.lost(name, cause, text);
      },
      onGiveUp: (error) => {
        this.#stages.givenUp(name, error);
        this.#fail(error);
      },
    };
  }

  #analysisThread(): Thread<ToAnalysis, FromAnalysis> {
    return new Thread({
      ...this.#supervision('analysis'),
      name: 'analysis',
      module: threadModule('./analysis', import.meta.url),
      workerData: () => {
        queueMicrotask(() => this.#sources.open());
        return null;
      },
      onMessage: (message) => {
        if (message.type === 'heartbeat') this.analysis.vitals = message.vitals;
        else this.#sources.feeds[message.feed].take(message);
      },
      limits: this.#settings.threadLimits,
    });
  }

  #storeThread(points: PointName[]): Thread<ToStore, FromStore> {
    const { dataDir, uplinks, commit, room, cardTerabytes, injectFsyncDelayMs, threadLimits } = this.#settings;
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
        room,
        cardTerabytes,
        injectFsyncDelayMs,
        drainMs: DRAIN_MS,
      }),
      startMs: () => openingMs(dataDir),
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
      { ...serve, points, watch: this.#settings.watch },
      this.#notices,
      {
        onListening: (url) => {
          this.#events.onListening(url);
          page.status(() => this.status());
        },
        onRefused: (error) => this.#fail(error),
        onLost: (cause) => this.#stages.lost('serve', cause, null),
        onGivenUp: (error) => this.#stages.givenUp('serve', error),
      },
      this.#settings.threadLimits,
    );
    return page;
  }

  /**
   * Reads every source to its end: live ones at once, so that a start costs little of them, recorded ones once store and
   * page are up. Nothing is judged before the store is there. Resolves at the end, or after `stop`. A source that fails
   * ends alone: when all have ended it rejects with the first such error. Rejects at once when the host cannot go on,
   * with an InputError before anything is judged where the place, lock or port is at fault.
   */
  async run(): Promise<void> {
    const isUp = Promise.all([this.#storeUp.promise, this.page?.isUp]);
    void this.#storeUp.promise.then(() => this.#sources.release());
    await Promise.race([this.#sources.run(this.#stopping.signal, isUp), this.#failed.promise]);
  }

  /**
   * Ends in order: sources, analysis of what they gave, commits, uplinks (each wait bounded), threads.
   * @returns true when everything that came in has been analysed and is durable
   */
  async stop(): Promise<boolean> {
    this.#stopping.abort();
    const end = performance.now() + ANALYSE_REST_MS;
    await within(this.#sources.running, ANALYSE_REST_MS);
    const isRefused = (): boolean => this.#isFailed && this.#storeStatus === null;
    while (!this.#sources.isDone && !this.analysis.isGone && !isRefused() && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const isAnalysed = this.#sources.isDone;
    await this.#commands.close();
    // a host that was refused at its start has nothing that it could keep
    const isHopeless = (): boolean => this.store.isGone || isRefused();
    const isDurable = await this.#ledger.empty(COMMIT_REST_MS, isHopeless);
    clearInterval(this.#statusTimer);
    this.#disk.end();
    this.#vitals.end();
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

  #outputs(source: number, points: HostPoint[], outputs: Output[]): void {
    this.analysis.progress();
    const drafts = outputs.map((own) => {
      const output = this.#episodes.numbered(own);
      const name = nameOf(output);
      const point = points.find(({ plan }) => plan.name === name) ?? points[0];
      this.#events.onOutput(point, output);
      this.page?.output(output);
      this.#sources.output(source, output);
      if (output.kind === 'alarm' && output.event.type === 'state') this.#commands.event(output.event);
      return draftOf(point, output);
    });
    this.#ledger.append(drafts, this.#sources.feeds[source].source.isLive ?? false);
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
    else if (message.type === 'mended') this.#notices.end(message.code);
    else {
      this.#storeStatus = message.status;
      if (message.type === 'heartbeat') this.store.vitals = message.vitals;
      this.#stored.take(message.status);
      this.#watchUplinks(message.status.uplinks);
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

  #watchUplinks(uplinks: UplinkStatus[]): void {
    for (const { level, text } of this.#uplinkWatch.take(uplinks)) this.#events.onMessage(level, text);
    for (const { name, cause, isGivenUp } of this.#uplinkWatch.defects(uplinks)) {
      if (isGivenUp) this.#stages.givenUp(`uplink ${name}`, new SpindleError('UPLINK_BUDGET', cause));
      else this.#stages.lost(`uplink ${name}`, cause, null);
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
    return this.#sources.counts;
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
    return this.#sources.feeds[0]?.kernel ?? '';
  }

  get coreHash(): Uint8Array {
    return this.#sources.feeds[0]?.coreHash ?? new Uint8Array(0);
  }

  status(): HostStatus {
    const { samplesIn, samplesAnalysed, samplesPending, samplesLost } = this.counts;
    const main = { name: 'main', isAlive: true, restarts: 0, isGivenUp: false, vitals: this.#vitals.read() };
    const threads = this.#threads.map(({ name, isAlive, restarts, isGivenUp, vitals }) => ({
      name,
      isAlive,
      restarts,
      isGivenUp,
      vitals,
    }));
    return {
      samples: { in: samplesIn, analysed: samplesAnalysed, pending: samplesPending, lost: samplesLost },
      store: this.#storeStatus,
      waiting: this.#ledger.load,
      uplinks: this.#storeStatus?.uplinks ?? [],
      threads: [main, ...threads],
      memory: { residentBytes: process.memoryUsage.rss() },
      disk: this.#disk.last,
      sources: this.#sources.status,
      sourceEnded: this.#sources.hasEnded,
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
