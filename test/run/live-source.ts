/**
 * A sensor that waits for nobody: scans arrive by the wall clock in a ring of bounded size; what finds it full is lost
 * and counted. If anything blocks the thread that reads it for longer than the ring lasts, its gaps show it.
 */
import type { Source } from '../../host/acquire/source.ts';
import type { SourceEvent, SourceInfo } from '../../host/types.ts';

export class LiveSource implements Source {
  readonly info: SourceInfo;
  readonly isLive = true;
  readonly #ringS: number;
  readonly #endS: number;
  overrunSamples = 0;

  constructor(sampleRateHz: number, axes: number, ringS: number, endS: number) {
    this.#ringS = ringS;
    this.#endS = endS;
    this.info = {
      name: 'live',
      channels: ['x', 'y', 'z'].slice(0, axes).map((name) => ({ name, unit: 'g' })),
      sampleRateHz,
      shaftRpm: null,
      bearings: {},
      snapshot: null,
      sampleCount: null,
      startUtcUs: null,
      notes: [],
    };
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const { sampleRateHz, channels } = this.info;
    const startMs = performance.now();
    const ring = Math.floor(sampleRateHz * this.#ringS);
    let taken = 0;
    while (!signal?.aborted) {
      const elapsedS = Math.min(this.#endS, (performance.now() - startMs) / 1000);
      const produced = Math.floor(elapsedS * sampleRateHz);
      const lost = Math.max(0, produced - taken - ring);
      if (lost > 0) {
        this.overrunSamples += lost;
        yield { kind: 'gap', cause: 'overrun', firstSample: taken, lostSamples: lost };
        taken += lost;
      }
      if (produced > taken) {
        const first = taken;
        const data = channels.map((_, axis) =>
          Float32Array.from(
            { length: produced - first },
            (_, i) => Math.sin((first + i) * (0.1 + axis * 0.03)) + ((first + i) % 7) * 0.01,
          ),
        );
        taken = produced;
        yield { kind: 'samples', firstSample: first, channels: data };
      }
      if (elapsedS >= this.#endS) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {}
}
