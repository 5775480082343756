/** Points by path: the path is what stays when a configuration is reordered, the number is what frames carry. */
import type { DatabaseSync } from 'node:sqlite';
import { InputError } from '../errors.ts';
import type { PointName } from './messages.ts';

const PART = /^[A-Za-z0-9\-_.]{1,64}$/;

/**
 * Makes sure that every point has a number of its own.
 *
 * @returns the store's number by the sender's
 * @throws InputError POINT_PATH for a path that is not enterprise/site/area/line/asset/point; POINT_TWIN for two points
 *         of one path, which would share a number
 */
export function registerPoints(database: DatabaseSync, points: PointName[]): Map<number, number> {
  const numbers = new Map<number, number>();
  const find = database.prepare('SELECT id, name FROM point WHERE path = ?');
  const insert = database.prepare('INSERT INTO point(name, path) VALUES(?, ?)');
  const rename = database.prepare('UPDATE point SET name = ? WHERE id = ?');
  for (const { id, name, path } of points) {
    const parts = path.split('/');
    if (parts.length !== 6 || !parts.every((part) => PART.test(part)))
      throw new InputError(
        'POINT_PATH',
        `point ${name}: got the path "${path}", wanted enterprise/site/area/line/asset/point, each of 1..64 letters, digits, "-", "_" or "."; the store was not opened`,
      );
    const twin = points.find((other) => other.id !== id && other.path === path);
    if (twin)
      throw new InputError(
        'POINT_TWIN',
        `points "${name}" and "${twin.name}": both have the path "${path}", wanted one each; the store was not opened`,
      );
    const known = find.get(path) as { id: number; name: string } | undefined;
    if (known && known.name !== name) rename.run(name, known.id);
    numbers.set(id, known?.id ?? Number(insert.run(name, path).lastInsertRowid));
  }
  return numbers;
}
