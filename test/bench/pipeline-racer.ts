/**
 * The whole pipeline on one core: source, window, analyse, detect, alarm, frames, chain, committed in SQLite on a real
 * disk. Asked and answering as features_numpy.py. Usage: pipeline-racer.ts PLAN.json SIGNAL.f32 DATA-DIR
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Output, Pipeline } from '../../host/pipeline.ts';
import { descriptorOf, draftOf, type HostPoint } from '../../host/run/drafts.ts';
import { Store } from '../../host/store/store.ts';
import type { SourceInfo } from '../../host/types.ts';
import { MemorySource } from './stage-signal.ts';

const [planPath, signalPath, dataDir] = process.argv.slice(2);
const { info, learnSamples } = JSON.parse(readFileSync(planPath, 'utf8')) as { info: SourceInfo; learnSamples: number };
const bytes = readFileSync(signalPath);
const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const scans = floats.length / info.channels.length;
const axes = info.channels.map((_, i) => floats.subarray(i * scans, (i + 1) * scans));

class Racer {
  readonly #pipeline = new Pipeline(info, { learnSamples });
  readonly #source = new MemorySource({ info, axes }).events();
  readonly #store = Store.open({ dataDir, points: [{ id: 1, name: 'point', path: 'a/b/c/d/e/f' }] });
  readonly #point: HostPoint;

  constructor() {
    const { plans, settings, coreHash, kernel } = this.#pipeline;
    this.#point = { id: 1, plan: plans[0], info, bootId: new Uint8Array(8) };
    this.#store.describe('1', descriptorOf(this.#point, { settings: settings[0], coreHash, kernel, configHash: null }));
  }

  get kernel(): string {
    return this.#pipeline.kernel;
  }

  /** Machine time until every frame of it is durable. */
  async run(seconds: number): Promise<number> {
    let samples = 0;
    while (samples < seconds * info.sampleRateHz) {
      const event = (await this.#source.next()).value;
      if (event?.kind !== 'samples') continue;
      this.#keep(this.#pipeline.push(event));
      samples += event.channels[0].length;
    }
    this.#store.commit();
    return samples / info.sampleRateHz;
  }

  /** Commits when the store thread would: a second or 64 KiB. */
  #keep(outputs: Output[]): void {
    for (const output of outputs) this.#store.append(draftOf(this.#point, output));
    if (this.#store.checkpointDueMs() === 0) this.#store.checkpoint();
    else if (this.#store.commitDueMs() === 0) this.#store.commit();
  }

  close(): void {
    this.#store.finish();
    this.#store.close();
  }
}

/** Of the last of so many decisions from a fresh start. */
async function featuresOf(decisions: number): Promise<number[]> {
  const pipeline = new Pipeline(info, { learnSamples });
  for await (const event of new MemorySource({ info, axes }).events())
    for (const output of pipeline.push(event))
      if (output.kind === 'verdict' && --decisions === 0) return [...output.verdict.features];
  throw new Error('the source ended');
}

const racer = new Racer();
const answer = (values: object): void => void process.stdout.write(`${JSON.stringify(values)}\n`);
answer({ ready: `node ${process.versions.node}, ${racer.kernel} kernel` });
for await (const line of createInterface({ input: process.stdin })) {
  const [request, amount] = line.split(' ');
  if (request === 'features') answer({ features: await featuresOf(Number(amount)) });
  else {
    const startNs = process.hrtime.bigint();
    const machineS = await racer.run(Number(amount));
    answer({ machineS, ns: Number(process.hrtime.bigint() - startNs) });
  }
}
racer.close();
