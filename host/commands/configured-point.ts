/** The point of a configuration that a command is about. */
import type { Config, ConfiguredPoint } from '../config.ts';
import { InputError } from '../errors.ts';

/**
 * @param id `asset/point`; may be left out where there is only one
 * @throws InputError `RECORD_USAGE`, `LEARN_USAGE`: by the name of the command
 */
export function configuredPoint(
  config: Config,
  path: string,
  id: string | undefined,
  command: string,
): ConfiguredPoint {
  const code = `${command.toUpperCase()}_USAGE`;
  const names = config.points.map((point) => point.id).join(', ');
  if (id === undefined && config.points.length > 1)
    throw new InputError(code, `${command}: ${path} has ${names}; name one with --point; nothing was ${command}ed`);
  const point = config.points.find((one) => id === undefined || one.id === id);
  if (!point) throw new InputError(code, `${command}: got --point ${id}, wanted one of ${names}`);
  return point;
}
