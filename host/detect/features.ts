/** What the numbers of the core's feature vector are called, in its order; units with them. */
import * as layout from '../../core-wasm/memory.ts';
import type { PointPlan } from '../types.ts';

const FAULT_LINE_NAMES = [
  'envelope line BPFO',
  'envelope line BPFI',
  'envelope line 2x BSF',
  'envelope line FTF',
  'envelope line 1x',
];

/** Edge i (0..12) of the level bands in Hz: log-spaced from max(4 bins, fs/1000) to 0.45 fs, as core-wasm/spectrum.ts. */
export function bandEdgeHz(i: number, sampleRateHz: number, windowLength: number): number {
  const low = Math.max((4 * sampleRateHz) / windowLength, sampleRateHz / 1000);
  return low * Math.exp((Math.log((0.45 * sampleRateHz) / low) * i) / layout.BANDS);
}

/** @example 5231 -> 5.23 kHz; 54.3 -> 54 Hz; 2.31 -> 2.3 Hz */
function frequencyText(hz: number): string {
  if (hz >= 1000) return `${Number((hz / 1000).toPrecision(3))} kHz`;
  return `${Number(hz.toPrecision(hz < 10 ? 2 : 3))} Hz`;
}

/**
 * Name of feature `index` of one axis of a point; of a scalar point, the name of the channel.
 *
 * @param index core-wasm/memory.ts FEATURE_*, or the channel of a scalar point
 */
export function featureName(index: number, plan: PointPlan): string {
  if (plan.kind === 'scalar') return plan.channelNames[index] ?? `channel ${index}`;
  if (index >= layout.FEATURE_BAND && index < layout.FEATURE_BAND + layout.BANDS) {
    const edge = (i: number): string => frequencyText(bandEdgeHz(i, plan.sampleRateHz, plan.windowLength));
    const band = index - layout.FEATURE_BAND;
    return `level ${edge(band)}..${edge(band + 1)}`;
  }
  if (index >= layout.FEATURE_ORDER && index < layout.FEATURE_ORDER + layout.ORDERS)
    return `shaft line ${index - layout.FEATURE_ORDER + 1}x`;
  if (index >= layout.FEATURE_FAULT) return FAULT_LINE_NAMES[index - layout.FEATURE_FAULT] ?? `feature ${index}`;
  const names: Record<number, string> = {
    [layout.FEATURE_RMS]: 'RMS',
    [layout.FEATURE_VELOCITY]: 'velocity RMS 10..1000 Hz',
    [layout.FEATURE_CREST]: 'crest factor',
    [layout.FEATURE_KURTOSIS]: 'kurtosis',
    [layout.FEATURE_CENTROID]: 'spectral centroid',
    [layout.FEATURE_ENVELOPE_RMS]: 'envelope level',
    [layout.FEATURE_ENVELOPE_CREST]: 'envelope crest factor',
    [layout.FEATURE_ENVELOPE_KURTOSIS]: 'envelope kurtosis',
  };
  return names[index] ?? `feature ${index}`;
}

/** Name of axis `index` of a point; `` for a scalar point, whose features are its channels. */
export function axisName(index: number, plan: PointPlan): string {
  return plan.kind === 'scalar' ? '' : (plan.channelNames[index] ?? String(index));
}

/** Names and units of the feature vector of a point, axes end to end: what a descriptor frame holds. */
export function featureTable(plan: PointPlan): { names: string[]; units: string[] } {
  if (plan.kind === 'scalar') return { names: [...plan.channelNames], units: [...plan.units] };
  const names: string[] = [];
  const units: string[] = [];
  for (let axis = 0; axis < plan.channels.length; axis++)
    for (let index = 0; index < layout.FEATURES_PER_AXIS; index++) {
      names.push(`${axisName(axis, plan)}: ${featureName(index, plan)}`);
      units.push(unitOf(index, plan.units[axis]));
    }
  return { names, units };
}

function unitOf(index: number, unit: string): string {
  const isLevel =
    index === layout.FEATURE_RMS ||
    index === layout.FEATURE_ENVELOPE_RMS ||
    (index >= layout.FEATURE_BAND && index < layout.FEATURE_BAND + layout.BANDS);
  if (isLevel) return `ln(${unit})`;
  if (index === layout.FEATURE_VELOCITY) return `ln(${unit} s)`;
  return index === layout.FEATURE_CENTROID ? 'ln(Hz)' : 'ln(1)';
}
