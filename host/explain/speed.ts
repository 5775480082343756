/** Where the shaft speed behind a verdict comes from, in words. */
import type { FoundSpeed } from '../types.ts';

const CERTAIN = 0.5;

/**
 * Null where the signal says nothing that a person would want to know.
 *
 * @example "29.8 Hz estimated from the signal, confidence 0.8"
 */
export function speedText(speed: FoundSpeed | null): string | null {
  if (speed === null || speed.hz === null) return null;
  const found = `${Number(speed.hz.toPrecision(3))} Hz`;
  const sure = `confidence ${speed.confidence.toFixed(1)}`;
  if (speed.source === 'doubted')
    return `the signal shows ${found} (${sure}), not the speed believed: no cause is named`;
  if (speed.source === 'estimated') return `${found} estimated from the signal, ${sure}`;
  if (speed.confidence < CERTAIN) return null;
  return speed.source === 'nominal'
    ? `${found} in the signal, ${sure}`
    : `${found} shown by the signal, ${sure}; not used`;
}
