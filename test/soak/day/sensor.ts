/**
 * The simulated machine as a live sensor: scans come by the clock of the machine, whether or not they are read, into a
 * ring of RING_MS; what finds it full is lost and counted. It can be unplugged.
 */
import { Simulator } from '../../../host/acquire/simulator.ts';
import type { Source } from '../../../host/acquire/source.ts';
import { SpindleError } from '../../../host/errors.ts';
import type { SourceEvent, SourceInfo } from '../../../host/types.ts';
import { pause } from '../../../host/wait.ts';
import type { MachineClock } from './clock.ts';

/** Of real time, at any speed. */
const RING_MS = 5_000;
const POLL_MS = 20;
const MOST_SCANS = 65_536;

export class LiveSimulator implements Source {
  readonly isLive = true;
  readonly info: SourceInfo;
  readonly #machine: Simulator;
  readonly #clock: MachineClock;
  readonly #isPlugged: () => boolean;
  readonly #onOrigin: (machineS: number) => void;

  /** @param onOrigin told, before the first scan is given, which moment of the machine it is of */
  constructor(
    settings: { sampleRateHz: number; seed: number },
    clock: MachineClock,
    isPlugged: () => boolean,
    onOrigin: (machineS: number) => void,
  ) {
    this.#machine = new Simulator({ ...settings, axes: 1, blockScans: 256, fault: 'none' });
    this.info = this.#machine.info;
    this.#clock = clock;
    this.#isPlugged = isPlugged;
    this.#onOrigin = onOrigin;
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const { sampleRateHz } = this.info;
    const blocks = this.#machine.events(signal);
    const originS = this.#clock.nowS;
    this.#onOrigin(originS);
    for (let next = 0; !signal?.aborted; ) {
      if (!this.#isPlugged()) throw new SpindleError('SENSOR_UNPLUGGED', 'the sensor is unplugged');
      const produced = Math.floor((this.#clock.nowS - originS) * sampleRateHz);
      const lost = Math.floor((this.#clock.agoS(RING_MS) - originS) * sampleRateHz) - next;
      if (lost > 0) {
        yield { kind: 'gap', cause: 'overrun', firstSample: next, lostSamples: lost };
        next += lost;
      }
      const most = Math.min(produced, next + MOST_SCANS);
      while (next + 256 <= most) {
        const { value } = await blocks.next();
        if (!value) return;
        if (value.kind !== 'samples') continue;
        yield { ...value, firstSample: next };
        next += 256;
      }
      await pause(POLL_MS, signal);
    }
  }

  async close(): Promise<void> {
    await this.#machine.close();
  }
}
