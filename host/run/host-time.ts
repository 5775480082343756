/** The host's own clocks, for what happens to the host itself. */
import { SYSTEM_CLOCK } from '../store/store.ts';

/** Before this software was made: a clock that says so was never set (no battery, no network yet). */
const NEVER_SET_BEFORE_US = Date.UTC(2026, 0, 1) * 1000;

export interface HostTime {
  monoUs: number;
  /** Null while the clock was never set. */
  utcUs: number | null;
}

/** @example a clock that stands at 1970 -> utcUs null */
export function hostTime(clock = SYSTEM_CLOCK): HostTime {
  const utcUs = clock.utcUs();
  return { monoUs: clock.monoUs(), utcUs: utcUs < NEVER_SET_BEFORE_US ? null : utcUs };
}
