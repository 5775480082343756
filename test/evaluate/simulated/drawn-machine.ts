/**
 * A machine and its sensor drawn at random from a seed: speed, levels, resonances, gear, bearing and sensor noise over
 * the ranges that small drives with cheap sensors have, none of them taken from a recording. Rates are low so that a
 * machine day costs a fraction of a second; everything scales with the rate.
 */
import { Random } from '../../../host/acquire/random.ts';
import { type SimulatorSettings, simulatorSettings } from '../../../host/acquire/simulator-settings.ts';
import type { FaultOrder } from '../../../host/types.ts';

/** Scans of one snapshot, and the time from one to the next. */
export const SNAPSHOT_SCANS = 1024;
export const INTERVAL_S = 60;
const RATES_HZ = [500, 1000, 2000] as const;

/** Random numbers in the forms that drawing a machine needs. */
export class Draw {
  readonly #random: Random;

  constructor(seed: number, stream: string) {
    this.#random = Random.stream(seed, stream);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.#random.uniform();
  }

  /** Every octave equally often. */
  logBetween(low: number, high: number): number {
    return low * (high / low) ** this.#random.uniform();
  }

  oneOf<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random.uniform() * items.length)];
  }

  sign(): number {
    return this.#random.uniform() < 0.5 ? -1 : 1;
  }
}

/** Balls take up 50 to 75 % of the pitch circle, as in catalogue bearings (6205: 58 %); no contact angle. */
function drawnBearing(draw: Draw): FaultOrder {
  const balls = draw.oneOf([7, 8, 9, 10, 12, 14, 16]);
  const ratio = (Math.PI * draw.between(0.5, 0.75)) / balls;
  const ftf = (1 - ratio) / 2;
  return { ftf, bpfo: balls * ftf, bpfi: balls * (1 - ftf), bsf: (1 - ratio * ratio) / (2 * ratio) };
}

/**
 * A sound machine at its nominal speed, without offset. Speed and load wander over 1 to 30 minutes: as many snapshots,
 * between which the machine of `snapshotsOf` stands still, or the time itself of a stream at `streamRateHz`.
 */
export function drawnMachine(seed: number, streamRateHz: number | null = null): SimulatorSettings {
  const draw = new Draw(seed, 'machine');
  const drawnRateHz = draw.oneOf(RATES_HZ);
  const sampleRateHz = streamRateHz ?? drawnRateHz;
  const minuteS = streamRateHz === null ? SNAPSHOT_SCANS / sampleRateHz : 60;
  const rpm = draw.logBetween(600, Math.min(3600, 0.06 * 60 * sampleRateHz));
  const shaftHz = rpm / 60;
  const noise = draw.logBetween(0.01, 0.3);
  const gains = (level: number): [number, number, number] => [
    level * noise,
    level * noise * draw.between(0.5, 1),
    level * noise * draw.between(0.3, 0.8),
  ];
  const order1 = noise * draw.logBetween(0.3, 3);
  // twice the mesh frequency must stay below half the rate
  const teeth = Math.max(5, Math.round((sampleRateHz * draw.between(0.08, 0.2)) / shaftHz));
  const mesh = draw.oneOf([0, noise * draw.logBetween(0.1, 1)]);
  const sensorNoiseG = noise * draw.logBetween(0.01, 1);
  return simulatorSettings({
    name: `machine ${seed}`,
    seed,
    sampleRateHz,
    axes: draw.oneOf([1, 3]),
    rpm,
    speedWander: draw.between(0.001, 0.01),
    speedWanderS: minuteS * draw.logBetween(1, 30),
    loadWander: draw.between(0.005, 0.05),
    loadWanderS: minuteS * draw.logBetween(1, 30),
    shaftG: [order1, order1 * draw.between(0.1, 0.6), order1 * draw.between(0.03, 0.3)],
    gear: { teeth, g: [mesh, 0.4 * mesh], modulation: draw.between(0.05, 0.3) },
    noiseG: gains(1),
    structure: [
      { hz: sampleRateHz * draw.between(0.06, 0.2), zeta: draw.between(0.02, 0.06), gain: gains(draw.between(0.3, 1)) },
      { hz: sampleRateHz * draw.between(0.2, 0.4), zeta: draw.between(0.02, 0.06), gain: gains(draw.between(0.3, 1)) },
    ],
    offsetG: [0, 0, 0],
    bearingName: 'drawn',
    faultOrder: drawnBearing(draw),
    fault: 'none',
    impactResponse: [{ hz: sampleRateHz * draw.between(0.26, 0.4), zeta: 0.03, gain: [1, 0.75, 0.5] }],
    sensorNoiseG,
    stepG: sensorNoiseG / 3,
  });
}

/** Rms g of the sound machine's broadband vibration on x, which fault sizes are told against. */
export function broadbandG({ noiseG, structure }: SimulatorSettings): number {
  return Math.sqrt(structure.reduce((sum, { gain }) => sum + gain[0] ** 2, noiseG[0] ** 2));
}
