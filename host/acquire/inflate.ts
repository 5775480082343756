/** Compressed bytes in, plain bytes out, piece by piece; whatever zlib dislikes becomes the caller's own error. */
import { pipeline } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { SpindleError } from '../errors.ts';

const CHUNK_BYTES = 256 * 1024;

/**
 * @param bytes    compressed pieces in order, each in a buffer of its own
 * @param format   `gzip` (RFC 1952) or `zlib` (RFC 1950)
 * @param damaged  makes the error for damaged or truncated data from zlib's own
 */
export async function* inflate(
  bytes: AsyncIterable<Buffer>,
  format: 'gzip' | 'zlib',
  damaged: (cause: Error) => Error,
): AsyncGenerator<Buffer> {
  const options = { chunkSize: CHUNK_BYTES };
  const inflater = format === 'gzip' ? createGunzip(options) : createInflate(options);
  // the loop below reports every error; without a callback the same error would end the process
  pipeline(bytes, inflater, () => {});
  try {
    for await (const piece of inflater) yield piece;
  } catch (error) {
    throw error instanceof SpindleError ? error : damaged(error as Error);
  } finally {
    inflater.destroy();
  }
}
