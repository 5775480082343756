/**
 * A simulated machine as the snapshots that a sensor takes of it: one a minute, on top of the product's simulator. The
 * machine stands still between two snapshots, but what the schedule changes goes on.
 */
import { Machine } from '../../../host/acquire/machine.ts';
import { SimulatedSensor } from '../../../host/acquire/simulated-sensor.ts';
import type { SimulatorSettings } from '../../../host/acquire/simulator-settings.ts';
import type { SourceEvent, SourceInfo } from '../../../host/types.ts';
import { INTERVAL_S, SNAPSHOT_SCANS } from './drawn-machine.ts';
import type { Moment, Schedule } from './kinds.ts';

export function infoOf(settings: SimulatorSettings, schedule: Schedule): SourceInfo {
  return {
    name: settings.name,
    channels: ['x', 'y', 'z'].slice(0, settings.axes).map((name) => ({ name, unit: 'g' })),
    sampleRateHz: settings.sampleRateHz,
    shaftRpm: schedule.knowsNominalSpeed ? settings.rpm : null,
    bearings: { '': settings.faultOrder },
    snapshot: { samples: SNAPSHOT_SCANS, intervalS: INTERVAL_S },
    sampleCount: null,
    startUtcUs: null,
    notes: [],
  };
}

/** The machine at another speed: centrifugal forces go with its square, the rest about with speed. */
function atSpeed(settings: SimulatorSettings, speed: number): SimulatorSettings {
  const scaled = <T extends readonly number[]>(values: T, by: number): T => values.map((v) => v * by) as unknown as T;
  return {
    ...settings,
    rpm: settings.rpm * speed,
    shaftG: scaled(settings.shaftG, speed * speed),
    gear: { ...settings.gear, g: scaled(settings.gear.g, speed) },
    noiseG: scaled(settings.noiseG, speed),
    structure: settings.structure.map((mode) => ({ ...mode, gain: scaled(mode.gain, speed) })),
  };
}

/** @param settings of the machine at nominal speed, its fault in sampled time */
export function* snapshotsOf(settings: SimulatorSettings, schedule: Schedule, count: number): Generator<SourceEvent> {
  const { axes, axis } = { axes: settings.axes, axis: Array.from({ length: settings.axes }, (_, i) => i) };
  const machines = new Map<number, Machine>();
  const sensors = axis.map((i) => new SimulatedSensor(settings, i));
  const accelG = axis.map(() => new Float64Array(SNAPSHOT_SCANS));
  const before = new Float64Array(axes);
  for (let snapshot = 0; snapshot < count; snapshot++) {
    const moment = schedule.at(snapshot);
    const { speed, load } = moment;
    let machine = machines.get(speed);
    if (!machine && speed > 0) machines.set(speed, (machine = new Machine(atSpeed(settings, speed))));
    const told = machine?.inputs ?? { rpm: 0, load: 0 };
    if (schedule.givesSpeed || schedule.givesLoad)
      yield {
        kind: 'inputs',
        rpm: schedule.givesSpeed ? told.rpm : schedule.knowsNominalSpeed ? settings.rpm : null,
        load: schedule.givesLoad ? told.load * load : null,
      };
    if (machine) machine.render(accelG, SNAPSHOT_SCANS);
    else for (const values of accelG) values.fill(0);
    for (const i of axis) before[i] = colour(accelG[i], moment, before[i]);
    const firstSample = snapshot * SNAPSHOT_SCANS;
    yield {
      kind: 'samples',
      firstSample,
      channels: sensors.map((sensor, i) => sensor.measure(accelG[i], SNAPSHOT_SCANS, firstSample)),
    };
    yield { kind: 'snapshotEnd' };
  }
}

/** Level and tilt of a moment: y = g (x + k (x - x before) / 2) has gain g at 0 and g (1 + k) at half the rate. */
function colour(values: Float64Array, { load, levelDb, tiltDb }: Moment, before: number): number {
  const gain = load * 10 ** (levelDb / 20);
  const tilt = (10 ** (tiltDb / 20) - 1) / 2;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    values[i] = gain * (value + tilt * (value - before));
    before = value;
  }
  return before;
}
