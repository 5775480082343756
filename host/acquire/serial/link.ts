/**
 * The connection to one node, kept up for as long as it is wanted: found, opened, listened to; after a hang-up or a
 * silence closed and opened again, with a wait that grows. Messages come out; commands go in and are answered or time out.
 */
import { backoff } from '../../backoff.ts';
import { TransportError } from '../../errors.ts';
import type { FrameValue } from '../../types.ts';
import { pause } from '../../wait.ts';
import { type Authority, type CommandName, encodeCommand } from '../wire/command.ts';
import { Deframer } from '../wire/deframer.ts';
import { type Answer, type Message, readMessage } from '../wire/message.ts';
import { type Line, type OpenLine, openPort } from './line.ts';
import { SILENCE_MS, SilenceWatch } from './silence.ts';

/** A node answers at once, but what it was sending comes first. */
const ANSWER_MS = 1000;
const TRIES = 2;
/** A second one would be refused, or do it all again. */
const ONCE_ONLY: ReadonlySet<CommandName> = new Set(['key', 'reboot', 'self-test']);
/** A local port costs nothing to try: what was unplugged is heard again within half a second of being plugged in. */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 500;
const MOST_PATIENCE = 4;
/** Ends what a node may hold of a message that was cut. */
const DELIMITER = Uint8Array.of(0);

export interface LinkSettings {
  /** What a person calls it: board id or path. */
  name: string;
  /** Where the port is now; null: nowhere, try again. */
  locate: () => Promise<string | null>;
  /** For commands to a node that has a key; null: there is none. */
  authority?: () => Authority | null;
  open?: OpenLine;
  /** After so long without a byte the line is opened anew; SILENCE_MS if absent. */
  silenceMs?: number;
  random?: () => number;
}

export interface LinkListener {
  message(message: Message, ms: number): void;
  /** The line is up, or gone and why. */
  up?(path: string): void;
  down?(why: string): void;
}

export class NodeLink {
  readonly name: string;
  readonly deframer = new Deframer();
  readonly #settings: LinkSettings;
  readonly #listener: LinkListener;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #pending = new Map<number, (answer: Answer) => void>();
  #line: Line | null = null;
  #sequence = 0;
  /** Times the usual silence. */
  #patience = 1;
  #ended: (why: string) => void = () => {};
  path: string | null = null;
  /** Times that the line was lost, and how often silence was the sign. */
  losses = 0;
  silences = 0;

  constructor(settings: LinkSettings, listener: LinkListener) {
    this.name = settings.name;
    this.#settings = settings;
    this.#listener = listener;
    this.#running = this.#run();
  }

  get isUp(): boolean {
    return this.#line !== null;
  }

  /**
   * Sends a command and waits for its answer. What does no harm twice is said again when the first was not heard.
   * @throws TransportError NODE_AWAY | NODE_SILENT
   */
  async command(
    name: CommandName,
    argument?: Map<number, FrameValue>,
    isAuthentic = false,
    limitMs = ANSWER_MS,
  ): Promise<Answer> {
    const tries = ONCE_ONLY.has(name) ? 1 : TRIES;
    for (let tried = 1; ; tried++) {
      const answer = await this.#ask(name, argument, isAuthentic, limitMs);
      if (answer !== null) return answer;
      if (tried >= tries)
        throw new TransportError(
          'NODE_SILENT',
          `${this.name}: got no answer to ${name} within ${(tries * limitMs) / 1000} s; it may or may not have been carried out`,
        );
    }
  }

  async #ask(
    name: CommandName,
    argument: Map<number, FrameValue> | undefined,
    isAuthentic: boolean,
    limitMs: number,
  ): Promise<Answer | null> {
    const sequence = this.send(name, argument, isAuthentic);
    if (sequence === null)
      throw new TransportError('NODE_AWAY', `${this.name}: is not connected; ${name} was not sent`);
    const { promise, resolve } = Promise.withResolvers<Answer | null>();
    this.#pending.set(sequence, resolve);
    const late = setTimeout(() => resolve(null), limitMs);
    const answer = await promise;
    clearTimeout(late);
    this.#pending.delete(sequence);
    return answer;
  }

  /** Sends without waiting. @returns its sequence number; null when the line is down */
  send(name: CommandName, argument?: Map<number, FrameValue>, isAuthentic = false): number | null {
    if (this.#line === null) return null;
    this.#sequence = (this.#sequence + 1) >>> 0;
    const authority = isAuthentic ? (this.#settings.authority?.() ?? null) : null;
    this.#line.write(DELIMITER);
    this.#line.write(encodeCommand({ sequence: this.#sequence, name, argument: argument ?? new Map() }, authority));
    return this.#sequence;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#ended('closed by the host');
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const wait = backoff(this.#settings.random ?? Math.random, FIRST_WAIT_MS, LONGEST_WAIT_MS);
    while (!signal.aborted) {
      const path = await this.#settings.locate().catch(() => null);
      const wasHeard = path !== null && !signal.aborted && (await this.#hold(path, signal));
      if (wasHeard) wait.reset();
      // a far side that is slow to begin is given longer each time, or it would never be heard
      this.#patience = wasHeard || path === null ? 1 : Math.min(MOST_PATIENCE, 2 * this.#patience);
      await pause(wait.next(), signal);
    }
  }

  /** Opens the port and listens until it is lost. @returns whether a message came */
  async #hold(path: string, signal: AbortSignal): Promise<boolean> {
    const { promise: ended, resolve: end } = Promise.withResolvers<string>();
    this.#ended = end;
    this.deframer.restart();
    let wasHeard = false;
    let watch: SilenceWatch | null = null;
    const bytes = (chunk: Uint8Array, ms: number): void => {
      watch?.heard();
      for (const body of this.deframer.push(chunk)) wasHeard = this.#message(body, ms) || wasHeard;
    };
    let line: Line;
    try {
      line = await (this.#settings.open ?? openPort)(path, { bytes, ended: end });
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return false;
    }
    watch = new SilenceWatch(
      () => {
        this.silences++;
        end('nothing was heard for too long');
      },
      this.#patience * (this.#settings.silenceMs ?? SILENCE_MS),
    );
    this.#line = line;
    this.path = path;
    if (!signal.aborted) {
      this.#listener.up?.(path);
      this.send('identify');
      const why = await ended;
      if (!signal.aborted) this.losses++;
      this.#listener.down?.(why);
    }
    watch.end();
    this.#line = null;
    this.path = null;
    await line.close();
    return wasHeard;
  }

  #message(body: Uint8Array, ms: number): boolean {
    const message = readMessage(body);
    if (message === null) {
      this.deframer.damage.form++;
      return false;
    }
    if (message.type === 'answer') this.#pending.get(message.sequence)?.(message);
    this.#listener.message(message, ms);
    return true;
  }
}
