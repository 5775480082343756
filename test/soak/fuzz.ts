/**
 * Decoders of recordings and of the configuration under nearly good input: each is taken or refused in its own words.
 * Counts inputs, what was taken, the slowest one and the memory that stays.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { Random } from '../../host/acquire/random.ts';
import { openRecording } from '../../host/acquire/recording.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import { parseConfig } from '../../host/config.ts';
import { DamageError, InputError } from '../../host/errors.ts';
import { encodeMap } from '../../host/frame/codec.ts';
import { decodeFrame, encodeFrame, frameMap } from '../../host/frame/frame.ts';
import { decodeHeader } from '../../host/frame/header.ts';
import { FILE_LABEL } from '../../host/frame/items.ts';
import { newHostKey } from '../../host/frame/key.ts';
import { itemEnd } from '../../host/frame/profile.ts';
import { splitSequence } from '../../host/frame/sequence.ts';
import { recordSource } from '../../host/store/recording.ts';
import { YAML_PIECES } from '../fuzz/yaml-pieces.ts';
import { anyDraft, DRAFT_KINDS } from '../support/frames.ts';
import { plantYaml } from '../support/plant.ts';
import { below, nearlyGood, oneOf } from './fuzz-bytes.ts';

export interface FuzzResult {
  target: string;
  inputs: number;
  /** Inputs that were good all the same. */
  taken: number;
  seconds: number;
  slowestMs: number;
  /** Heap and buffers after it, less before it. */
  grownBytes: number;
}

/** Throws what its decoder throws. */
type Target = (random: Random) => void | Promise<void>;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What a decoder may throw. Anything else is a defect, and so is a frame that is taken and is not its own encoding. */
const isRefusal = (error: unknown): boolean => error instanceof DamageError || error instanceof InputError;

const IDENTITY = {
  hostId: new Uint8Array(8).fill(1),
  epoch: new Uint8Array(8).fill(2),
  seq: 7,
  bootId: new Uint8Array(8).fill(3),
  descriptorSeq: null,
};

function goodFrames(seed: number): Uint8Array[] {
  return DRAFT_KINDS.flatMap((kind) =>
    fc.sample(anyDraft(kind), { numRuns: 20, seed }).map((draft) => {
      const needs = kind === 'feature' || kind === 'waveform';
      return encodeFrame(frameMap(draft, { ...IDENTITY, descriptorSeq: needs ? 1 : null }), kind);
    }),
  );
}

async function recordingBytes(folder: string, axes: 1 | 3): Promise<Uint8Array> {
  const path = join(folder, `good-${axes}.spindle`);
  await recordSource(new Simulator({ durationS: 0.05, axes, sampleRateHz: 3200, blockScans: 32 }), path, newHostKey());
  return readFileSync(path);
}

function nearlyGoodText(goods: readonly string[], random: Random): string {
  let text = oneOf(random, goods);
  for (let changes = 1 + below(random, 4); changes > 0; changes--) {
    const at = below(random, text.length + 1);
    text = text.slice(0, at) + oneOf(random, YAML_PIECES) + text.slice(at + below(random, 12));
  }
  return text;
}

/** The targets by name; `end` removes what they have written. */
export async function fuzzTargets(seed: number): Promise<{ targets: Map<string, Target>; end(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-fuzz-'));
  const frames = goodFrames(seed);
  const recordings = [await recordingBytes(folder, 1), await recordingBytes(folder, 3)];
  const headers = recordings.map((bytes) => bytes.subarray(FILE_LABEL.length, itemEnd(bytes, FILE_LABEL.length)!));
  const example = readFileSync(new URL('../../docs/spindle.example.yaml', import.meta.url), 'utf8');
  const configs = [plantYaml({ uplink: '{ name: up, url: "mqtt://127.0.0.1:1883" }' }), plantYaml(), example];
  const path = join(folder, 'fuzz.spindle');
  const targets = new Map<string, Target>([
    [
      'frame',
      (random) => {
        const bytes = nearlyGood(frames, random);
        const { map } = decodeFrame(bytes);
        if (Buffer.compare(encodeMap(map), bytes) !== 0)
          throw new Error(`${hex(bytes)}: taken, and not its own encoding`);
      },
    ],
    ['header', (random) => void decodeHeader(nearlyGood(headers, random))],
    [
      'sequence',
      (random) => {
        const bytes = nearlyGood([Buffer.concat([oneOf(random, frames), oneOf(random, frames)])], random);
        const parts = splitSequence(bytes);
        if (parts.reduce((sum, { length }) => sum + length, 0) !== bytes.length)
          throw new Error(`${hex(bytes)}: not whole`);
      },
    ],
    [
      'recording',
      async (random) => {
        writeFileSync(path, nearlyGood(recordings, random));
        const source = await openRecording(path);
        try {
          for await (const event of source.events())
            if (event.kind === 'samples' && event.channels[0].length > 65_536)
              throw new Error('a block that is too long');
        } finally {
          await source.close();
        }
      },
    ],
    ['config', (random) => void parseConfig(nearlyGoodText(configs, random), 'fuzz.yaml')],
  ]);
  return { targets, end: () => rmSync(folder, { recursive: true, force: true }) };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').slice(0, 400);

/**
 * @throws Error that names target, seed and number of the input, with the defect as its cause
 */
export async function fuzz(
  name: string,
  target: Target,
  inputs: number,
  seed: number,
  told?: (inputs: number) => void,
): Promise<FuzzResult> {
  const random = Random.stream(seed, `fuzz ${name}`);
  const startMs = performance.now();
  const before = heldBytes();
  let taken = 0;
  let slowestMs = 0;
  for (let input = 0; input < inputs; input++) {
    const fromMs = performance.now();
    try {
      const pending = target(random);
      if (pending) await pending;
      taken++;
    } catch (error) {
      if (!isRefusal(error)) throw new Error(`${name}: seed ${seed}, input ${input}: ${error}`, { cause: error });
    }
    slowestMs = Math.max(slowestMs, performance.now() - fromMs);
    if (input % 10_000 === 0) {
      await new Promise(setImmediate); // what is to be collected is, and a person may end it
      told?.(input);
    }
  }
  const seconds = (performance.now() - startMs) / 1000;
  return { target: name, inputs, taken, seconds, slowestMs, grownBytes: heldBytes() - before };
}

function heldBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
