/**
 * A collector's connection to one broker: MQTT, QoS 1, outside a group a persistent session, so that what arrives while
 * the collector is away waits at the broker as long as that one keeps it. It acknowledges to the broker when a message is taken, not when
 * it is durable: the receipt says that. When the collector has no room, the next message is not taken.
 */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { backoff } from '../backoff.ts';
import { COLLECTED_TOPICS } from '../forward/topics.ts';
import type { Collector, Reply } from './collector.ts';

const CONNECT_MS = 10_000;
const KEEPALIVE_S = 30;
const CLOSE_MS = 1000;
/** Messages of up to 64 frames that a broker may have under way to us: what it may deliver twice when it is killed. */
const RECEIVE_MAXIMUM = 8;
/** Receipts on their way to a broker. */
const MOST_UNACKED = 1000;
/** How long a broker keeps what waits for a collector that is away. */
const SESSION_S = 7 * 24 * 3600;

export interface InletOptions {
  url: string;
  clientId: string;
  /** Members of one group share the work: `$share/GROUP/...`; null: everything comes here. */
  group: string | null;
  /** 5 if absent; 4 is MQTT 3.1.1. */
  protocolVersion?: 4 | 5;
  username?: string;
  password?: string;
  ca?: string;
  cert?: string;
  key?: string;
  random?: () => number;
  onMessage?: (level: 'info' | 'warn', text: string) => void;
}

export class Inlet implements Reply {
  readonly endpoint: string;
  readonly #options: InletOptions;
  readonly #collector: Collector;
  #client: MqttClient | null = null;
  /** Receipts that the broker of this connection has not acknowledged. */
  #unacked = 0;
  #isEnded = false;
  #endPause: () => void = () => {};
  #running: Promise<void> | null = null;
  #onUp: () => void = () => {};

  constructor(options: InletOptions, collector: Collector) {
    this.#options = options;
    this.#collector = collector;
    const url = new URL(options.url);
    url.username = url.password = '';
    this.endpoint = url.href.replace(/\/$/, '');
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when it is connected and subscribed (again). */
  up(): Promise<void> {
    return new Promise((resolve) => (this.#onUp = resolve));
  }

  /** A receipt that cannot be sent is asked for again, so none is kept for a broker that takes no more. */
  publish(topic: string, payload: Uint8Array): void {
    const client = this.#client;
    if (!client?.connected || this.#unacked >= MOST_UNACKED) return;
    this.#unacked++;
    client.publish(topic, Buffer.from(payload), { qos: 1 }, () => {
      if (this.#client === client) this.#unacked--;
    });
  }

  async stop(): Promise<void> {
    this.#isEnded = true;
    this.#endPause();
    const client = this.#client;
    if (client) {
      const ended = new Promise<void>((resolve) => client.end(!client.connected, {}, () => resolve()));
      await Promise.race([ended, this.#pause(CLOSE_MS)]);
      client.end(true);
    }
    this.#endPause();
    await this.#running;
  }

  async #run(): Promise<void> {
    const retry = backoff(this.#options.random ?? Math.random);
    let isTold = false;
    while (!this.#isEnded) {
      const why = await this.#connection(() => {
        retry.reset();
        if (isTold) this.#options.onMessage?.('info', `${this.endpoint}: connected again`);
        isTold = false;
        this.#onUp();
      });
      if (this.#isEnded) break;
      if (!isTold)
        this.#options.onMessage?.('warn', `${this.endpoint}: ${why}; the hosts keep what they have, it is tried again`);
      isTold = true;
      await this.#pause(retry.next());
    }
  }

  /** One connection from beginning to end. @returns why it ended */
  async #connection(onUp: () => void): Promise<string> {
    const { group } = this.#options;
    let client: MqttClient;
    try {
      client = this.#client = mqtt.connect(this.#options.url, this.#clientOptions());
    } catch (error) {
      return (error as Error).message;
    }
    this.#unacked = 0;
    client.handleMessage = (packet, done) => {
      const { topic, payload } = packet;
      const held = this.#collector.take(topic, payload as Uint8Array, this);
      if (held) void held.then(() => done());
      else done();
    };
    const why = await new Promise<string>((resolve) => {
      let cause: string | null = null;
      client.on('error', (error) => {
        cause ??= error.message || (error as NodeJS.ErrnoException).code || error.name;
      });
      client.on('disconnect', (packet) => {
        cause ??= `the broker said goodbye, reason ${packet.reasonCode ?? 0}`;
      });
      client.on('close', () => resolve(cause ?? 'the connection closed'));
      client.on('connect', () => {
        const topics = COLLECTED_TOPICS.map((topic) => (group === null ? topic : `$share/${group}/${topic}`));
        client.subscribe(topics, { qos: 1 }, (error, granted) => {
          const refused = granted?.find(({ qos }) => qos >= 128);
          if (!error && !refused) {
            onUp();
            return;
          }
          cause ??= error?.message ?? `the broker refuses the subscription to ${refused?.topic}`;
          client.end(true);
        });
      });
    });
    client.end(true);
    this.#client = null;
    return why;
  }

  #clientOptions(): IClientOptions {
    const { clientId, group, username, password, ca, cert, key, protocolVersion = 5 } = this.#options;
    // a member of a group that is away must not be given messages that another could take
    const keepsSession = group === null;
    return {
      ...{ protocolVersion, clientId, username, password, ca, cert, key },
      clean: !keepsSession,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_MS,
      keepalive: KEEPALIVE_S,
      resubscribe: false,
      properties:
        protocolVersion === 5
          ? { sessionExpiryInterval: keepsSession ? SESSION_S : 0, receiveMaximum: RECEIVE_MAXIMUM }
          : undefined,
    };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#isEnded && ms !== CLOSE_MS) this.#endPause();
    });
  }
}
