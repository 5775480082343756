/** A CBOR sequence (RFC 8742) of frames in memory: the payload of a message. */
import { DamageError } from '../errors.ts';
import { itemEnd } from './profile.ts';

/**
 * The frames of a payload, each as a view of its bytes.
 *
 * @throws DamageError FRAME_CBOR at the first byte that is no whole frame
 */
export function splitSequence(payload: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < payload.length; ) {
    const end = itemEnd(payload, at);
    if (end === null)
      throw new DamageError('FRAME_CBOR', `sequence: byte ${at}: ends in the middle of frame ${frames.length}`);
    frames.push(payload.subarray(at, end));
    at = end;
  }
  return frames;
}
