/** Peak memory and speed of a 1 GiB replay through the real command line, as a person would start it. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newFolder } from '../support/folder.ts';
import { spindle } from '../support/spindle.ts';
import type { StageSignal } from './stage-signal.ts';

const TRACE_BYTES = 2 ** 30;
const ROOM_BYTES = 1.2 * TRACE_BYTES;
const PROBE = new URL('peak-memory.ts', import.meta.url).href;

export interface BigReplay {
  traceBytes: number;
  /** Of the whole process, 10^6 bytes. */
  peakMB: number;
  /** Wall time from the start of the process to its end. */
  seconds: number;
  timesRealTime: number;
}

/** Null and the reason where there is no room for the trace. */
export async function bigReplay(stage: StageSignal): Promise<BigReplay | string> {
  const { bavail, bsize } = statfsSync(tmpdir());
  if (bavail * bsize < ROOM_BYTES) return `${tmpdir()} has no room for a trace of ${TRACE_BYTES} bytes`;
  const folder = newFolder('bench');
  try {
    const samples = writeTrace(folder, stage);
    const startedMs = performance.now();
    const args = ['replay', join(folder, 'big.json'), '--jsonl', join(folder, 'big.jsonl')];
    const { code, stderr } = await spindle(args, { env: { NODE_OPTIONS: `--import=${PROBE}` }, timeoutMs: 1_200_000 });
    const seconds = (performance.now() - startedMs) / 1000;
    if (code !== 0) throw new Error(`the replay of the big trace ended with ${code}: ${stderr}`);
    return {
      traceBytes: TRACE_BYTES,
      peakMB: peakMBIn(stderr),
      seconds,
      timesRealTime: samples / stage.info.sampleRateHz / seconds,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What peak-memory.ts said. */
export function peakMBIn(stderr: string): number {
  return (Number(/^peak-memory (\d+) KiB$/m.exec(stderr)?.[1]) * 1024) / 1e6;
}

/** The minute over and over, as float32 with its hash. @returns samples a channel */
function writeTrace(folder: string, { info, axes }: StageSignal): number {
  const scans = axes[0].length;
  const minute = new Float32Array(scans * axes.length);
  for (const [c, axis] of axes.entries()) for (const [i, value] of axis.entries()) minute[i * axes.length + c] = value;
  const bytes = Buffer.from(minute.buffer);
  const scanBytes = 4 * axes.length;
  const samples = Math.floor(TRACE_BYTES / scanBytes);
  const hash = createHash('sha256');
  const file = openSync(join(folder, 'big.bin'), 'w');
  for (let left = samples * scanBytes; left > 0; ) {
    const piece = bytes.subarray(0, Math.min(left, bytes.length));
    for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
    hash.update(piece);
    left -= piece.length;
  }
  closeSync(file);
  const { channels, sampleRateHz, shaftRpm, bearings } = info;
  const sidecar = { name: 'big', file: 'big.bin', encoding: 'float32le', samples, channels, sampleRateHz, shaftRpm };
  const sha256 = hash.digest('hex');
  writeFileSync(join(folder, 'big.json'), JSON.stringify({ ...sidecar, bearing: { orders: bearings[''] }, sha256 }));
  return samples;
}
