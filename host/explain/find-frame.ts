/** Finds the frame that a person means: `DIR#SEQ`, `EXPORT#SEQ`, or `DIR` for its newest alarm. */
import { statSync } from 'node:fs';
import { DamageError, InputError } from '../errors.ts';
import { FrameFileReader } from '../frame/file.ts';
import type { Frame } from '../frame/frame.ts';
import { StoreReader } from '../store/reader.ts';
import { isBroken } from '../store/schema.ts';
import type { FoundFrame } from './of-frame.ts';

/** Events of a point that are looked through for its last change of state. */
const LOOKED = 64;

/** @returns null for what names no frame: a recording then */
export function frameRecord(record: string): { path: string; seq: number | null } | null {
  const found = /^(.+)#(\d{1,15})$/.exec(record);
  if (found) return { path: found[1], seq: Number(found[2]) };
  return isDirectory(record) ? { path: record, seq: null } : null;
}

/** @throws InputError EXPLAIN_FRAME, STORE_MISSING, FILE_READ; DamageError for a damaged store or export */
export async function findFrame(record: string, path: string, seq: number | null): Promise<FoundFrame> {
  if (!isDirectory(path)) return inExport(record, path, seq ?? 0);
  const reader = new StoreReader(path);
  try {
    return inStore(reader, record, seq);
  } catch (cause) {
    if (!isBroken(cause)) throw cause;
    throw new DamageError(
      'STORE_CORRUPT',
      `${path}: is no sound store (SQLite: ${(cause as Error).message}); run verify`,
      {
        cause,
      },
    );
  } finally {
    reader.close();
  }
}

function inStore(reader: StoreReader, record: string, seq: number | null): FoundFrame {
  const epoch = reader.epochs().at(-1);
  if (!epoch || epoch.frames === 0) throw refused(record, 'the store has no frames');
  const at = (wanted: number): Frame | null =>
    reader.frames({ epochId: epoch.id, fromSeq: wanted, toSeq: wanted }).frames[0] ?? null;
  const named = seq === null ? (newestAlarm(reader, epoch.id) ?? fail(record)) : at(seq);
  if (!named) throw refused(record, `frame ${seq} is not there; the epoch has frames 0 to ${epoch.frames - 1}`);
  const feature = featureOf(record, named, at);
  const descriptor = at(feature.descriptorSeq ?? -1);
  if (!descriptor) throw refused(record, `its descriptor ${feature.descriptorSeq} is not there`);
  // the event of a decision stands right behind its frame
  const events = reader.events({
    epochId: epoch.id,
    pointId: feature.pointId!,
    beforeSeq: feature.seq + LOOKED,
    limit: 2 * LOOKED,
  });
  return { record: seq === null ? `${record}#${feature.seq}` : record, feature, descriptor, events };
}

function newestAlarm(reader: StoreReader, epochId: number): Frame | null {
  const alarms = reader.events({ epochId, limit: 5000 });
  return (
    alarms.find(({ map }) => map.get(30) === 'state' && ['alert', 'danger'].includes(map.get(32) as string)) ?? null
  );
}

function fail(record: string): never {
  throw refused(record, 'no alarm is in the store; name a frame as DIR#SEQ');
}

async function inExport(record: string, path: string, seq: number): Promise<FoundFrame> {
  try {
    statSync(path);
  } catch (cause) {
    throw new InputError('FILE_READ', `${path}: cannot be read: ${(cause as Error).message}; nothing was explained`, {
      cause,
    });
  }
  const reader = await FrameFileReader.open(path);
  const features = new Map<number, Frame>();
  const descriptors = new Map<number, Frame>();
  const events: Frame[] = [];
  let named: Frame | null = null;
  try {
    for await (const { seq: at, frame } of reader.records()) {
      if (frame?.kind === 'descriptor') descriptors.set(at, frame);
      if (frame?.kind === 'event') events.unshift(frame);
      if (frame?.kind === 'feature') features.set(at, frame);
      if (features.size > LOOKED) features.delete(features.keys().next().value!);
      if (at === seq) named = frame;
      if (at > seq + LOOKED) break;
    }
  } finally {
    await reader.close();
  }
  if (!named) throw refused(record, `frame ${seq} is not in this file, or only its digest is`);
  const feature = featureOf(record, named, (wanted) => features.get(wanted) ?? null);
  const descriptor = descriptors.get(feature.descriptorSeq ?? -1);
  if (!descriptor) throw refused(record, `its descriptor ${feature.descriptorSeq} is not in this file`);
  const own = events.filter(({ pointId }) => pointId === feature.pointId);
  return { record, feature, descriptor, events: own };
}

/** A feature frame itself; of an event, the one that decided. */
function featureOf(record: string, frame: Frame, at: (seq: number) => Frame | null): Frame {
  if (frame.kind === 'feature') return frame;
  const cause = frame.kind === 'event' ? (frame.map.get(34) as number | undefined) : undefined;
  const feature = cause === undefined ? null : at(cause);
  if (feature?.kind === 'feature') return feature;
  const what =
    frame.kind === 'event'
      ? 'an event whose deciding frame is not there'
      : `a frame of kind ${frame.kind ?? 'unknown'}`;
  throw refused(record, `frame ${frame.seq} is ${what}, wanted a feature or an event`);
}

function refused(record: string, why: string): InputError {
  return new InputError('EXPLAIN_FRAME', `${record}: ${why}; nothing was explained`);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
