/**
 * Everything that can be chosen about the simulated machine, and the machine that ships: a fan-sized induction drive at
 * 1775 rpm with a 23-tooth gear on a 6205, whose outer race starts to spall after a minute. The noise is set so that the
 * fault stays hidden from level and kurtosis for its first minutes (test/acquire/simulator.test.ts holds that).
 */
import { InputError } from '../errors.ts';
import type { FaultOrder } from '../types.ts';

/** What goes wrong with the machine. */
export const BEARING_FAULTS = ['outer_race', 'inner_race', 'ball'] as const;
export const ROTOR_FAULTS = ['unbalance', 'misalignment', 'bent_shaft', 'looseness', 'gear', 'electrical'] as const;
export const MACHINE_FAULTS = ['none', ...BEARING_FAULTS, ...ROTOR_FAULTS] as const;
export type MachineFault = (typeof MACHINE_FAULTS)[number];
export type BearingFault = (typeof BEARING_FAULTS)[number];
export type RotorFault = (typeof ROTOR_FAULTS)[number];

/** What goes wrong with the sensor: one value for ever, an overdriven amplifier, an open cable. */
export const SENSOR_FAULTS = ['stuck', 'clipped', 'disconnected'] as const;
export type SensorFault = (typeof SENSOR_FAULTS)[number];

/** A resonance: a single degree of freedom as the sensor sees it, with one gain an axis. */
export interface Resonance {
  hz: number;
  /** Damping ratio, 0 < zeta < 1. */
  zeta: number;
  /** x, y, z. What it multiplies is said where the resonance is used. */
  gain: readonly [number, number, number];
}

export interface SimulatorSettings {
  name: string;
  /** Integer. The same seed gives the same samples; fault and sensor settings never change the noise drawn. */
  seed: number;
  /** Per axis. Resonances above 0.45 of it are what an anti-alias filter removes: not simulated, and noted. */
  sampleRateHz: number;
  /** Machine time until the stream ends; null: endless. */
  durationS: number | null;
  /** Scans (one sample of each axis) in one event, 1..65 536. The samples do not depend on it. */
  blockScans: number;
  /** 1..3 axes, the first of x (radial, load line), y (radial, across), z (axial). */
  axes: 1 | 2 | 3;
  /** Yield what a tachometer and a load cell would say, once a second. Off: only the nominal speed is known. */
  tacho: boolean;

  /** Nominal speed. The true one wanders by at most +-speedWander of it, smoothly over about speedWanderS. */
  rpm: number;
  speedWander: number;
  speedWanderS: number;
  /** Machine loads wander by +-loadWander, smoothly over about loadWanderS; every amplitude follows. */
  loadWander: number;
  loadWanderS: number;
  /** Peak g of 1x, 2x, 3x shaft on the x axis. */
  shaftG: readonly [number, number, number];
  /** Gear on the shaft: teeth, peak g of mesh and twice mesh on x, amplitude modulation by the shaft turn. */
  gear: { teeth: number; g: readonly [number, number]; modulation: number };
  /** Of the supply: an electrical fault shows at twice this, whatever the speed. */
  lineFrequencyHz: number;
  /** Rms g of the machine's white broadband noise, an axis, independent of each other. */
  noiseG: readonly [number, number, number];
  /** Structural resonances that shape further broadband noise, common to the axes; gain: rms g an axis. */
  structure: readonly Resonance[];
  /** Static acceleration an axis: gravity and the sensor's offsets. */
  offsetG: readonly [number, number, number];

  /** Orders of shaft speed of the bearing, and the name to give it. */
  bearingName: string;
  faultOrder: FaultOrder;
  fault: MachineFault;
  /** Machine time at which it starts. */
  faultStartS: number;
  /**
   * Peak g on x of the ringing after one pass of a ball at the start. Of a rotor fault: peak g of its strongest line on the
   * axis that hears it best (rotor-fault.ts).
   */
  faultG: number;
  /** The amplitude doubles in this time, up to faultLimit times the first one. */
  faultDoublingS: number;
  faultLimit: number;
  /** Spread of the distance of two passes (random slip; it adds up), and the lasting slip, as shares of the distance. */
  slipJitter: number;
  slip: number;
  /** Spread of the strength of single passes. */
  impactSpread: number;
  /** Resonances that a pass excites; gain: peak g an axis for an impact of 1 g. */
  impactResponse: readonly Resonance[];

  /** Null: sound. */
  sensorFault: SensorFault | null;
  sensorFaultStartS: number;
  /** Power is cut at this machine time and the rotor runs down over about runDownS; null: never. */
  switchOffS: number | null;
  runDownS: number;
  /** Sensor: clips at +-fullScaleG, answers in steps of stepG, has white noise of sensorNoiseG rms an axis. */
  fullScaleG: number;
  stepG: number;
  sensorNoiseG: number;
}

/** hardware/bearings.json 6205, CWRU's drive end: 9 balls of 7.94 mm on a 39.04 mm pitch circle, no contact angle. */
function orders6205(): FaultOrder {
  const [balls, ball, pitch] = [9, 7.94, 39.04];
  const ratio = ball / pitch;
  const ftf = (1 - ratio) / 2;
  return { ftf, bpfo: balls * ftf, bpfi: balls * (1 - ftf), bsf: (1 - ratio * ratio) / (2 * ratio) };
}

export const SHIPPED_MACHINE: SimulatorSettings = {
  name: 'simulated machine',
  seed: 1,
  sampleRateHz: 25_600,
  durationS: null,
  blockScans: 2_560,
  axes: 3,
  tacho: false,
  rpm: 1775,
  speedWander: 0.005,
  speedWanderS: 20,
  loadWander: 0.02,
  loadWanderS: 8,
  shaftG: [0.05, 0.02, 0.006],
  gear: { teeth: 23, g: [0.05, 0.02], modulation: 0.15 },
  lineFrequencyHz: 60,
  noiseG: [0.06, 0.045, 0.03],
  structure: [
    { hz: 1_350, zeta: 0.04, gain: [0.05, 0.03, 0.02] },
    { hz: 3_100, zeta: 0.03, gain: [0.04, 0.04, 0.02] },
  ],
  offsetG: [0.012, -0.021, 1],
  bearingName: '6205',
  faultOrder: orders6205(),
  fault: 'outer_race',
  faultStartS: 60,
  faultG: 0.055,
  faultDoublingS: 240,
  faultLimit: 30,
  slipJitter: 0.01,
  slip: 0.002,
  impactSpread: 0.1,
  impactResponse: [
    { hz: 8_200, zeta: 0.03, gain: [1, 0.75, 0.5] },
    { hz: 6_000, zeta: 0.03, gain: [0.65, 0.5, 0.33] },
    { hz: 4_050, zeta: 0.03, gain: [0.5, 0.4, 0.25] },
  ],
  sensorFault: null,
  sensorFaultStartS: 60,
  switchOffS: null,
  runDownS: 8,
  fullScaleG: 16,
  stepG: 0.000_488,
  sensorNoiseG: 0.003,
};

/** `overrides` over the shipped machine. @throws InputError `SIMULATOR_SETTING` that names the first wrong one */
export function simulatorSettings(overrides: Partial<SimulatorSettings> = {}): SimulatorSettings {
  const settings = { ...SHIPPED_MACHINE, ...overrides };
  const refuse = (name: string, got: unknown, wanted: string): never => {
    throw new InputError(
      'SIMULATOR_SETTING',
      `simulator: ${name} is ${String(got)}, wanted ${wanted}; nothing started`,
    );
  };
  const within = (name: keyof SimulatorSettings, low: number, high: number): void => {
    const got = settings[name];
    if (typeof got !== 'number' || !(got >= low && got <= high)) refuse(name, got, `a number from ${low} to ${high}`);
  };
  within('sampleRateHz', 10, 1_000_000);
  within('blockScans', 1, 65_536);
  within('rpm', 1, 100_000);
  within('lineFrequencyHz', 1, 1000);
  within('axes', 1, 3);
  if (!Number.isInteger(settings.blockScans)) refuse('blockScans', settings.blockScans, 'a whole number');
  if (!Number.isInteger(settings.seed)) refuse('seed', settings.seed, 'a whole number');
  if (settings.durationS !== null) within('durationS', 0, 1e9);
  if (settings.switchOffS !== null) within('switchOffS', 0, 1e9);
  for (const name of ['speedWander', 'loadWander', 'slipJitter', 'slip', 'impactSpread'] as const) within(name, 0, 0.3);
  for (const name of ['speedWanderS', 'loadWanderS', 'faultDoublingS', 'runDownS'] as const) within(name, 0.01, 1e9);
  for (const name of ['faultStartS', 'sensorFaultStartS', 'faultG', 'sensorNoiseG'] as const) within(name, 0, 1e9);
  within('faultLimit', 1, 1e6);
  within('fullScaleG', 1e-6, 1e9);
  within('stepG', 0, settings.fullScaleG);
  if (!MACHINE_FAULTS.includes(settings.fault)) refuse('fault', settings.fault, MACHINE_FAULTS.join(', '));
  if (settings.sensorFault !== null && !SENSOR_FAULTS.includes(settings.sensorFault))
    refuse('sensorFault', settings.sensorFault, `null, ${SENSOR_FAULTS.join(', ')}`);
  for (const [name, order] of Object.entries(settings.faultOrder))
    if (!(order > 0.01 && order < 1000)) refuse(`faultOrder.${name}`, order, 'orders from 0.01 to 1000');
  for (const { hz, zeta } of [...settings.structure, ...settings.impactResponse])
    if (!(hz > 0 && zeta > 0 && zeta < 1)) refuse('a resonance', `${hz} Hz, zeta ${zeta}`, 'hz > 0 and 0 < zeta < 1');
  return settings;
}
