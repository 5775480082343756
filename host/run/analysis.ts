/** Entry of the analysis thread: window, analyse, detect and alarm of every feed, by the one pipeline. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { Kernel } from '../analyse/core.ts';
import { warmUp } from '../analyse/warm-up.ts';
import { SpindleError } from '../errors.ts';
import { Pipeline } from '../pipeline.ts';
import { Vitals } from '../vitals.ts';
import type { FromAnalysis, ToAnalysis } from './analysis-messages.ts';

const HEARTBEAT_MS = 500;
/** What a feed may have had since its last snapshot bounds what main has to keep: scans x channels, events, time. */
const SNAPSHOT_VALUES = 1_500_000;
const SNAPSHOT_EVENTS = 2_000;
const SNAPSHOT_MS = 10_000;

interface Feed {
  pipeline: Pipeline;
  /** Since the last snapshot, which was taken at `snapshotMs`. */
  values: number;
  events: number;
  snapshotMs: number;
}

class AnalysisThread {
  readonly #port: MessagePort;
  readonly #feeds = new Map<number, Feed>();
  /** Milliseconds that each kernel took to warm up. */
  readonly #warm = new Map<Kernel, number>();

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: ToAnalysis) => this.#take(message));
    const vitals = new Vitals();
    const beat = (): void => this.#post({ type: 'heartbeat', vitals: vitals.read() });
    setInterval(beat, HEARTBEAT_MS);
    beat();
  }

  #take(message: ToAnalysis): void {
    if (message.type === 'open') this.#open(message);
    else if (message.type === 'event') this.#event(message);
    else if (message.type === 'end') this.#end(message);
    else if (message.type === 'baseline') this.#baseline(message.feed);
    else process.exit(0);
  }

  #open({ feed, info, options, snapshot, sequence }: Extract<ToAnalysis, { type: 'open' }>): void {
    try {
      const pipeline = new Pipeline(info, options);
      const warmUpMs = this.#warmUp(pipeline.kernel);
      if (snapshot) pipeline.restore(snapshot);
      this.#feeds.set(feed, { pipeline, values: 0, events: 0, snapshotMs: performance.now() });
      const { plans, settings, kernel, coreHash } = pipeline;
      this.#post({ type: 'opened', feed, plans, settings, kernel, coreHash, warmUpMs });
      if (!snapshot) this.#post({ type: 'snapshot', feed, sequence, snapshot: pipeline.snapshot() });
    } catch (error) {
      if (!(error instanceof SpindleError)) throw error;
      this.#post({ type: 'refused', feed, code: error.code, message: error.message });
    }
  }

  /** Before the first sample; what comes meanwhile waits in the port. */
  #warmUp(kernel: Kernel): number {
    const tookMs = this.#warm.get(kernel) ?? warmUp(kernel);
    this.#warm.set(kernel, tookMs);
    return tookMs;
  }

  #event({ feed, sequence, event }: Extract<ToAnalysis, { type: 'event' }>): void {
    const found = this.#feeds.get(feed);
    if (!found) return; // refused
    const { pipeline } = found;
    const outputs = event.kind === 'relearn' ? (pipeline.relearn(event.point) ?? []) : pipeline.push(event);
    this.#post({ type: 'outputs', feed, sequence, outputs, counts: pipeline.counts });
    if (event.kind === 'relearn') this.#post({ type: 'relearned', feed, settings: pipeline.settings });
    if (event.kind === 'samples') found.values += event.channels.length * (event.channels[0]?.length ?? 0);
    const isYoung = ++found.events < SNAPSHOT_EVENTS && performance.now() - found.snapshotMs < SNAPSHOT_MS;
    if (found.values < SNAPSHOT_VALUES && isYoung) return;
    Object.assign(found, { values: 0, events: 0, snapshotMs: performance.now() });
    this.#post({ type: 'snapshot', feed, sequence, snapshot: found.pipeline.snapshot() });
  }

  #end({ feed, sequence }: Extract<ToAnalysis, { type: 'end' }>): void {
    const found = this.#feeds.get(feed);
    if (!found) return;
    const outputs = found.pipeline.end();
    this.#post({ type: 'outputs', feed, sequence, outputs, counts: found.pipeline.counts });
  }

  #baseline(feed: number): void {
    const found = this.#feeds.get(feed);
    if (found) this.#post({ type: 'baseline', feed, baseline: found.pipeline.baseline() });
  }

  #post(message: FromAnalysis): void {
    this.#port.postMessage(message);
  }
}

if (parentPort) new AnalysisThread(parentPort);
