/**
 * A host that does nothing but store and forward, as a process of its own that can be killed: the store thread of the
 * product, fed with numbered features. Prints JSON lines: what is durable, and how the uplink stands.
 * Argument: UplinkHostSettings as JSON.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { FromStore, StoreThreadSettings, UplinkSettings } from '../../host/store/messages.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';
import { soakPoints } from './soak-points.ts';

export interface UplinkHostSettings {
  dataDir: string;
  framesPerS: number;
  points: number;
  commitMs: number;
  /** `receiptKey` in hex. */
  uplink: Omit<UplinkSettings, 'receiptKey'> & { receiptKey: string };
}

const BEAT_MS = 50;
const { dataDir, framesPerS, points, commitMs, uplink } = JSON.parse(process.argv[2]) as UplinkHostSettings;

/** Number of the last feature in the store, which its time tells; 0 in a new one. */
function lastFeature(): number {
  const database = new DatabaseSync(join(dataDir, 'spindle.db'), { readOnly: true });
  try {
    const row = database.prepare('SELECT mono_us us FROM frame WHERE kind = 1 ORDER BY id DESC LIMIT 1').get();
    return ((row?.us as number | undefined) ?? 0) / 1_000_000;
  } finally {
    database.close();
  }
}

const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const worker = new Worker(new URL('../../host/forward/worker.ts', import.meta.url), {
  workerData: {
    dataDir,
    points: soakPoints(points),
    uplinks: [{ ...uplink, receiptKey: Uint8Array.from(Buffer.from(uplink.receiptKey, 'hex')) }],
    bootId: Uint8Array.from(randomBytes(8)),
    commit: { maxAgeMs: commitMs, maxBytes: 65_536 },
    heartbeatMs: 100,
  } satisfies StoreThreadSettings,
});

let next = 0;
let isFeeding = true;
worker.on('message', (message: FromStore) => {
  if (message.type === 'ready') {
    next = lastFeature() + 1;
    const startMs = performance.now();
    let fed = 0;
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startMs) * framesPerS) / 1000);
      if (isFeeding) for (; fed < due; fed++) feed();
      else clearInterval(timer);
    }, BEAT_MS);
  } else if (message.type === 'committed') print({ durable: message.upTo });
  else if (message.type === 'error') print({ error: message.code, text: message.message });
  if (message.type === 'heartbeat' || message.type === 'stopped')
    print({ frames: message.status.frames, uplink: message.status.uplinks[0] });
});

/** The number of a feature is the token too: it ascends within this process. Its UTC is when it was made. */
function feed(): void {
  const point = 1 + (next % points);
  worker.postMessage({
    type: 'append',
    token: next,
    drafts: [{ ...featureDraft(next, point), utcUs: Date.now() * 1000 }],
    descriptors: [{ key: 'd', draft: descriptorDraft() }],
  });
  next++;
}

process.stdin.on('data', (chunk) => {
  if (String(chunk).includes('quiet')) isFeeding = false;
});
