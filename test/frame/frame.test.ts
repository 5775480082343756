import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DamageError } from '../../host/errors.ts';
import { decodeMap, encodeMap, FrameValueError } from '../../host/frame/codec.ts';
import { FIELDS } from '../../host/frame/fields.ts';
import { decodeFrame, encodeFrame, type FrameIdentity, frameJson, frameMap } from '../../host/frame/frame.ts';
import type { FrameKind, FrameValue } from '../../host/types.ts';
import { descriptorDraft, eventDraft, featureDraft } from '../support/frames.ts';

const frame = suite('frame.frame');
const id8 = (byte: number): Uint8Array => new Uint8Array(8).fill(byte);
const identity: FrameIdentity = { hostId: id8(1), epoch: id8(2), bootId: id8(3), seq: 9, descriptorSeq: 4 };

frame('carries identity, time and clock quality where the CDDL puts them', () => {
  const draft = { ...featureDraft(1), clock: 1, clockErrorUs: 500 };
  const { map } = decodeFrame(encodeFrame(frameMap(draft, identity), 'feature'));
  assert.equal([...map.keys()], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 25]);
  assert.equal([map.get(1), map.get(4), map.get(5), map.get(9), map.get(10), map.get(11)], [1, 9, 1, 1, 500, 4]);
});

frame('without UTC has neither clock nor error', () => {
  const { map } = decodeFrame(
    encodeFrame(frameMap(descriptorDraft(), { ...identity, descriptorSeq: null }), 'descriptor'),
  );
  assert.is(map.has(8) || map.has(9) || map.has(10), false);
});

frame('lists the fields of every kind in ascending key order, no key twice', () => {
  for (const fields of Object.values(FIELDS)) {
    const keys = fields.map((field) => field.key);
    assert.equal(
      keys,
      [...new Set(keys)].sort((a, b) => a - b),
    );
  }
});

frame('that lacks a required key is not written, and not read', () => {
  for (const kind of Object.keys(FIELDS) as FrameKind[]) {
    const whole = new Map<number, FrameValue>();
    for (const field of FIELDS[kind].filter((candidate) => candidate.required)) whole.set(field.key, 1);
    assert.throws(
      () => encodeFrame(whole, kind),
      (error: unknown) => error instanceof FrameValueError,
    );
  }
  const bytes = encodeFrame(frameMap(eventDraft(1), { ...identity, descriptorSeq: null }), 'event');
  for (const key of [2, 3, 4, 5, 7, 12, 30, 31, 32, 33]) {
    const map = decodeMap(bytes);
    map.delete(key);
    assert.throws(
      () => decodeFrame(encodeMap(map)),
      (error: unknown) => error instanceof DamageError && error.code === 'FRAME_FIELD',
      String(key),
    );
  }
});

frame('of a wrong type in a field is damage that names key and field', () => {
  const map = frameMap(eventDraft(1), { ...identity, descriptorSeq: null });
  map.set(33, 'seven');
  assert.throws(() => decodeFrame(encodeMap(map)), /key 33 \(alarmId\) is not an unsigned integer/);
});

frame('of another schema version is refused by name', () => {
  const map = frameMap(eventDraft(1), { ...identity, descriptorSeq: null });
  map.set(1, 2);
  assert.throws(
    () => decodeFrame(encodeMap(map)),
    (error: unknown) => error instanceof DamageError && error.code === 'FRAME_VERSION',
  );
});

frame('of a later kind keeps all its keys', () => {
  const map = frameMap(eventDraft(1), { ...identity, descriptorSeq: null });
  map.set(5, 17).set(200, 'new');
  const read = decodeFrame(encodeMap(map));
  assert.is(read.kind, null);
  assert.is(frameJson(read).kind, 17);
  assert.is(frameJson(read).key200, 'new');
});

frame('refuses a body that writes over its identity', () => {
  const draft = eventDraft(1);
  draft.body.set(4, 0);
  assert.throws(() => frameMap(draft, identity), /key 4 of the body/);
});

frame('reads as JSON under the names of the contract, bytes in hex, numbers as numbers', () => {
  const json = frameJson(decodeFrame(encodeFrame(frameMap(featureDraft(2), identity), 'feature')));
  assert.is(json.kind, 'feature');
  assert.is(json.hostId, '0101010101010101');
  assert.is(json.utcUs, 1_760_000_002_000_000);
  assert.equal((json.values as number[])[1], 2.0625);
  assert.equal(json.verdict, { state: 'normal', score: 0.25, why: [], start: 8192, length: 4096 });
});

frame.run();
