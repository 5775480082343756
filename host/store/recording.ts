/**
 * Writes what a source yields as a recording: a chain of its own in the one file format. Samples go as int16 with a
 * scale where that gives back every one of them exactly, else as float32; host/acquire/recording.ts reads it.
 */
import { randomBytes } from 'node:crypto';
import type { Source } from '../acquire/source.ts';
import { chainStart } from '../frame/chain.ts';
import { sign1 } from '../frame/cose.ts';
import { FrameFileWriter } from '../frame/file.ts';
import { encodeFrame, frameMap, KEY } from '../frame/frame.ts';
import type { HostKey } from '../frame/key.ts';
import { checkpointPayload } from '../frame/walk.ts';
import type { FrameDraft, FrameKind, FrameValue, SourceEvent, SourceInfo } from '../types.ts';
import { findScale, toInt16 } from './quantise.ts';

const CHECKPOINT_FRAMES = 1024;
const POINT_ID = 0;

/** Frames of one recording: chained like a store's, with the source's clock and a bootId of the run. */
export class RecordingWriter {
  readonly #file: FrameFileWriter;
  readonly #key: HostKey;
  readonly #epoch = Uint8Array.from(randomBytes(8));
  readonly #bootId = Uint8Array.from(randomBytes(8));
  readonly #info: SourceInfo;
  readonly #scales: number[];
  #monoUs = 0;
  #unsigned = 0;
  samples = 0;

  /** @param path is overwritten */
  constructor(path: string, info: SourceInfo, key: HostKey) {
    this.#info = info;
    this.#key = key;
    this.#scales = info.channels.map(() => 1);
    const header = {
      hostId: key.hostId,
      epoch: this.#epoch,
      firstSeq: 0,
      lastSeq: null,
      hashBefore: chainStart(key.hostId, this.#epoch),
      filter: '',
      publicKey: key.publicKey,
    };
    this.#file = new FrameFileWriter(path, header, key);
    this.#frame('descriptor', null, describe(info));
  }

  get frames(): number {
    return this.#file.nextSeq;
  }
  get bytes(): number {
    return this.#file.bytesWritten;
  }

  event(event: SourceEvent): void {
    switch (event.kind) {
      case 'samples':
        this.#samples(event.firstSample, event.channels);
        break;
      case 'gap': {
        const end = event.firstSample + event.lostSamples;
        this.#moveTo(end);
        this.#frame(
          'gap',
          POINT_ID,
          new Map<number, FrameValue>([
            [40, event.cause],
            [41, event.firstSample],
            [42, end],
            [43, event.lostSamples],
          ]),
        );
        break;
      }
      case 'snapshotEnd':
        this.#frame('mark', POINT_ID, new Map([[100, 'snapshot-end']]));
        break;
      case 'inputs': {
        const body = new Map<number, FrameValue>([[100, 'inputs']]);
        if (event.rpm !== null) body.set(101, Float32Array.of(event.rpm));
        if (event.load !== null) body.set(102, Float32Array.of(event.load));
        this.#frame('mark', POINT_ID, body);
      }
    }
  }

  /** Signs and closes. */
  end(): void {
    this.#file.end();
  }

  /** Without a signature, after an error. Harmless after `end`. */
  close(): void {
    this.#file.close();
  }

  #samples(firstSample: number, channels: Float32Array[]): void {
    const count = channels[0].length;
    if (count === 0) return;
    this.#moveTo(firstSample + count);
    for (const [axis, samples] of channels.entries()) {
      const scale = findScale(samples, this.#scales[axis]);
      const body = new Map<number, FrameValue>([
        [21, scale === null ? samples : toInt16(samples, scale)],
        [23, Math.round(this.#info.sampleRateHz * 1000)],
        [24, axis],
        [44, firstSample],
      ]);
      if (scale !== null) {
        body.set(22, Float32Array.of(scale, 0));
        this.#scales[axis] = scale;
      }
      this.#frame('waveform', POINT_ID, body);
    }
    this.samples += count;
  }

  #moveTo(sample: number): void {
    this.#monoUs = Math.round((sample / this.#info.sampleRateHz) * 1e6);
  }

  #frame(kind: FrameKind, pointId: number | null, body: Map<number, FrameValue>): void {
    this.#mint(kind, pointId, body);
    if (++this.#unsigned < CHECKPOINT_FRAMES) return;
    this.#mint('checkpoint', null, new Map());
    this.#unsigned = 0;
  }

  #mint(kind: FrameKind, pointId: number | null, body: Map<number, FrameValue>): void {
    const { startUtcUs } = this.#info;
    const utcUs = startUtcUs === null ? null : startUtcUs + this.#monoUs;
    const draft: FrameDraft = { kind, pointId, monoUs: this.#monoUs, utcUs, descriptor: null, body, urgent: false };
    const map = frameMap(draft, {
      hostId: this.#key.hostId,
      epoch: this.#epoch,
      seq: this.#file.nextSeq,
      bootId: this.#bootId,
      descriptorSeq: kind === 'waveform' ? 0 : null,
    });
    if (kind === 'checkpoint') map.set(KEY.sign1, sign1(checkpointPayload(this.#file.hash, map), this.#key.privateKey));
    this.#file.frame(encodeFrame(map, kind));
  }
}

/** SourceInfo as a descriptor; real numbers as the shortest decimals that read back as the same. */
function describe(info: SourceInfo): Map<number, FrameValue> {
  const body = new Map<number, FrameValue>([
    [80, []],
    [81, []],
    [88, info.name],
    [89, info.channels.map((channel) => channel.name)],
    [90, info.channels.map((channel) => channel.unit)],
    [91, String(info.sampleRateHz)],
    [
      93,
      Object.entries(info.bearings).map(([name, order]) => [
        name,
        ...[order.bpfo, order.bpfi, order.bsf, order.ftf].map(String),
      ]),
    ],
    [95, info.channels.map((channel) => (channel.fullScale === undefined ? '' : String(channel.fullScale)))],
    [96, info.notes],
  ]);
  if (info.shaftRpm !== null) body.set(92, String(info.shaftRpm));
  if (info.snapshot) {
    const { samples, intervalS } = info.snapshot;
    body.set(94, intervalS === null ? [samples] : [samples, String(intervalS)]);
  }
  if (info.startUtcUs !== null) body.set(97, info.startUtcUs);
  if (info.sampleCount !== null) body.set(98, info.sampleCount);
  return body;
}

/**
 * Records a source until it ends or `signal` aborts.
 *
 * @throws what the source throws; the file then holds everything before, without its signature
 */
export async function recordSource(
  source: Source,
  path: string,
  key: HostKey,
  signal?: AbortSignal,
): Promise<{ samples: number; frames: number; bytes: number }> {
  const writer = new RecordingWriter(path, source.info, key);
  try {
    for await (const event of source.events(signal)) writer.event(event);
    writer.end();
    return { samples: writer.samples, frames: writer.frames, bytes: writer.bytes };
  } finally {
    writer.close();
  }
}
