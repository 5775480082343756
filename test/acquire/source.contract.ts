/** What every Source promises (host/acquire/source.ts), as tests that run over any of them. */
import { readdirSync } from 'node:fs';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { release } from '../../host/acquire/release.ts';
import type { Source } from '../../host/acquire/source.ts';
import { type SourceEvent, UNITS } from '../../host/types.ts';

export interface Subject {
  /** A source of more than one block. */
  open: () => Promise<Source>;
  channels: number;
  scans: number;
  /** Samples of a snapshot; 0: none. */
  snapshotScans: number;
}

const MAX_SCANS = 65_536;

function openFiles(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

/** Registers the contract's tests for one kind of source. */
export function holdsContract(test: Test, name: string, subject: Subject): void {
  const using = async (run: (source: Source) => Promise<void>): Promise<void> => {
    const source = await subject.open();
    try {
      await run(source);
    } finally {
      await source.close();
    }
  };

  test(`${name}: info is complete before the first event`, () =>
    using(async ({ info }) => {
      assert.ok(info.name.length > 0);
      assert.is(info.channels.length, subject.channels);
      assert.is(new Set(info.channels.map((channel) => channel.name)).size, subject.channels);
      for (const channel of info.channels) {
        assert.ok(channel.name.length > 0);
        assert.ok(UNITS.includes(channel.unit));
      }
      assert.ok(Number.isFinite(info.sampleRateHz) && info.sampleRateHz > 0);
      assert.ok(info.sampleCount === null || info.sampleCount === subject.scans);
      assert.is(info.snapshot?.samples ?? 0, subject.snapshotScans);
    }));

  test(`${name}: every scan comes once, in order, in blocks of at most 65 536, cut at snapshot ends`, () =>
    using(async (source) => {
      let next = 0;
      let ends = 0;
      for await (const event of source.events()) {
        if (event.kind === 'snapshotEnd') {
          ends++;
          assert.is(next, ends * subject.snapshotScans);
        } else if (event.kind === 'gap') {
          assert.is(event.firstSample, next);
          next += event.lostSamples;
        } else if (event.kind === 'samples') {
          assert.is(event.firstSample, next);
          assert.is(event.channels.length, subject.channels);
          const scans = event.channels[0].length;
          assert.ok(scans > 0 && scans <= MAX_SCANS);
          assert.ok(event.channels.every((lane) => lane instanceof Float32Array && lane.length === scans));
          if (subject.snapshotScans > 0) assert.ok((next % subject.snapshotScans) + scans <= subject.snapshotScans);
          next += scans;
        }
      }
      assert.is(next, subject.scans);
      assert.is(ends, subject.snapshotScans > 0 ? subject.scans / subject.snapshotScans : 0);
    }));

  test(`${name}: what was yielded belongs to the receiver`, () =>
    using(async (source) => {
      const kept: { lane: Float32Array; copy: Float32Array }[] = [];
      const buffers = new Set<ArrayBufferLike>();
      for await (const event of source.events()) {
        if (event.kind !== 'samples') continue;
        for (const lane of event.channels) {
          kept.push({ lane, copy: lane.slice() });
          buffers.add(lane.buffer);
        }
      }
      assert.is(buffers.size, kept.length);
      assert.ok(kept.every(({ lane, copy }) => Buffer.from(lane.buffer).equals(Buffer.from(copy.buffer))));
    }));

  test(`${name}: goes on rightly when the receiver gives the memory of each block back`, () =>
    using(async (source) => {
      let next = 0;
      for await (const event of source.events()) {
        if (event.kind === 'gap') next += event.lostSamples;
        if (event.kind !== 'samples') continue;
        assert.is(event.firstSample, next);
        next += event.channels[0].length;
        release(event.channels);
        assert.ok(event.channels.every((lane) => lane.length === 0));
      }
      assert.is(next, subject.scans);
    }));

  test(`${name}: gives nothing when aborted before, and ends soon when aborted on the way`, () =>
    using(async (source) => {
      for await (const event of source.events(AbortSignal.abort()))
        assert.unreachable(`got ${event.kind} after the abort`);
      const abort = new AbortController();
      const after: SourceEvent[] = [];
      for await (const event of source.events(abort.signal)) {
        if (abort.signal.aborted) after.push(event);
        abort.abort();
      }
      assert.ok(after.length <= 1, `got ${after.length} events after the abort`);
    }));

  test(`${name}: closes at any time, more than once, and frees what it opened`, async () => {
    const before = openFiles();
    const unread = await subject.open();
    await unread.close();
    await unread.close();

    const halfRead = await subject.open();
    for await (const event of halfRead.events()) if (event.kind === 'samples') await halfRead.close();

    const abandoned = await subject.open();
    const events = abandoned.events();
    await events.next();
    await abandoned.close();

    const left = await subject.open();
    for await (const event of left.events()) if (event.kind === 'samples') break;
    await left.close();
    assert.is(openFiles(), before);
  });
}
