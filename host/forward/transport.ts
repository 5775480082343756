/**
 * The way upstream. One uplink is one transport; the outbox decides what is sent and when, the transport only how.
 *
 * Contract
 * - `send` resolves when the far side has answered for every message of the batch (MQTT: PUBACK), and rejects with a
 *   TransportError when it is not known to have arrived; the caller sends again. It keeps no queue of its own.
 * - `onReceipt` reports ranges of sequence numbers that the far side has made durable.
 * - `connect` resolves when connected or rejects; every wait inside is bounded. `close` always resolves.
 */
export interface Transport {
  connect(): Promise<void>;
  send(batch: OutgoingMessage[]): Promise<void>;
  onReceipt(listener: (range: ReceiptRange) => void): void;
  onDown(listener: (cause: Error) => void): void;
  close(): Promise<void>;
}

/** One publication: frames of one topic as a CBOR sequence, exactly as stored. */
export interface OutgoingMessage {
  topic: string;
  payload: Uint8Array;
}

/** Sequence numbers first..last of an epoch, both included, that are durable at the far side. */
export interface ReceiptRange {
  epoch: Uint8Array;
  first: number;
  last: number;
}
