/** Settings of the vibration points on the tapes that are made here. */
import { settingsOf } from '../../host/analyse/settings.ts';
import type { PointPlan } from '../../host/types.ts';
import { pointPlan } from '../core-wasm/point.ts';

export const BEARING_6205 = { bpfo: 3.5848, bpfi: 5.4152, bsf: 2.3567, ftf: 0.39831 };

/** A point in g at 12 kHz and 1797 rpm with a known bearing, so that demodulation runs; one window a decision. */
export function settings(windowLength: number, axes: number, changes: Partial<PointPlan> = {}): Uint8Array {
  return settingsOf(
    pointPlan({
      channels: Array.from({ length: axes }, (_, i) => i),
      units: Array.from({ length: axes }, () => 'g' as const),
      sampleRateHz: 12_000,
      windowLength,
      shaftRpm: 1797,
      faultOrder: BEARING_6205,
      ...changes,
    }),
  );
}
