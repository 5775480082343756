/** An uplink as the store thread is told of it, and how it stands. It lies here because a stage never imports a later one. */

/**
 * What makes a frame count as arrived. `signed`: the collector's signed receipt, sent after its commit. `puback`: that
 * the broker took it; weaker, it proves nothing about anybody who keeps it.
 */
export type Receipts = 'signed' | 'puback';

/** One far side: a receipt key with one or more endpoints, all MQTT brokers. Times are milliseconds. */
export interface UplinkSettings {
  /** Name of the cursor: keep it, and the uplink goes on where it was. */
  name: string;
  /** mqtt://, mqtts://, ws:// or wss://; of several, the first is used while it answers. */
  url: string | string[];
  /** The collector's raw Ed25519 key, 32 bytes; absent: PUBACK is all that is asked for. */
  receiptKey?: Uint8Array;
  /** Most frames a second that were not new when the connection came up; DEFAULT_BACKFILL of the outbox if absent. */
  backfillFramesPerS?: number;
  clientId?: string;
  /** 5 if absent; 4 is MQTT 3.1.1, for brokers that know no other. */
  protocolVersion?: 4 | 5;
  username?: string;
  password?: string;
  /** PEM texts for TLS and mutual TLS. */
  ca?: string;
  cert?: string;
  key?: string;
  /** Tests only: shorter waits. */
  limits?: Partial<UplinkLimits>;
}

/** Every wait of an uplink, in milliseconds. */
export interface UplinkLimits {
  /** For the connection to a broker. */
  connectMs: number;
  /** For the next PUBACK while some are missing. */
  pubackMs: number;
  /** For the first receipt of a frame; then the collector is asked what it has. At least 4 usual round trips. */
  askAfterMs: number;
  /** For any receipt after asking; then the connection counts as dead and the next endpoint is tried. */
  answerMs: number;
  /** On another endpoint than the first; then the first is tried beside it. */
  returnMs: number;
}

export interface UplinkStatus {
  name: string;
  /** `asking`: the broker is there, the collector has not answered yet. */
  state: 'connecting' | 'asking' | 'up' | 'waiting' | 'stopped';
  receipts: Receipts;
  /** In use or being tried, without secrets; null while waiting. */
  endpoint: string | null;
  /** Frames that became receipted since the thread started (puback: that the broker took). */
  delivered: number;
  /** Frames committed and not yet receipted. */
  behind: number;
  /** Sent and not yet receipted. */
  inFlight: number;
  /** Frames sent since the thread started, by lane; those sent again are in neither. */
  live: number;
  backfill: number;
  resent: number;
  /** Frames that were sent again and again and never receipted; they are tried ever more rarely. */
  refused: number;
  /** Receipts that were not used: damaged, forged or of another collector. */
  badReceipts: number;
  /** Why it is not up, or what is wrong although it is; null when all is well. */
  lastError: string | null;
  /** How often it was started again after a defect of its own. */
  restarts: number;
  /** That was too often: it is tried slowly. */
  isGivenUp: boolean;
}
