/** Frames as plain objects for `decode`: from a file of the one format, or from a bare CBOR sequence as it is sent. */
import { decodeFrame, frameJson } from './frame.ts';
import { readItems } from './items.ts';

/**
 * One object a frame, in the order of the stream, under the field names of docs/frame.cddl. Label, header, digests and
 * signature of a file are left out and not checked: that is verify's work.
 *
 * @throws DamageError FILE_*, FRAME_*; everything yielded before stands
 */
export async function* decodeStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Record<string, unknown>> {
  let isHeader = false;
  for await (const item of readItems(chunks)) {
    if (item.type === 'map' && !isHeader) yield frameJson(decodeFrame(item.bytes));
    isHeader = item.type === 'label';
  }
}
