/**
 * The first of those names that come most often; null when there is none.
 *
 * @example null, b, a, a, b -> b
 */
export function mostFrequent(names: readonly (string | null)[]): string | null {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
