/**
 * A host that does nothing but store and forward, as a process of its own that can be killed: the store thread of the
 * product, fed with numbered features. Prints JSON lines: what is durable, and how the uplink stands.
 * Arguments: data directory, frames a second, settings of the uplink as JSON (receiptKey in hex).
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { FromStore, StoreThreadSettings, UplinkSettings } from '../../host/store/messages.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';

const BEAT_MS = 50;
const [dataDir, perS, uplinkJson] = process.argv.slice(2);
const { receiptKey, ...given } = JSON.parse(uplinkJson) as Omit<UplinkSettings, 'receiptKey'> & { receiptKey?: string };
const uplink: UplinkSettings = {
  ...given,
  ...(receiptKey === undefined ? {} : { receiptKey: Uint8Array.from(Buffer.from(receiptKey, 'hex')) }),
};

/** Number of the last feature in the store, which its time tells; 0 in a new one. */
function lastFeature(): number {
  const database = new DatabaseSync(join(dataDir, 'spindle.db'), { readOnly: true });
  try {
    const row = database
      .prepare('SELECT mono_us us FROM frame WHERE kind = 1 ORDER BY epoch_id DESC, seq DESC LIMIT 1')
      .get();
    return ((row?.us as number | undefined) ?? 0) / 1_000_000;
  } finally {
    database.close();
  }
}

const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const worker = new Worker(new URL('../../host/forward/worker.ts', import.meta.url), {
  workerData: {
    dataDir,
    points: [{ id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' }],
    uplinks: [uplink],
    bootId: Uint8Array.from(randomBytes(8)),
    commit: { maxAgeMs: 20, maxBytes: 65_536 },
    heartbeatMs: 100,
  } satisfies StoreThreadSettings,
});

let next = 0;
let isFeeding = true;
worker.on('message', (message: FromStore) => {
  if (message.type === 'ready') {
    next = lastFeature() + 1;
    const timer = setInterval(() => {
      if (!isFeeding) clearInterval(timer);
      else feed(Math.max(1, Math.round((Number(perS) * BEAT_MS) / 1000)));
    }, BEAT_MS);
  } else if (message.type === 'committed') print({ durable: message.upTo });
  else if (message.type === 'error') print({ error: message.code, text: message.message });
  if (message.type === 'heartbeat' || message.type === 'stopped')
    print({ frames: message.status.frames, uplink: message.status.uplinks[0] });
});

/** The number of a feature is the token too: it ascends within this process. */
function feed(count: number): void {
  for (let n = 0; n < count; n++, next++)
    worker.postMessage({
      type: 'append',
      token: next,
      drafts: [featureDraft(next)],
      descriptors: [{ key: 'd', draft: descriptorDraft() }],
    });
}

process.stdin.on('data', (chunk) => {
  if (String(chunk).includes('quiet')) isFeeding = false;
});
