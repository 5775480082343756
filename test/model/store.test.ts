/** The same random sequences through the model and the real store: any difference is a failing seed. */
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeFrame } from '../../host/frame/frame.ts';
import { frameId, SEQS, seqOf } from '../../host/store/frame-id.ts';
import { writeHolds } from '../../host/store/holds.ts';
import { records } from '../../host/store/records.ts';
import { Room } from '../../host/store/room.ts';
import { DEFAULT_ROOM } from '../../host/store/room-settings.ts';
import type { Store } from '../../host/store/store.ts';
import { verifyPath, verifyText } from '../../host/store/verify.ts';
import { FRAME_KINDS, type FrameDraft } from '../../host/types.ts';
import { newFolder } from '../support/folder.ts';
import { eventDraft, featureDraft } from '../support/frames.ts';
import { open, stoppedClock } from '../support/store.ts';
import { type Kind, StoreModel } from './store-model.ts';

const model = suite('model.store');
const UPLINKS = ['plant', 'cloud'];
const RUNS = Number(process.env.SPINDLE_MODEL_RUNS ?? 40);

type Step =
  | { do: 'append'; kind: 'feature' | 'waveform' | 'event'; point: number; count: number }
  | { do: 'commit' | 'sign' | 'kill' | 'reconnect' | 'fail' }
  | { do: 'room'; folds: boolean }
  | { do: 'receipt'; uplink: string; share: number }
  | { do: 'hold'; point: number | null };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      kind: fc.constantFrom('feature' as const, 'feature' as const, 'waveform' as const, 'event' as const),
      point: fc.constantFrom(1, 2),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('receipt' as const),
      uplink: fc.constantFrom(...UPLINKS),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('room' as const), folds: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hold' as const), point: fc.constantFrom(null, 1, 2) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('commit' as const, 'sign' as const, 'kill' as const, 'reconnect' as const, 'fail' as const),
    }),
  },
);

function draft(kind: 'feature' | 'waveform' | 'event', n: number, point: number): FrameDraft {
  if (kind === 'event') return eventDraft(n, point);
  if (kind === 'feature') return featureDraft(n, point);
  const body = new Map<number, never>([
    [21, Int16Array.of(n)],
    [23, 1000],
    [24, 0],
    [44, n],
  ] as never);
  return { ...featureDraft(n, point), kind, body };
}

/** The real store, its maker of room, and a disk that can be told to fail. */
class Real {
  store!: Store;
  room!: Room;
  readonly dataDir = newFolder('model');
  readonly #clock = stoppedClock();
  fails = false;

  open(): void {
    const beforeCommit = (): void => {
      if (this.fails) throw new Error('full');
    };
    this.store = open(this.dataDir, { clock: this.#clock, beforeCommit });
    assert.not.match(this.store.warnings.join(), /damaged/);
    this.room = new Room(this.store, { ...DEFAULT_ROOM, budgetBytes: 1, uplinks: UPLINKS });
  }

  /** Until something has left: a step may also only fold digests, at a budget of nothing all that it can. */
  makeRoom(folds: boolean): void {
    const settings = { ...DEFAULT_ROOM, budgetBytes: this.room.usedBytes - 1, uplinks: UPLINKS };
    const room = folds ? this.room : new Room(this.store, settings);
    const dropped = (): number => room.droppedSent + room.droppedUnsent;
    const before = dropped();
    while (room.step() && dropped() === before);
  }

  cursors(): Map<string, number> {
    return new Map(UPLINKS.map((name) => [name, this.store.cursor(name).nextSeq]));
  }

  /** Of every record: its kind, or null where only its digest or less is left. */
  kinds(): (Kind | null)[] {
    const names = new Map(Object.entries(FRAME_KINDS).map(([name, number]) => [number as number, name as Kind]));
    const kinds: (Kind | null)[] = [];
    for (const { seq, kind, folded } of records(this.store.database, 1, 0, SEQS - 1)) {
      assert.is(seq, kinds.length);
      if (folded > 0) kinds.push(...Array.from({ length: folded }, () => null));
      else kinds.push(kind === null ? null : names.get(kind)!);
    }
    return kinds;
  }

  foldedAt(): Set<number> {
    const runs = this.store.database.prepare('SELECT id FROM dropped WHERE digests IS NULL').all();
    return new Set(runs.map(({ id }) => seqOf(id as number)));
  }

  /** Seqs that the gaps from `first` on name. */
  named(first: number): number[] {
    const rows = this.store.database
      .prepare('SELECT bytes FROM frame WHERE kind <> 1 AND kind = 4 AND id >= ? ORDER BY id')
      .all(frameId(1, first));
    const runs = rows.map(({ bytes }) => decodeFrame(bytes as Uint8Array).map.get(44) as [number, number]);
    return runs.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => from + n));
  }
}

function play(steps: Step[]): Real {
  const real = new Real();
  const wanted = new StoreModel(UPLINKS);
  let n = 0;
  real.open();
  wanted.open();
  for (const one of steps) {
    if (one.do === 'append')
      for (let i = 0; i < one.count; i++) {
        real.store.append(draft(one.kind, ++n, one.point));
        wanted.append(one.kind, one.point);
      }
    else if (one.do === 'receipt') {
      // a far side never has more than was committed, and says again what it said before
      const seq = Math.floor(one.share * wanted.committed.length);
      wanted.receipt(one.uplink, seq);
      const { nextSeq } = real.store.cursor(one.uplink);
      if (seq > nextSeq) real.store.setCursor(one.uplink, 1, seq);
    } else if (one.do === 'hold') {
      wanted.held = one.point;
      const hold = { by: 'A', reason: 'claim', sinceUtcUs: 0, fromUtcUs: null, toUtcUs: null };
      const name = one.point === 1 ? 'pump' : 'fan';
      writeHolds(real.dataDir, one.point === null ? [] : [{ ...hold, name, point: name }]);
    } else if (one.do === 'room') {
      const { commits, nextSeq } = real.store;
      real.makeRoom(one.folds);
      wanted.foldedAt = real.foldedAt();
      // a maker of room that is new has said nothing yet
      const { dropping } = wanted;
      if (!one.folds) wanted.dropping = null;
      const seqs = wanted.makeRoom();
      if (!one.folds) wanted.dropping = dropping;
      // folding digests is a commit too
      if (seqs.length === 0 && real.store.commits > commits) wanted.folded();
      if (seqs.length > 0) assert.equal(real.named(nextSeq), seqs, 'gaps name just what left');
    } else if (one.do === 'fail') {
      real.fails = true;
      assert.throws(() => real.store.commit(), /full/);
      real.fails = false;
    } else if (one.do === 'kill' || one.do === 'reconnect') {
      if (one.do === 'reconnect') {
        real.store.finish();
        wanted.finish();
      }
      real.store.close();
      real.open();
      wanted.kill(real.cursors());
      wanted.open();
    } else if (one.do === 'sign') {
      real.store.checkpoint();
      wanted.sign();
    } else {
      real.store.commit();
      wanted.commit();
    }
    assert.is(real.store.nextSeq, wanted.nextSeq);
    assert.is(real.store.committedFrames, wanted.committed.length);
    assert.equal(
      real.kinds(),
      wanted.committed.map(({ kind, isDropped }) => (isDropped ? null : kind)),
    );
    for (const [uplink, { now }] of wanted.cursors) assert.is(real.store.cursor(uplink).nextSeq, now);
  }
  return real;
}

model('of committed, receipted, droppable and dropped does what the store does, over any sequence', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), async (steps) => {
      const real = play(steps);
      real.store.finish();
      real.store.close();
      const report = await verifyPath(real.dataDir);
      assert.ok(report.ok, verifyText(report));
      rmSync(real.dataDir, { recursive: true });
    }),
    { numRuns: RUNS },
  );
});

model.run();
