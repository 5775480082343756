/** Frames from a file or from stdin, whichever form they come in. A file of the one format is checked as it is read. */
import { closeSync, createReadStream, readSync } from 'node:fs';
import { DamageError, InputError } from '../errors.ts';
import { openRegular } from '../file-kind.ts';
import { FrameFileReader } from '../frame/file.ts';
import { decodeFrame, frameJson } from '../frame/frame.ts';
import { FILE_LABEL, readItems } from '../frame/items.ts';

/**
 * @param path `-` is stdin: decoded, its chain is not checked
 * @yields frames in order, as plain objects; null for one of which only the digest is there
 * @throws InputError `FILE_READ`; DamageError, everything yielded before stands
 */
export async function* readFrames(path: string): AsyncGenerator<Record<string, unknown> | null> {
  if (path !== '-' && hasLabel(path)) {
    const reader = await FrameFileReader.open(path);
    for await (const { frame } of reader.records()) yield frame && frameJson(frame);
    return;
  }
  yield* bareFrames(path === '-' ? process.stdin : createReadStream(path));
}

/** A pipe may carry a whole file all the same: its label, header and signature are passed over. */
async function* bareFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Record<string, unknown> | null> {
  let isHeader = false;
  let count = 0;
  for await (const { type, bytes } of readItems(chunks)) {
    if (type === 'digest') yield null;
    else if (type === 'map' && !isHeader) {
      yield frameJson(decodeFrame(bytes));
      count++;
    }
    isHeader = type === 'label';
  }
  if (count === 0) throw new DamageError('FRAME_NONE', 'got no frame, wanted a CBOR sequence of frames');
}

function hasLabel(path: string): boolean {
  const refuse = (why: string, cause?: unknown): InputError =>
    new InputError('FILE_READ', `${path}: ${why}; - is stdin; nothing was decoded`, { cause });
  const file = openRegular(path, refuse);
  try {
    const start = Buffer.alloc(FILE_LABEL.length);
    return readSync(file, start) === start.length && start.equals(FILE_LABEL);
  } finally {
    closeSync(file);
  }
}
