/** What a replay tells of severity and trend: of each point its zones, the highest velocity, and where it was heading. */
import { severityText } from '../detect/severity.ts';
import { isTrend, trendLine } from '../detect/trend.ts';
import type { Severity, Verdict, Zone } from '../types.ts';

interface PointTally {
  zones: Map<Zone, number>;
  highest: Severity | null;
  /** Why decisions had no zone, with how many. */
  reasons: Map<string, number>;
  last: Verdict;
}

const ZONES: Zone[] = ['A', 'B', 'C', 'D'];

export class SeverityTally {
  readonly #points = new Map<string, PointTally>();

  add(verdict: Verdict): void {
    let point = this.#points.get(verdict.point);
    if (!point) {
      point = { zones: new Map(), highest: null, reasons: new Map(), last: verdict };
      this.#points.set(verdict.point, point);
    }
    point.last = verdict;
    const { severity, noZone } = verdict;
    if (noZone !== null) point.reasons.set(noZone, (point.reasons.get(noZone) ?? 0) + 1);
    if (!severity) return;
    point.zones.set(severity.zone, (point.zones.get(severity.zone) ?? 0) + 1);
    if (!point.highest || severity.velocityRmsMmPerS > point.highest.velocityRmsMmPerS) point.highest = severity;
  }

  /** One line a point for its zones if limits were given, one for its trends if there are any. */
  lines(): string[] {
    return [...this.#points].flatMap(([name, { zones, highest, reasons, last }]) => {
      const lines: string[] = [];
      const judged = [...zones.values()].reduce((sum, count) => sum + count, 0);
      const shares = ZONES.flatMap((zone) => (zones.has(zone) ? [`${zone} ${percent(zones.get(zone)!, judged)}`] : []));
      if (highest) lines.push(`  ${name}: highest by ${severityText(highest)} (${highest.axis}); ${shares.join(', ')}`);
      for (const [reason, count] of reasons)
        lines.push(`  ${name}: no zone for ${percent(count, judged + sum(reasons))} of the decisions: ${reason}`);
      const isHeading = [last.trend, last.velocityTrend].some((trend) => trend !== null && isTrend(trend));
      if (isHeading) lines.push(`  ${name}, at the end: ${trendLine(last)}`);
      return lines;
    });
  }
}

function sum(counts: Map<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** @example 1 of 1000 -> less than 1 % */
function percent(part: number, whole: number): string {
  const share = (100 * part) / whole;
  return share < 0.5 ? 'less than 1 %' : `${Math.round(share)} %`;
}
