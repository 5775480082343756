/** The machine points of a host: what each source is cut into, and the number, name and path of each in the store. */
import { randomBytes } from 'node:crypto';
import type { Source } from '../acquire/source.ts';
import { InputError } from '../errors.ts';
import { plannedPoints } from '../pipeline.ts';
import type { PointName } from '../store/messages.ts';
import type { FeedOptions } from './analysis-messages.ts';
import type { HostPoint } from './drafts.ts';

export interface HostSource {
  /** Name of the point, unique on this host. */
  name: string;
  /** `enterprise/site/area/line/asset/point`. */
  topicPath: string;
  source: Source;
  /**
   * For a source that has no end of its own: an end, an error or silence is a failure, and this gives the next one, which
   * counts its scans from 0 again. Absent: its end is its end.
   */
  reopen?: () => Promise<Source>;
  options: Omit<FeedOptions, 'pointName'>;
  /** Seconds of the stream in one second of wall time; 1 if absent. */
  speedup?: number;
}

/**
 * @returns the points of each source, and all of them as the store knows them
 * @throws InputError when a source gives no point that can be analysed; POINT_TWIN when two would be one in the store
 */
export function hostPoints(sources: HostSource[]): { bySource: HostPoint[][]; names: PointName[] } {
  const names: PointName[] = [];
  const bySource = sources.map(({ name, topicPath, source, options }) => {
    const bootId = Uint8Array.from(randomBytes(8));
    const plans = plannedPoints(source.info, { ...options, pointName: name });
    return plans.map((plan): HostPoint => {
      const whole = plans.length === 1 ? topicPath : topicPath + plan.name.slice(name.length);
      const point = { id: names.length + 1, name: plan.name, path: whole.replace(/[^A-Za-z0-9\-_./]/g, '-') };
      refuseTwin(names, point);
      names.push(point);
      return { id: point.id, plan, info: source.info, bootId };
    });
  });
  return { bySource, names };
}

function refuseTwin(names: PointName[], { name, path }: PointName): void {
  const twin = names.find((other) => other.name === name || other.path === path);
  if (twin)
    throw new InputError(
      'POINT_TWIN',
      `points "${twin.name}" and "${name}": both are "${path}" in the store, wanted one path each; all but letters, ` +
        'digits, "-", "_" and "." becomes "-": rename a channel or a point; nothing was started',
    );
}
