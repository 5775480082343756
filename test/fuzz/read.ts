/** Reads a file to its end as a person's file would be, and judges whatever comes out of it. */
import * as assert from 'uvu/assert';
import { openSource } from '../../host/acquire/open.ts';
import { InputError } from '../../host/errors.ts';
import { fileOf } from '../acquire/folder.ts';

const MOST_SCANS = 65_536;

/** @throws AssertionError when anything but an InputError is thrown, or the source breaks its contract */
export async function survives(name: string, bytes: Uint8Array, unit?: string, rateHz?: number): Promise<void> {
  const path = fileOf(name, bytes);
  let source: Awaited<ReturnType<typeof openSource>> | null = null;
  try {
    source = await openSource(path, {
      ...(unit === undefined ? {} : { unit }),
      ...(rateHz === undefined ? {} : { sampleRateHz: rateHz }),
    });
    assert.ok(source.info.sampleRateHz > 0 && Number.isFinite(source.info.sampleRateHz));
    let next = 0;
    for await (const event of source.events()) {
      if (event.kind !== 'samples') continue;
      assert.is(event.firstSample, next);
      assert.is(event.channels.length, source.info.channels.length);
      assert.ok(event.channels.every((lane) => lane.length === event.channels[0].length));
      assert.ok(event.channels[0].length > 0 && event.channels[0].length <= MOST_SCANS);
      next += event.channels[0].length;
    }
  } catch (error) {
    if ((error as Error).name === 'Assertion') throw error;
    assert.instance(error, InputError, String((error as Error).stack));
    assert.match((error as Error).message, path.slice(0, path.lastIndexOf('.')), 'names the file');
  } finally {
    await source?.close();
  }
}

/** Bytes put over, taken out of and put into a good file. */
export interface Spot {
  at: number;
  remove: number;
  put: Uint8Array;
}

export function mutated(good: Uint8Array, spots: Spot[]): Uint8Array {
  let bytes = Buffer.from(good);
  for (const { at, remove, put } of spots) {
    const from = at % (bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + remove)]);
  }
  return bytes;
}
