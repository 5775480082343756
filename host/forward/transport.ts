/**
 * The way to one endpoint. The outbox decides what is sent and when, the transport only how.
 *
 * Contract
 * - `connect` resolves when connected and, where receipts are wanted, subscribed to them; or rejects. `close` always
 *   resolves. Every wait inside is bounded.
 * - `send` resolves when the far side has answered for the message (MQTT: PUBACK), and rejects with a TransportError
 *   when it is not known to have arrived; the caller sends again. It keeps no queue of its own, and at most `inflight`
 *   messages may wait for their answer.
 * - `onReceipt` hands over what arrives on the receipt topics, unread.
 * - `onDown` is called once, when a connection that stood is gone or no longer answers.
 */
export interface Transport {
  /** For people, without secrets. */
  readonly endpoint: string;
  /** Known once connected. */
  readonly inflight: number;
  connect(): Promise<void>;
  send(message: OutgoingMessage): Promise<void>;
  onReceipt(listener: (message: Uint8Array) => void): void;
  onDown(listener: (cause: Error) => void): void;
  close(): Promise<void>;
}

/** One publication: frames of one topic as a CBOR sequence, exactly as stored; or a query. */
export interface OutgoingMessage {
  topic: string;
  payload: Uint8Array;
}
