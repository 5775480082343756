/** The bytes given to the core's `configure`, from a point's plan. They are kept in the descriptor as they are. */
import * as layout from '../../core-wasm/memory.ts';
import type { PointPlan, Unit } from '../types.ts';

/** mm/s² per unit; 0 where the unit is no acceleration. 1 g = 9.80665 m/s² (ISO 80000-3). */
export function accelerationMmPerS2(unit: Unit): number {
  if (unit === 'g') return 9806.65;
  return unit === 'm/s2' ? 1000 : 0;
}

/** What a change of a reading means depends on what it is: two bits a channel. */
function channelKinds(units: Unit[]): number {
  const kindOf = (unit: Unit): number => {
    if (unit === 'g' || unit === 'm/s2' || unit === 'mm/s') return layout.CHANNEL_LEVEL;
    return unit === 'degC' ? layout.CHANNEL_TEMPERATURE : layout.CHANNEL_READING;
  };
  return units.reduce((kinds, unit, i) => kinds + kindOf(unit) * 4 ** i, 0);
}

/** SETTINGS_BYTES, little-endian, as core-wasm/memory.ts lays them out. */
export function settingsOf(plan: PointPlan): Uint8Array {
  const bytes = new Uint8Array(layout.SETTINGS_BYTES);
  const view = new DataView(bytes.buffer);
  const u32 = (word: number, value: number): void => view.setUint32(word * 4, value, true);
  const f32 = (word: number, value: number): void => view.setFloat32(word * 4, value, true);
  const vibration = plan.kind === 'vibration';
  u32(layout.SET_LAYOUT, layout.LAYOUT_VERSION);
  u32(layout.SET_MODE, vibration ? layout.MODE_VIBRATION : layout.MODE_SCALAR);
  u32(layout.SET_AXES, plan.channels.length);
  f32(layout.SET_SAMPLE_RATE_HZ, plan.sampleRateHz);
  u32(layout.SET_WINDOW, plan.windowLength);
  u32(layout.SET_WINDOWS_PER_DECISION, plan.windowsPerDecision);
  u32(layout.SET_LEARN_DECISIONS, plan.learnDecisions);
  f32(layout.SET_VELOCITY_SCALE, vibration ? accelerationMmPerS2(plan.units[0]) : 0);
  f32(layout.SET_SHAFT_RPM, plan.shaftRpm ?? 0);
  if (plan.faultOrder) {
    f32(layout.SET_BPFO, plan.faultOrder.bpfo);
    f32(layout.SET_BPFI, plan.faultOrder.bpfi);
    f32(layout.SET_BSF, plan.faultOrder.bsf);
    f32(layout.SET_FTF, plan.faultOrder.ftf);
  }
  f32(layout.SET_THRESHOLD, plan.thresholdSpreads);
  u32(layout.SET_PERSISTENCE, plan.persistenceDecisions);
  f32(layout.SET_FULL_SCALE, plan.fullScale ?? 0);
  u32(layout.SET_LONE_WINDOWS, plan.loneWindows ? 1 : 0);
  if (plan.rotor?.axialAxis) u32(layout.SET_AXIAL_AXIS, plan.channelNames.indexOf(plan.rotor.axialAxis) + 1);
  u32(layout.SET_GEAR_TEETH, plan.rotor?.gearTeeth ?? 0);
  f32(layout.SET_LINE_HZ, plan.rotor?.lineFrequencyHz ?? 0);
  f32(layout.SET_DECISION_SECONDS, plan.decisionSeconds ?? 0);
  f32(layout.SET_OFF_LEVEL, plan.offBelow ?? 0);
  if (!vibration) u32(layout.SET_CHANNEL_KINDS, channelKinds(plan.units));
  return bytes;
}
