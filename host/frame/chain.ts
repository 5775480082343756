/**
 * One chain per host and epoch: h[-1] = SHA-256(hostId || epoch), h[n] = SHA-256(h[n-1] || SHA-256(frame n)).
 * A frame that is gone leaves its digest, so the chain can still be walked.
 */
import { hash } from 'node:crypto';

export function sha256(...parts: Uint8Array[]): Uint8Array {
  const bytes = hash('sha256', parts.length === 1 ? parts[0] : Buffer.concat(parts), 'buffer');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The hash before the first frame. */
export function chainStart(hostId: Uint8Array, epoch: Uint8Array): Uint8Array {
  return sha256(hostId, epoch);
}

/** @param digest SHA-256 of the frame's bytes */
export function chainNext(previous: Uint8Array, digest: Uint8Array): Uint8Array {
  return sha256(previous, digest);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
