/** The points of a soak run's host: features go round them. */
import type { PointName } from '../../host/store/messages.ts';

export const soakPoints = (count: number): PointName[] =>
  Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    name: `p${i + 1}`,
    path: `acme/site/area/line/asset/p${i + 1}`,
  }));
