/**
 * Entry of the store thread: the only writer of a data directory, and forward behind it, in one thread because a
 * cursor is a row of the same file. Messages: host/store/messages.ts. It lies here and not in store/ because a stage
 * never imports a later one.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { SpindleError } from '../errors.ts';
import { FrameValueError } from '../frame/codec.ts';
import { storedDesk } from '../store/commands.ts';
import { Figures } from '../store/figures.ts';
import type { FromStore, StoreStatus, StoreThreadSettings, ToStore } from '../store/messages.ts';
import { Room } from '../store/room.ts';
import { DEFAULT_ROOM } from '../store/room-settings.ts';
import { Store, StoreError } from '../store/store.ts';
import type { UplinkSettings } from '../store/uplinks.ts';
import { Vitals } from '../vitals.ts';
import { checkUplink, endpointsOf, MqttTransport } from './mqtt.ts';
import { LIMITS, Outbox } from './outbox.ts';
import { receiptTopic } from './topics.ts';
import { Uplink } from './uplink.ts';

const RETRY_COMMIT_MS = 1000;
const HEARTBEAT_MS = 500;
const GROUP_MS = 1000;
const DRAIN_MS = 10_000;

class StoreThread {
  readonly #port: MessagePort;
  readonly #settings: StoreThreadSettings;
  readonly #store: Store;
  readonly #room: Room;
  readonly #figures: Figures;
  readonly #outboxes: Uplink[];
  #isMakingRoom = false;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #vitals = new Vitals();
  #timer: NodeJS.Timeout | NodeJS.Immediate | null = null;
  #commitError: string | null = null;
  #acknowledged = -1;
  #drained: (() => void) | null = null;
  #stopping = false;

  constructor(port: MessagePort, settings: StoreThreadSettings) {
    this.#port = port;
    this.#settings = settings;
    for (const uplink of settings.uplinks) checkUplink(uplink);
    const { dataDir, points, bootId, commit, injectFsyncDelayMs } = settings;
    this.#store = Store.open({ dataDir, points, bootId, commit, beforeCommit: slowDisk(injectFsyncDelayMs ?? 0) });
    const names = settings.uplinks.map(({ name }) => name);
    this.#room = new Room(
      this.#store,
      { ...DEFAULT_ROOM, ...settings.room, uplinks: names },
      {
        onShort: (code, message) => this.#post({ type: 'error', code, message, fatal: false }),
        onEnough: (code) => this.#post({ type: 'mended', code }),
      },
    );
    this.#figures = new Figures(this.#store, this.#room, {
      groupMs: commit?.maxAgeMs ?? GROUP_MS,
      uplinks: names,
      cardTerabytes: settings.cardTerabytes ?? null,
    });
    this.#outboxes = settings.uplinks.map(
      (uplink) => new Uplink({ outbox: () => this.#outbox(uplink), onDamage: (error) => this.#fail(error) }),
    );
    const { points: handled } = storedDesk(this.#store.database);
    this.#post({ type: 'ready', status: this.#status(), warnings: this.#store.warnings, handled });
    this.#heartbeat = setInterval(() => {
      this.#post({ type: 'heartbeat', status: this.#status(), vitals: this.#vitals.read() });
      this.#guard(() => this.#makeRoom());
    }, settings.heartbeatMs ?? HEARTBEAT_MS);
    port.on('message', (message: ToStore) => this.#guard(() => this.#take(message)));
    for (const outbox of this.#outboxes) outbox.start();
  }

  #outbox(settings: UplinkSettings): Outbox {
    const { name, receiptKey, backfillFramesPerS } = settings;
    const hostId = Buffer.from(this.#store.key.hostId).toString('hex');
    const base = settings.clientId ?? `spindle-${hostId}-${name}`;
    const limits = { ...LIMITS, ...settings.limits };
    return new Outbox({
      name,
      store: this.#store,
      // each endpoint under a name of its own: two may be the same broker, which would throw one of them out
      endpoints: endpointsOf(settings).map((url, index) => () => {
        const clientId = index === 0 ? base : `${base}-${index + 1}`;
        const receiptTopics = receiptKey ? this.#hostIds().map(receiptTopic) : [];
        return new MqttTransport({ settings, url, clientId, receiptTopics, limits });
      }),
      receiptKey: receiptKey ?? null,
      backfillFramesPerS,
      limits,
      onProgress: () => this.#progress(),
    });
  }

  /** Whose frames are in the store: more than one where the host's key was changed. */
  #hostIds(): string[] {
    const rows = this.#store.database.prepare('SELECT DISTINCT lower(hex(host_id)) hex FROM epoch').all();
    return rows.map(({ hex }) => hex as string);
  }

  #take(message: ToStore): void {
    if (message.type === 'stop') void this.#stop();
    else if (message.token <= this.#store.committedToken) this.#post({ type: 'committed', upTo: message.token });
    else this.#append(message);
  }

  #append({ token, drafts, descriptors }: Extract<ToStore, { type: 'append' }>): void {
    for (const { key, draft } of descriptors ?? []) this.#mint(token, () => this.#store.describe(key, draft));
    for (const draft of drafts) this.#mint(token, () => this.#store.append(draft));
    this.#store.acknowledge(token);
    this.#schedule();
  }

  /** One draft that breaks the contract is its sender's defect; it must not take its neighbours along. */
  #mint(token: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof FrameValueError)) throw error;
      this.#post({ type: 'error', code: error.code, message: `append ${token}: ${error.message}`, fatal: false });
    }
  }

  /** Sets the one timer to what is due first. */
  #schedule(): void {
    if (this.#timer) clearTimer(this.#timer);
    this.#timer = null;
    if (this.#stopping) return;
    const due = [this.#store.commitDueMs(), this.#store.checkpointDueMs()].filter((ms) => ms !== null);
    if (due.length === 0) return;
    const ms = Math.max(Math.min(...due), this.#commitError ? RETRY_COMMIT_MS : 0);
    const run = (): void => this.#guard(() => this.#due());
    // at once still lets the messages that wait at the port join the group
    this.#timer = ms === 0 ? setImmediate(run) : setTimeout(run, ms);
  }

  #due(): void {
    this.#timer = null;
    this.#commit(() => {
      if (this.#store.checkpointDueMs() === 0) this.#store.checkpoint();
      else this.#store.commit();
    });
    this.#schedule();
  }

  /** A step, and the next one as soon as what waits at the port has had its turn. */
  #makeRoom(): void {
    // a disk that takes no commit takes no dropping either
    if (this.#isMakingRoom || this.#stopping || this.#commitError) return;
    let isMore = false;
    this.#commit(() => {
      isMore = this.#room.step();
    });
    if (!isMore) return;
    this.#isMakingRoom = true;
    setImmediate(() => {
      this.#isMakingRoom = false;
      this.#guard(() => this.#makeRoom());
    });
  }

  #commit(work: () => void): void {
    try {
      work();
      this.#commitError = null;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'STORE_CORRUPT') throw error;
      // the text of one outage changes with what waits
      if (this.#commitError === null)
        this.#post({ type: 'error', code: error.code, message: error.message, fatal: false });
      this.#commitError = error.message;
      return;
    }
    this.#acknowledge();
    for (const outbox of this.#outboxes) outbox.wake();
  }

  #acknowledge(): void {
    const upTo = this.#store.committedToken;
    if (upTo <= this.#acknowledged) return;
    this.#acknowledged = upTo;
    this.#post({ type: 'committed', upTo });
  }

  #progress(): void {
    this.#schedule();
    if (this.#outboxes.every((outbox) => outbox.behind() === 0)) this.#drained?.();
  }

  async #stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    try {
      this.#schedule();
      this.#commit(() => this.#store.finish());
      await this.#drain();
      await Promise.all(this.#outboxes.map((outbox) => outbox.stop()));
      this.#commit(() => this.#store.finish()); // the cursors
      const status = this.#status();
      this.#store.close();
      clearInterval(this.#heartbeat);
      this.#post({ type: 'stopped', status });
      this.#port.close();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Until every uplink has everything, or the time is over. */
  #drain(): Promise<void> {
    if (this.#outboxes.every((outbox) => outbox.behind() === 0)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#settings.drainMs ?? DRAIN_MS);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #status(): StoreStatus {
    const store = this.#store;
    return {
      hostId: store.key.hostId,
      epoch: store.epoch,
      frames: store.committedFrames,
      alarmId: store.alarmId,
      pendingFrames: store.pendingFrames,
      pendingBytes: store.pendingBytes,
      commits: store.commits,
      slowestCommitMs: store.slowestCommitMs,
      commitError: this.#commitError,
      ...this.#figures.take(),
      uplinks: this.#outboxes.map((outbox) => outbox.status()),
    };
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    clearInterval(this.#heartbeat);
    this.#store.close();
    throw error;
  }

  #post(message: FromStore): void {
    this.#port.postMessage(message);
  }
}

function clearTimer(timer: NodeJS.Timeout | NodeJS.Immediate): void {
  clearTimeout(timer as NodeJS.Timeout);
  clearImmediate(timer as NodeJS.Immediate);
}

/** Blocks the thread as a write to a slow disk does. */
function slowDisk(delayMs: number): () => void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  return () => {
    if (delayMs > 0) Atomics.wait(never, 0, 0, delayMs);
  };
}

if (parentPort) {
  const port = parentPort;
  const fatal = (error: unknown): void => {
    const code = error instanceof SpindleError ? error.code : 'STORE_DEFECT';
    const message = error instanceof SpindleError ? error.message : String((error as Error)?.stack ?? error);
    port.postMessage({ type: 'error', code, message, fatal: true } satisfies FromStore);
    process.exit(1); // of this thread; what was posted arrives
  };
  process.on('uncaughtException', fatal);
  try {
    new StoreThread(port, workerData as StoreThreadSettings);
  } catch (error) {
    fatal(error);
  }
}
