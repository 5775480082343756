/**
 * MQTT 5, QoS 1, over mqtt.js used as a wire and nothing more: clean start, no reconnecting, no queue. One client is
 * one connection; when it breaks it is thrown away with whatever its own store holds, and the outbox sends again.
 * A PUBACK says that the broker took a message, not that anybody keeps it.
 */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { InputError, TransportError } from '../errors.ts';
import type { UplinkSettings } from '../store/messages.ts';
import type { OutgoingMessage, ReceiptRange, Transport } from './transport.ts';

const CONNECT_MS = 10_000;
/** Without one PUBACK for this long the connection counts as dead. */
const ANSWER_MS = 10_000;
const CLOSE_MS = 1000;
const KEEPALIVE_S = 15;
export const MAX_INFLIGHT = 32;
const PROTOCOLS = ['mqtt:', 'mqtts:', 'ws:', 'wss:'];

/** @throws InputError UPLINK_URL */
export function checkUplink(settings: UplinkSettings): void {
  const url = URL.parse(settings.url);
  if (url && PROTOCOLS.includes(url.protocol) && url.hostname) return;
  throw new InputError(
    'UPLINK_URL',
    `uplink ${settings.name}: got the URL "${settings.url}", wanted ${PROTOCOLS.join('//..., ')}//host:port; nothing is sent`,
  );
}

export class MqttTransport implements Transport {
  readonly #settings: UplinkSettings;
  readonly #clientId: string;
  #client: MqttClient | null = null;
  #inflight = MAX_INFLIGHT;
  #lastError: Error | null = null;
  #onDown: (cause: Error) => void = () => {};
  #abort: (cause: Error) => void = () => {};

  constructor(settings: UplinkSettings, clientId: string) {
    this.#settings = settings;
    this.#clientId = settings.clientId ?? clientId;
  }

  connect(): Promise<void> {
    const { url, username, password, ca, cert, key, protocolVersion = 5 } = this.#settings;
    const options: IClientOptions = {
      protocolVersion,
      clean: true,
      clientId: this.#clientId,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_MS,
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
    return new Promise((resolve, reject) => {
      let client: MqttClient;
      try {
        client = mqtt.connect(url, options);
      } catch (cause) {
        reject(this.#error('UPLINK_CONNECT', 'cannot connect', cause as Error)); // a certificate that is none
        return;
      }
      this.#client = client;
      let isUp = false;
      const timer = setTimeout(() => fail(new Error(`no answer within ${CONNECT_MS / 1000} s`)), CONNECT_MS + 1000);
      const fail = (cause: Error): void => {
        clearTimeout(timer);
        client.end(true);
        reject(this.#error('UPLINK_CONNECT', 'cannot connect', cause));
      };
      this.#abort = fail;
      client.on('connect', (packet) => {
        clearTimeout(timer);
        this.#abort = () => {};
        isUp = true;
        // what the broker takes at once; MQTT 5 says 65 535 when it does not say
        this.#inflight = Math.min(MAX_INFLIGHT, packet.properties?.receiveMaximum ?? MAX_INFLIGHT);
        resolve();
      });
      client.on('error', (cause) => {
        this.#lastError = cause;
        if (!isUp) fail(cause);
      });
      client.on('disconnect', (packet) => {
        this.#lastError = new Error(`the broker said goodbye, reason ${packet.reasonCode ?? 0}`);
      });
      client.on('close', () => {
        const cause = this.#lastError ?? new Error('the connection closed');
        if (isUp) this.#onDown(this.#error('UPLINK_DOWN', 'lost the connection', cause));
        else fail(cause);
      });
    });
  }

  async send(batch: OutgoingMessage[]): Promise<void> {
    const client = this.#client;
    if (!client?.connected) throw this.#error('UPLINK_DOWN', 'is not connected', this.#lastError);
    let next = 0;
    let giveUp: (cause: Error) => void = () => {};
    const isDead = new Promise<never>((_, reject) => (giveUp = reject));
    const timer = setTimeout(() => giveUp(new Error(`no PUBACK within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
    const closed = (): void => giveUp(this.#lastError ?? new Error('the connection closed'));
    client.once('close', closed);
    const lane = async (): Promise<void> => {
      while (next < batch.length) {
        const { topic, payload } = batch[next++];
        // Buffer.from(view) does not copy
        const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
        await client.publishAsync(topic, bytes, { qos: 1 });
        timer.refresh();
      }
    };
    try {
      const lanes = Array.from({ length: Math.min(this.#inflight, batch.length) }, lane);
      await Promise.race([Promise.all(lanes), isDead]);
    } catch (cause) {
      throw this.#error('UPLINK_SEND', `no PUBACK for all of ${batch.length} messages`, cause as Error);
    } finally {
      clearTimeout(timer);
      client.off('close', closed);
    }
  }

  /** Receipts are not asked for yet: with a plain broker a PUBACK is all there is. */
  onReceipt(_listener: (range: ReceiptRange) => void): void {}

  onDown(listener: (cause: Error) => void): void {
    this.#onDown = listener;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    this.#onDown = () => {};
    this.#abort(new Error('closed'));
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
    const { name, url } = this.#settings;
    const why = cause ? ` (${cause.message || (cause as NodeJS.ErrnoException).code || cause.name})` : '';
    return new TransportError(code, `uplink ${name} to ${url}: ${what}${why}; everything is kept and sent again`, {
      cause: cause ?? undefined,
    });
  }
}
