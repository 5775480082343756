/**
 * MQTT 5, QoS 1, over mqtt.js used as a wire and nothing more: clean start, no reconnecting, no queue. One client is
 * one connection; when it breaks it is thrown away with whatever its own store holds, and the outbox sends again.
 * A PUBACK says that the broker took a message, not that anybody keeps it.
 */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { InputError, TransportError } from '../errors.ts';
import type { UplinkLimits, UplinkSettings } from '../store/uplinks.ts';
import type { OutgoingMessage, Transport } from './transport.ts';

const CLOSE_MS = 1000;
const KEEPALIVE_S = 15;
export const MAX_INFLIGHT = 32;
const PROTOCOLS = ['mqtt:', 'mqtts:', 'ws:', 'wss:'];

export const endpointsOf = ({ url }: UplinkSettings): string[] => [url].flat();

/** @throws InputError UPLINK_URL */
export function checkUplink(settings: UplinkSettings): void {
  const urls = endpointsOf(settings);
  const wrong = urls.find((text) => {
    const url = URL.parse(text);
    return !(url && PROTOCOLS.includes(url.protocol) && url.hostname);
  });
  if (urls.length > 0 && wrong === undefined) return;
  throw new InputError(
    'UPLINK_URL',
    `uplink ${settings.name}: got the URL "${wrong ?? ''}", wanted ${PROTOCOLS.join('//..., ')}//host:port; nothing is sent`,
  );
}

export interface MqttTransportOptions {
  settings: UplinkSettings;
  /** One of the settings' URLs. */
  url: string;
  clientId: string;
  /** Topics on which receipts come; none for PUBACK only. */
  receiptTopics: string[];
  limits: Pick<UplinkLimits, 'connectMs' | 'pubackMs'>;
}

export class MqttTransport implements Transport {
  readonly endpoint: string;
  inflight = MAX_INFLIGHT;
  readonly #options: MqttTransportOptions;
  #client: MqttClient | null = null;
  #lastError: Error | null = null;
  #isDown = false;
  #onDown: (cause: Error) => void = () => {};
  #onReceipt: (message: Uint8Array) => void = () => {};
  #abort: (cause: Error) => void = () => {};
  /** One for each message that waits for its PUBACK. */
  readonly #waiting = new Set<(cause: Error) => void>();
  #pubackTimer: NodeJS.Timeout | null = null;

  constructor(options: MqttTransportOptions) {
    this.#options = options;
    const url = new URL(options.url);
    url.username = url.password = '';
    this.endpoint = url.href.replace(/\/$/, '');
  }

  async connect(): Promise<void> {
    const { settings, url, clientId, receiptTopics, limits } = this.#options;
    const { username, password, ca, cert, key, protocolVersion = 5 } = settings;
    const options: IClientOptions = {
      protocolVersion,
      clean: true,
      clientId,
      reconnectPeriod: 0,
      connectTimeout: limits.connectMs,
      keepalive: KEEPALIVE_S,
      queueQoSZero: false,
      resubscribe: false,
      properties: protocolVersion === 5 ? { sessionExpiryInterval: 0, receiveMaximum: MAX_INFLIGHT } : undefined,
      username,
      password,
      ca,
      cert,
      key,
    };
    let isUp = false;
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${limits.connectMs / 1000} s`)), limits.connectMs);
        this.#abort = reject;
        const client = mqtt.connect(url, options); // throws for a certificate that is none
        this.#client = client;
        client.on('connect', (packet) => {
          // what the broker takes at once; MQTT 5 says 65 535 when it does not say
          this.inflight = Math.min(MAX_INFLIGHT, packet.properties?.receiveMaximum ?? MAX_INFLIGHT);
          this.#subscribe(client, receiptTopics).then(resolve, reject);
        });
        client.on('error', (cause) => {
          this.#lastError = cause;
          if (!isUp) reject(cause);
        });
        client.on('disconnect', (packet) => {
          this.#lastError = new Error(`the broker said goodbye, reason ${packet.reasonCode ?? 0}`);
        });
        client.on('message', (_topic, payload) => this.#onReceipt(payload));
        client.on('close', () => {
          const cause = this.#lastError ?? new Error('the connection closed');
          if (isUp) this.#down('lost the connection', cause);
          else reject(cause);
        });
      });
      isUp = true;
    } catch (cause) {
      this.#client?.end(true);
      throw this.#error('UPLINK_CONNECT', 'cannot connect', cause as Error);
    } finally {
      clearTimeout(timer);
      this.#abort = () => {};
    }
  }

  async #subscribe(client: MqttClient, topics: string[]): Promise<void> {
    if (topics.length === 0) return;
    const granted = await client.subscribeAsync(topics, { qos: 1 });
    const refused = granted.find(({ qos }) => qos >= 128);
    if (refused) throw new Error(`the broker refuses the subscription to ${refused.topic}`);
  }

  send({ topic, payload }: OutgoingMessage): Promise<void> {
    const client = this.#client;
    if (!client?.connected) return Promise.reject(this.#error('UPLINK_DOWN', 'is not connected', this.#lastError));
    // Buffer.from(view) does not copy
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    return new Promise((resolve, reject) => {
      const give = (cause: Error): void => reject(this.#error('UPLINK_SEND', 'no PUBACK for a message', cause));
      this.#waiting.add(give);
      this.#watchPubacks();
      client.publish(topic, bytes, { qos: 1 }, (cause) => {
        this.#waiting.delete(give);
        this.#watchPubacks();
        if (cause) give(cause);
        else resolve();
      });
    });
  }

  /** Each PUBACK gives the next one its time. */
  #watchPubacks(): void {
    if (this.#pubackTimer) clearTimeout(this.#pubackTimer);
    this.#pubackTimer = null;
    if (this.#waiting.size === 0) return;
    const { pubackMs } = this.#options.limits;
    this.#pubackTimer = setTimeout(
      () => this.#down('takes no more', new Error(`no PUBACK within ${pubackMs / 1000} s`)),
      pubackMs,
    );
  }

  #down(what: string, cause: Error): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#settle(cause);
    this.#onDown(this.#error('UPLINK_DOWN', what, cause));
  }

  #settle(cause: Error): void {
    if (this.#pubackTimer) clearTimeout(this.#pubackTimer);
    this.#pubackTimer = null;
    for (const give of [...this.#waiting]) give(cause);
    this.#waiting.clear();
  }

  onReceipt(listener: (message: Uint8Array) => void): void {
    this.#onReceipt = listener;
  }

  onDown(listener: (cause: Error) => void): void {
    this.#onDown = listener;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    this.#onDown = () => {};
    this.#onReceipt = () => {};
    this.#abort(new Error('closed'));
    this.#settle(new Error('closed'));
    if (!client) return;
    // a proper DISCONNECT where there is a connection; what still waits for an answer waits no longer than this
    const ended = new Promise<void>((resolve) => client.end(!client.connected, {}, () => resolve()));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([ended, late]);
    clearTimeout(timer);
    client.end(true);
  }

  #error(code: string, what: string, cause: Error | null): TransportError {
    const why = cause ? ` (${cause.message || (cause as NodeJS.ErrnoException).code || cause.name})` : '';
    const where = `uplink ${this.#options.settings.name} to ${this.endpoint}`;
    return new TransportError(code, `${where}: ${what}${why}; everything is kept and sent again`, {
      cause: cause ?? undefined,
    });
  }
}
