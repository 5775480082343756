/** Alarm rows this close belong to one episode: nobody walks to a machine twice for them. */
const SAME_EPISODE_ROWS = 3;

/**
 * Number of alarm episodes: runs of alarm rows; two alarm rows at most three rows apart are in one.
 *
 * @example `.xx..x..x` -> 1; `x...x` -> 2
 */
export function episodes(alarms: readonly boolean[]): number {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  alarms.forEach((alarm, row) => {
    if (!alarm) return;
    if (row - last > SAME_EPISODE_ROWS) count++;
    last = row;
  });
  return count;
}
