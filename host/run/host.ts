/**
 * The running host: supervisor and acquire in this thread, analysis, store and serve each in one of their own. Nothing
 * here blocks; what is on its way to another thread is kept until that thread has answered for it, and bounded by
 * holding the sources back.
 */
import { randomBytes } from 'node:crypto';
import type { Source } from '../acquire/source.ts';
import { InputError, type SpindleError } from '../errors.ts';
import type { Counts, Output } from '../pipeline.ts';
import type { FromServe, HostStatus, ServeThreadSettings, ToServe } from '../serve/messages.ts';
import type {
  FromStore,
  PointName,
  StoreStatus,
  StoreThreadSettings,
  ToStore,
  UplinkSettings,
} from '../store/messages.ts';
import type { PointPlan } from '../types.ts';
import { within } from '../wait.ts';
import { planPoints } from '../window/plan.ts';
import type { FeedOptions, FromAnalysis, ToAnalysis } from './analysis-messages.ts';
import { descriptorOf, draftOf, type HostPoint } from './drafts.ts';
import { Feed } from './feed.ts';
import { Ledger } from './ledger.ts';
import { Thread, threadModule } from './thread.ts';
import { UplinkWatch } from './uplink-watch.ts';

export interface HostSource {
  /** Name of the point, unique on this host. */
  name: string;
  /** `enterprise/site/area/line/asset/point`. */
  topicPath: string;
  source: Source;
  options: Omit<FeedOptions, 'pointName'>;
}

export interface HostSettings {
  sources: HostSource[];
  dataDir: string;
  uplinks: UplinkSettings[];
  commit?: StoreThreadSettings['commit'];
  serve: Omit<ServeThreadSettings, 'points'> | null;
  configHash: Uint8Array | null;
  /** Tests only. */
  injectFsyncDelayMs?: number;
}

export interface HostEvents {
  onOutput(point: HostPoint, output: Output): void;
  onListening(url: string): void;
  /** Something that a person should read, once. */
  onMessage(level: 'info' | 'warn' | 'error', text: string): void;
}

const STATUS_MS = 500;
/** Errors of the store thread that its next start would only repeat. */
const BEYOND_RESTART = new Set(['STORE_LOCKED', 'STORE_SCHEMA', 'UPLINK_URL']);
/** Before the first frame these are a slip of a person; later a disk that went away, which may come back. */
const BEYOND_START = new Set(['STORE_DIRECTORY', 'STORE_LOCK', 'KEY_FILE', 'POINT_PATH']);
const ANALYSE_REST_MS = 30_000;
const COMMIT_REST_MS = 30_000;
const DRAIN_MS = 10_000;
/** A serve thread that is silent this long gets nothing more until it answers: its page may wait, memory may not. */
const SERVE_SILENT_MS = 3_000;

export class Host {
  readonly points: HostPoint[] = [];
  readonly analysis: Thread<ToAnalysis, FromAnalysis>;
  readonly store: Thread<ToStore, FromStore>;
  readonly serve: Thread<ToServe, FromServe> | null;
  readonly #settings: HostSettings;
  readonly #events: HostEvents;
  readonly #feeds: Feed[];
  readonly #ledger: Ledger;
  readonly #stopping = new AbortController();
  readonly #statusTimer: NodeJS.Timeout;
  readonly #failed: Promise<never>;
  #fail: (error: Error) => void = () => {};
  #running: Promise<unknown> = Promise.resolve();
  #storeStatus: StoreStatus | null = null;
  #serveHeard = 0;
  #sourcesEnded = false;
  #toldErrors = new Set<string>();
  readonly #uplinkWatch = new UplinkWatch();
  #isFailed = false;
  #isReading = false;
  readonly #storeUp = Promise.withResolvers<void>();
  readonly #serveUp = Promise.withResolvers<void>();

  /** @throws InputError when a source gives no point that can be analysed; nothing has been started then */
  constructor(settings: HostSettings, events: HostEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#failed = new Promise((_, reject) => {
      this.#fail = (error) => {
        this.#isFailed = true;
        reject(error);
      };
    });
    this.#failed.catch(() => {}); // whoever waits for the end hears of it
    const names: PointName[] = [];
    const byFeed: HostPoint[][] = settings.sources.map(({ name, topicPath, source, options }) => {
      const bootId = Uint8Array.from(randomBytes(8));
      const plans = planPoints(source.info, { ...options, pointName: name });
      return plans.map((plan) => {
        const id = names.length + 1;
        const path = plans.length === 1 ? topicPath : topicPath + plan.name.slice(name.length);
        names.push({ id, name: plan.name, path: path.replace(/[^A-Za-z0-9\-_./]/g, '-') });
        return { id, plan, info: source.info, bootId };
      });
    });
    this.points = byFeed.flat();
    this.#ledger = new Ledger((message) => this.store.post(message));

    const giveUp = (error: SpindleError): void => this.#fail(error);
    const restarted = (name: string) => (cause: string) => {
      if (this.#isFailed) return; // it is ending, and why has been said
      const text = `${name} thread was lost (${cause}) and is started again; nothing that was kept is lost`;
      events.onMessage('warn', text);
    };
    this.analysis = new Thread({
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
      onRestart: restarted('analysis'),
      onGiveUp: giveUp,
    });
    const bootId = Uint8Array.from(randomBytes(8));
    const { dataDir, uplinks, commit, injectFsyncDelayMs } = settings;
    this.store = new Thread({
      name: 'store',
      module: threadModule('../forward/worker', import.meta.url),
      workerData: (): StoreThreadSettings => ({
        dataDir,
        points: names,
        uplinks,
        bootId,
        commit,
        injectFsyncDelayMs,
        drainMs: DRAIN_MS,
      }),
      onMessage: (message) => this.#fromStore(message),
      onRestart: (cause) => {
        this.#ledger.lost();
        restarted('store')(cause);
      },
      onGiveUp: giveUp,
    });
    this.#feeds = settings.sources.map(
      ({ name, source, options }, index) =>
        new Feed(index, source, { ...options, pointName: name }, (message) => this.analysis.post(message), {
          opened: (feed) => this.#describe(feed, byFeed[index]),
          outputs: (_, outputs) => this.#outputs(byFeed[index], outputs),
          refused: (_, code, message) => this.#fail(new InputError(code, message)),
        }),
    );
    this.serve = settings.serve ? this.#serveThread(settings.serve, giveUp, restarted('serve')) : null;
    if (!this.serve) this.#serveUp.resolve();
    this.#statusTimer = setInterval(() => this.#tellServe(), STATUS_MS);
  }

  #serveThread(
    serve: NonNullable<HostSettings['serve']>,
    onGiveUp: (error: SpindleError) => void,
    onRestart: (cause: string) => void,
  ): Thread<ToServe, FromServe> {
    const points = this.points.map(({ plan }) => ({ ...plan }));
    let port = serve.port;
    return new Thread<ToServe, FromServe>({
      name: 'serve',
      module: threadModule('../serve/server', import.meta.url),
      workerData: (): ServeThreadSettings => ({ ...serve, port, points }),
      onMessage: (message) => {
        this.#serveHeard = performance.now();
        if (message.type === 'failed') {
          if (message.code === 'PORT_TAKEN') this.#fail(new InputError(message.code, message.message));
          else this.#tellOnce('error', message.message);
          this.#serveUp.resolve(); // a host without its page still measures
        } else if (message.type === 'listening') {
          port = message.port; // after a restart people find the page where it was
          this.#serveUp.resolve();
          this.#events.onListening(message.url);
          this.#tellServe();
        }
      },
      onRestart,
      onGiveUp,
    });
  }

  /**
   * Once store and page are up, reads every source to its end; resolves then, or after `stop`. Rejects when the host
   * cannot go on, with an InputError before the first sample is read where the place, lock or port is at fault.
   */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    await Promise.race([Promise.all([this.#storeUp.promise, this.#serveUp.promise]), this.#failed, aborted(signal)]);
    if (signal.aborted) return;
    this.#isReading = true;
    const feeds = this.#feeds.map((feed) => feed.run(signal, () => this.#ledger.mayAppend(signal)));
    this.#running = Promise.allSettled(feeds);
    await Promise.race([Promise.all(feeds), this.#failed]);
    this.#sourcesEnded = true;
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
    while (!isOver() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    const isAnalysed = isOver();
    const isDurable = await this.#ledger.empty(COMMIT_REST_MS);
    clearInterval(this.#statusTimer);
    await this.analysis.end(1000, { type: 'stop' });
    await this.store.end(COMMIT_REST_MS + DRAIN_MS, { type: 'stop' });
    await this.serve?.end(2000, { type: 'stop' });
    return isAnalysed && isDurable;
  }

  #describe(feed: Feed, points: HostPoint[]): void {
    points.forEach((point, i) => {
      const { kernel, coreHash } = feed;
      const made = { settings: feed.settings[i], coreHash, kernel, configHash: this.#settings.configHash };
      this.#ledger.describe({ key: String(point.id), draft: descriptorOf(point, made) });
    });
  }

  #outputs(points: HostPoint[], outputs: Output[]): void {
    const drafts = outputs.map((output) => {
      const name = nameOf(output);
      const point = points.find(({ plan }) => plan.name === name) ?? points[0];
      this.#events.onOutput(point, output);
      if (this.#isServeListening()) this.serve?.post({ type: 'output', output });
      return draftOf(point, output);
    });
    this.#ledger.append(drafts);
  }

  #isServeListening(): boolean {
    return performance.now() - this.#serveHeard < SERVE_SILENT_MS;
  }

  #fromStore(message: FromStore): void {
    if (message.type === 'committed') this.#ledger.committed(message.upTo);
    else if (message.type === 'error') this.#tellOnce(message.fatal ? 'error' : 'warn', message.message, message.code);
    else {
      this.#storeStatus = message.status;
      for (const { level, text } of this.#uplinkWatch.take(message.status.uplinks)) this.#events.onMessage(level, text);
      if (message.type !== 'ready') return;
      for (const warning of message.warnings) this.#events.onMessage('warn', warning);
      this.#ledger.ready();
      this.#storeUp.resolve();
    }
  }

  /** An error of a thread that its next attempt would repeat is told once. */
  #tellOnce(level: 'warn' | 'error', text: string, code = ''): void {
    // what starting again cannot mend; whoever runs the host tells it
    if (BEYOND_RESTART.has(code) || (BEYOND_START.has(code) && this.#storeStatus === null)) {
      this.#fail(new InputError(code, text));
      return;
    }
    if (!this.#toldErrors.has(text)) this.#events.onMessage(level, text);
    this.#toldErrors.add(text);
  }

  #tellServe(): void {
    if (this.#isServeListening()) this.serve?.post({ type: 'status', status: this.status() });
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

  get plans(): PointPlan[] {
    return this.points.map(({ plan }) => plan);
  }

  get kernel(): string {
    return this.#feeds[0]?.kernel ?? '';
  }

  get coreHash(): Uint8Array {
    return this.#feeds[0]?.coreHash ?? new Uint8Array(0);
  }

  status(): HostStatus {
    const { samplesIn, samplesAnalysed, samplesPending, samplesLost } = this.counts;
    const threads = [this.analysis, this.store, ...(this.serve ? [this.serve] : [])];
    return {
      samples: { in: samplesIn, analysed: samplesAnalysed, pending: samplesPending, lost: samplesLost },
      store: this.#storeStatus,
      uplinks: this.#storeStatus?.uplinks ?? [],
      threads: threads.map(({ name, isAlive, restarts }) => ({ name, isAlive, restarts })),
      sourceEnded: this.#sourcesEnded,
    };
  }
}

function nameOf(output: Output): string | null {
  if (output.kind === 'verdict') return output.verdict.point;
  return output.kind === 'alarm' ? output.event.point : output.point;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
