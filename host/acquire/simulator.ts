/**
 * The simulated machine as a Source: as fast as its reader takes blocks, the same samples for the same settings whatever
 * the block size, endless unless a duration is set, in memory of a few blocks. All choices: simulator-settings.ts.
 */
import { setImmediate } from 'node:timers/promises';
import type { SourceEvent, SourceInfo } from '../types.ts';
import { isHeard, Machine } from './machine.ts';
import { SimulatedSensor } from './simulated-sensor.ts';
import { type SimulatorSettings, simulatorSettings } from './simulator-settings.ts';
import type { Source } from './source.ts';

const AXES = ['x', 'y', 'z'];

export class Simulator implements Source {
  readonly info: SourceInfo;
  readonly settings: SimulatorSettings;
  private closed = false;

  /** @throws InputError `SIMULATOR_SETTING` */
  constructor(overrides: Partial<SimulatorSettings> = {}) {
    const settings = simulatorSettings(overrides);
    this.settings = settings;
    const unheard = [...settings.structure, ...settings.impactResponse].filter(
      (resonance) => !isHeard(resonance, settings.sampleRateHz),
    );
    this.info = {
      name: settings.name,
      channels: AXES.slice(0, settings.axes).map((name) => ({ name, unit: 'g', fullScale: settings.fullScaleG })),
      sampleRateHz: settings.sampleRateHz,
      shaftRpm: settings.rpm,
      bearings: { '': settings.faultOrder },
      snapshot: null,
      sampleCount: settings.durationS === null ? null : Math.round(settings.durationS * settings.sampleRateHz),
      startUtcUs: null,
      notes: [
        `simulated: bearing ${settings.bearingName}, fault ${settings.fault}, seed ${settings.seed}`,
        ...unheard.map(({ hz }) => `the resonance at ${hz} Hz is above 0.45 of the sample rate: not in the signal`),
      ],
    };
  }

  /** Each call starts the machine anew. Lets the event loop turn once a block, so that `signal` can be seen. */
  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const { settings } = this;
    const machine = new Machine(settings);
    const sensors = Array.from({ length: settings.axes }, (_, axis) => new SimulatedSensor(settings, axis));
    const accelG = sensors.map(() => new Float64Array(settings.blockScans));
    const endScan = this.info.sampleCount ?? Number.POSITIVE_INFINITY;
    let toldS = -1;
    for (let firstSample = 0; firstSample < endScan; firstSample += settings.blockScans) {
      await setImmediate();
      if (this.closed || signal?.aborted) return;
      const second = Math.floor(firstSample / settings.sampleRateHz);
      if (settings.tacho && second !== toldS) {
        toldS = second;
        yield { kind: 'inputs', ...machine.inputs };
      }
      const count = Math.min(settings.blockScans, endScan - firstSample);
      machine.render(accelG, count);
      const channels = sensors.map((sensor, axis) => sensor.measure(accelG[axis], count, firstSample));
      yield { kind: 'samples', firstSample, channels };
    }
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
