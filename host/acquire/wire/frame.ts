/** The body of one message as bytes for the line. */
import { FrameValueError } from '../../frame/codec.ts';
import { cobsEncode } from './cobs.ts';
import { crc32c } from './crc32c.ts';
import { MAX_MESSAGE_BYTES } from './deframer.ts';

/** @throws FrameValueError for a body that does not fit into a message */
export function framed(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 4);
  bytes.set(body);
  new DataView(bytes.buffer).setUint32(body.length, crc32c(body), true);
  const stuffed = cobsEncode(bytes);
  if (stuffed.length + 1 > MAX_MESSAGE_BYTES)
    throw new FrameValueError(
      `${stuffed.length + 1} bytes on the line, wanted at most ${MAX_MESSAGE_BYTES}`,
      'message',
    );
  const line = new Uint8Array(stuffed.length + 1);
  line.set(stuffed);
  return line;
}
