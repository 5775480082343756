/**
 * Area under the receiver operating characteristic: the chance that a faulty row scores above a healthy one, ties
 * counting half. By ranks (Mann and Whitney 1947).
 *
 * @returns null when one of the two is empty
 * @example healthy 1 2 3, faulty 2 4 -> 0.75
 */
export function auroc(healthy: readonly number[], faulty: readonly number[]): number | null {
  if (healthy.length === 0 || faulty.length === 0) return null;
  const all = [...healthy.map((score) => ({ score, isFaulty: 0 })), ...faulty.map((score) => ({ score, isFaulty: 1 }))];
  all.sort((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    let faultyTies = 0;
    while (to < all.length && all[to].score === all[from].score) faultyTies += all[to++].isFaulty;
    rankSum += faultyTies * ((from + 1 + to) / 2);
    from = to;
  }
  return (rankSum - (faulty.length * (faulty.length + 1)) / 2) / (healthy.length * faulty.length);
}
