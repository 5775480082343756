/** An accelerometer as data sheets describe one: noise floor, clipping, steps; and three ways in which it fails. */
import { Gaussian } from './gaussian.ts';
import { Random } from './random.ts';
import type { SimulatorSettings } from './simulator-settings.ts';

/** An amplifier gone wrong: so much gain that any running machine clips. */
const OVERDRIVE = 500;

export class SimulatedSensor {
  private readonly settings: SimulatorSettings;
  private readonly axis: number;
  private readonly noise: Gaussian;
  private stuckAt: number | null = null;

  constructor(settings: SimulatorSettings, axis: number) {
    this.settings = settings;
    this.axis = axis;
    this.noise = new Gaussian(Random.stream(settings.seed, `sensor ${axis}`));
  }

  /** Measures accelG[0..count), the first of which is scan number `firstScan` of the stream. */
  measure(accelG: Float64Array, count: number, firstScan: number): Float32Array {
    const { sensorFault, sensorFaultStartS, sampleRateHz, sensorNoiseG, offsetG } = this.settings;
    const measured = new Float32Array(count);
    const failsAt = sensorFault === null ? count : Math.ceil(sensorFaultStartS * sampleRateHz) - firstScan;
    for (let i = 0; i < count; i++) {
      const noise = this.noise.next();
      const sound = accelG[i] + sensorNoiseG * noise;
      if (i < failsAt) measured[i] = this.digitise(sound);
      else if (sensorFault === 'stuck') measured[i] = this.stuckAt ??= this.digitise(sound);
      else if (sensorFault === 'clipped') measured[i] = this.digitise(OVERDRIVE * (sound - offsetG[this.axis]));
      else measured[i] = this.digitise(0.4 * this.settings.stepG * noise); // an open input: the last bit flickers
    }
    return measured;
  }

  private digitise(accelG: number): number {
    const { fullScaleG, stepG } = this.settings;
    const limited = Math.max(-fullScaleG, Math.min(fullScaleG, accelG));
    return stepG > 0 ? Math.round(limited / stepG) * stepG : limited;
  }
}
