/**
 * A sensor node as a source. It is found, asked who it is and listened to until its true rate is known; then its samples
 * come as they are taken, and everything that is missing comes as a gap: dropped by the node, lost on the line, or not
 * heard while it was away. A cable that is pulled is no end: the source waits for the node.
 */
import { InputError, TransportError } from '../../errors.ts';
import type { Channel, FrameValue, SourceEvent, SourceInfo } from '../../types.ts';
import { pause } from '../../wait.ts';
import type { Source } from '../source.ts';
import { ANSWERS, type Authority, type CommandName } from '../wire/command.ts';
import type { Heartbeat, Hello, Message } from '../wire/message.ts';
import type { ClockLine } from './clock-fit.ts';
import { EventQueue } from './event-queue.ts';
import type { OpenLine } from './line.ts';
import { NodeLink } from './link.ts';
import { NodeStream } from './node-stream.ts';
import { boardIdText, type Whereabouts } from './whereabouts.ts';

export interface NodeSourceSettings {
  /** Board id or path of the port. */
  node: string;
  whereabouts: Whereabouts;
  /** For a node that takes commands only from who knows its key: NODE_KEY_BYTES bytes. */
  key?: Uint8Array;
  /** A node that does not sample is started. True if absent. */
  starts?: boolean;
  open?: OpenLine;
  /** How long to wait for the node. */
  findMs?: number;
  /** How long to listen before the rate is taken as known. */
  listenMs?: number;
  keptS?: number;
  /** See LinkSettings. */
  silenceMs?: number;
}

const FIND_MS = 15_000;
/** The hull of 3 s of blocks tells the rate to about 100 ppm; fault orders need 0.1 %. */
const LISTEN_MS = 3000;
/** Beyond the listening time: a node that answers and sends no samples. */
const STREAM_MS = 10_000;
const ASK_MS = 250;
/** Between two commands to start. */
const START_MS = 1000;
/** Parts off their nominal rate by more than this are told of. */
const RATE_NOTE = 0.001;
/** Parts are off their nominal rate by 19 % at most (LSM6DSO). */
const RATE_OFF_AT_MOST = 0.25;
const NEVER = new AbortController().signal;
const AXIS_NAMES = ['x', 'y', 'z'];

/** What a person may want to know of a node that is read. */
export interface NodeStatus {
  isUp: boolean;
  path: string | null;
  hello: Hello;
  heartbeat: Heartbeat | null;
  line: ClockLine | null;
  /** On the node's count: the first scan that was received; null before it. Of the boot in which it was found. */
  firstSample: number | null;
  received: number;
  lost: { node: number; sensor: number; wire: number; away: number; unread: number };
  damagedMessages: number;
  lineLosses: number;
  restarts: number;
}

/**
 * @throws TransportError NODE_ABSENT when no node is found, NODE_MUTE when it sends no samples, both within a bounded time
 */
export async function openNode(settings: NodeSourceSettings, signal?: AbortSignal): Promise<NodeSource> {
  const source = new NodeSource(settings);
  try {
    await source.ready(signal);
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

export class NodeSource implements Source {
  readonly isLive = true;
  readonly link: NodeLink;
  readonly #settings: NodeSourceSettings;
  readonly #closed = new AbortController();
  readonly #notes: string[] = [];
  #stream: NodeStream | null = null;
  #queue: EventQueue | null = null;
  #info: SourceInfo | null = null;
  /** What came before the rate was known. */
  #early: ((queue: EventQueue) => void)[] = [];
  readonly #asker: NodeJS.Timeout;
  #counter = 0;
  #startedMs = Number.NEGATIVE_INFINITY;
  #otherBoard: string | null = null;

  constructor(settings: NodeSourceSettings) {
    this.#settings = settings;
    const { node, whereabouts, open, silenceMs } = settings;
    this.link = new NodeLink(
      {
        name: node,
        locate: () => whereabouts.locate(node),
        authority: () => this.#authority(),
        ...(open ? { open } : {}),
        ...(silenceMs === undefined ? {} : { silenceMs }),
      },
      {
        message: (message, ms) => this.#message(message, ms),
        up: () => this.#stream?.doubt(),
      },
    );
    this.#asker = setInterval(() => this.#ask(), ASK_MS);
  }

  get info(): SourceInfo {
    if (this.#info === null) throw new TypeError('a node source is ready before it is read');
    return this.#info;
  }

  /** A counter above every one that the node has heard, as far as it has told. */
  #authority(): Authority | null {
    const { key } = this.#settings;
    if (key === undefined || this.#stream === null) return null;
    this.#counter = Math.max(this.#counter, this.#stream.hello.counter) + 1;
    return { key, counter: this.#counter };
  }

  /** Waits until the node has said who it is. */
  async found(signal: AbortSignal = NEVER): Promise<Hello> {
    const { node, findMs = FIND_MS } = this.#settings;
    const isFound = await this.#until(() => this.#stream !== null, findMs, signal);
    if (!isFound || this.#stream === null)
      throw new TransportError(
        'NODE_ABSENT',
        `${node}: no node was found within ${findMs / 1000} s, wanted a Spindle node there; see spindle nodes; nothing was started`,
      );
    return this.#stream.hello;
  }

  /** Waits until the node is there and its rate is known. */
  async ready(signal: AbortSignal = NEVER): Promise<void> {
    const { node, listenMs = LISTEN_MS } = this.#settings;
    await this.found(signal);
    const isHeard = (): boolean => (this.#stream!.line?.spanMs ?? 0) >= listenMs;
    const isMeasured = (): boolean => isHeard() && this.#stream!.heartbeat?.measuredRateMilliHz != null;
    if (!(await this.#until(isMeasured, listenMs + STREAM_MS, signal)) && !isHeard())
      throw new TransportError('NODE_MUTE', `${node}: ${this.#silence(listenMs)}; nothing was started`);
    this.#open(this.#stream!);
  }

  /** Why there is no rate, as far as the node has told. */
  #silence(listenMs: number): string {
    const { heartbeat, received, lineLosses } = this.status!;
    const sensor = heartbeat?.fault ? `it says: ${heartbeat.fault}` : 'its sensor may be off: try spindle nodes';
    const losses = lineLosses > 0 ? `, and its line was lost ${lineLosses} times` : '';
    return `answers but sent no steady samples for ${listenMs / 1000} s (${received} scans came${losses}); ${sensor}`;
  }

  #open(stream: NodeStream): void {
    const { hello } = stream;
    const sampleRateHz = trueRateHz(stream);
    this.#info = infoOf(this.#settings.node, hello, sampleRateHz, this.#notes);
    const queue = new EventQueue(sampleRateHz, hello.axes, this.#settings.keptS);
    for (const replay of this.#early) replay(queue);
    this.#early = [];
    this.#queue = queue;
  }

  #message(message: Message, ms: number): void {
    if (message.type === 'hello') {
      const isOther = this.#stream !== null && this.#isOther(message, this.#stream.hello);
      if (isOther && this.#info !== null) return;
      // nobody reads it yet: it may be set to something else meanwhile
      if (this.#stream === null || isOther) this.#listenTo(message);
    }
    this.#stream?.take(message, ms);
  }

  #listenTo(hello: Hello): void {
    this.#early = [];
    this.#stream = this.#streamOf(hello);
  }

  /** Another board at the same port, or another sensor, range, rate or axes: its samples are not those of this source. */
  #isOther(hello: Hello, known: Hello): boolean {
    const kind = ({ sensor, axes, rangeMilliG, nominalRateMilliHz, encoding }: Hello): string =>
      `${sensor}, ${axes} axes, ${rangeMilliG / 1000} g, ${nominalRateMilliHz / 1000} Hz, encoding ${encoding}`;
    const got = `board ${boardIdText(hello)} with ${kind(hello)}`;
    const wanted = `board ${boardIdText(known)} with ${kind(known)}`;
    if (got === wanted) return false;
    if (this.#info !== null && this.#otherBoard !== got) {
      this.#notes.push(`got ${got}, wanted ${wanted}; it is not listened to`);
      this.#otherBoard = got;
    }
    return true;
  }

  #streamOf(hello: Hello): NodeStream {
    const into = (put: (queue: EventQueue) => void): void => {
      if (this.#queue) put(this.#queue);
      else this.#early.push(put);
    };
    return new NodeStream(hello, {
      samples: (lanes) => into((queue) => queue.samples(lanes)),
      gap: (cause, lostSamples) => into((queue) => queue.gap(cause, lostSamples)),
      pause: () => this.#queue?.flush(),
    });
  }

  /** Who may be another after a new line, and what does not sample, is asked. */
  #ask(): void {
    if (!this.link.isUp) return;
    const nowMs = performance.now();
    if (this.#stream === null || !this.#stream.isCertain) this.link.send('identify');
    else if ((this.#settings.starts ?? true) && this.#stream.isIdle(nowMs) && nowMs - this.#startedMs > START_MS) {
      this.#startedMs = nowMs;
      this.link.send('start', undefined, this.#stream.hello.hasKey);
    }
  }

  /**
   * Has the node do something, authenticated where it has a key.
   *
   * @returns what it says to it
   * @throws InputError NODE_REFUSED with what the node says; TransportError NODE_AWAY | NODE_SILENT
   */
  async command(name: CommandName, argument?: Map<number, FrameValue>, limitMs?: number): Promise<string> {
    const { hello } = this.#stream ?? { hello: await this.found() };
    const { status, text } = await this.link.command(name, argument, hello.hasKey && name !== 'identify', limitMs);
    if (status === 0) return text;
    const why = ANSWERS[status] ?? `status ${status}`;
    const hint = status === 3 ? '; it has a key: give its --key-file' : '';
    throw new InputError(
      'NODE_REFUSED',
      `${this.#settings.node}: ${name}: the node says ${why}${text ? `: ${text}` : ''}${hint}; nothing was changed`,
    );
  }

  get status(): NodeStatus | null {
    const stream = this.#stream;
    if (stream === null) return null;
    const { cobs, crc, long, form } = this.link.deframer.damage;
    return {
      isUp: this.link.isUp,
      path: this.link.path,
      hello: stream.hello,
      heartbeat: stream.heartbeat,
      line: stream.line,
      firstSample: stream.firstSample,
      received: stream.account.received,
      lost: { ...stream.account.lost, unread: this.#queue?.dropped ?? 0 },
      damagedMessages: cobs + crc + long + form,
      lineLosses: this.link.losses,
      restarts: stream.restarts,
    };
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const ending = signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
    const queue = this.#queue;
    if (queue === null) throw new TypeError('a node source is ready before it is read');
    for (let event = await queue.next(ending); event !== null; event = await queue.next(ending)) {
      yield event;
      if (ending.aborted) return;
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    clearInterval(this.#asker);
    await this.link.close();
  }

  async #until(isTrue: () => boolean, limitMs: number, signal: AbortSignal): Promise<boolean> {
    const end = performance.now() + limitMs;
    while (!isTrue()) {
      if (signal.aborted) throw new InputError('NODE_INTERRUPTED', `${this.#settings.node}: interrupted while opening`);
      if (performance.now() > end) return false;
      await pause(20, signal);
    }
    return true;
  }
}

/**
 * In its first seconds the crystal of the node, good to some 50 ppm, tells the rate better than a line whose delays are not
 * known yet. What it says is taken where a part could be that far off its nominal rate.
 */
function trueRateHz(stream: NodeStream): number {
  const measuredMilliHz = stream.heartbeat?.measuredRateMilliHz ?? 0;
  const off = Math.abs(measuredMilliHz / stream.hello.nominalRateMilliHz - 1);
  return off < RATE_OFF_AT_MOST ? measuredMilliHz / 1000 : stream.line!.sampleRateHz;
}

function infoOf(node: string, hello: Hello, sampleRateHz: number, notes: string[]): SourceInfo {
  const nominalHz = hello.nominalRateMilliHz / 1000;
  const off = sampleRateHz / nominalHz - 1;
  if (Math.abs(off) > RATE_NOTE)
    notes.push(
      `samples at ${sampleRateHz.toFixed(1)} Hz, ${(100 * off).toFixed(2)} % off the nominal ${nominalHz} Hz; the measured rate is used`,
    );
  const channels = Array.from({ length: hello.axes }, (_, axis): Channel => {
    return { name: AXIS_NAMES[axis], unit: 'g', fullScale: hello.rangeMilliG / 1000 };
  });
  return {
    name: `${hello.sensor} on ${hello.board}, ${node}`,
    channels,
    sampleRateHz,
    shaftRpm: null,
    bearings: {},
    snapshot: null,
    sampleCount: null,
    startUtcUs: null,
    notes,
  };
}
