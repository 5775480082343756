/** A whole source in memory, for comparing; only for short ones. */
import type { Source } from '../../host/acquire/source.ts';
import type { SourceEvent } from '../../host/types.ts';

export interface Reading {
  channels: Float32Array[];
  /** Scan counts at which a snapshot ended. */
  snapshotEnds: number[];
  kinds: SourceEvent['kind'][];
}

export async function readOn(source: Source): Promise<Reading> {
  const blocks: Float32Array[][] = source.info.channels.map(() => []);
  const reading: Reading = { channels: [], snapshotEnds: [], kinds: [] };
  let scans = 0;
  for await (const event of source.events()) {
    reading.kinds.push(event.kind);
    if (event.kind === 'snapshotEnd') reading.snapshotEnds.push(scans);
    if (event.kind !== 'samples') continue;
    for (const [channel, lane] of event.channels.entries()) blocks[channel].push(lane);
    scans += event.channels[0].length;
  }
  reading.channels = blocks.map((lanes) => joined(lanes));
  return reading;
}

/** Opens, reads, closes. */
export async function readAll(opening: Promise<Source>): Promise<Reading> {
  const source = await opening;
  try {
    return await readOn(source);
  } finally {
    await source.close();
  }
}

export function joined(parts: Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The error that a promise rejects with; fails when it does not. */
export async function failure(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('wanted an error, got none');
}
