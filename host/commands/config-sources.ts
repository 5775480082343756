/** The sources that a configuration names, opened and checked against what it says of them. */
import type { Given } from '../acquire/given.ts';
import { openAs } from '../acquire/open.ts';
import { paced } from '../acquire/realtime.ts';
import { Simulator } from '../acquire/simulator.ts';
import type { Source } from '../acquire/source.ts';
import type { ConfiguredPoint } from '../config.ts';
import { InputError } from '../errors.ts';
import type { SourceEvent, SourceInfo } from '../types.ts';
import { pause } from '../wait.ts';

/** Monotonic wall clock that can be slept on. */
const WALL = { nowMs: () => performance.now(), sleep: pause };

/**
 * Opens the source of a point. A file is read in the unit and at the rate of the configuration; where the file itself
 * says otherwise, a note of its `info` names both.
 *
 * @throws InputError of the source; `CONFIG_SOURCE` when a simulator is given a unit that it does not have
 */
export async function openPoint(point: ConfiguredPoint): Promise<Source> {
  const { source } = point;
  if (source.type === 'simulator') {
    const simulated = new Ranged(simulatorOf(point), point.range);
    return paced(simulated, { ...WALL, speedup: source.speedup });
  }
  const given: Given = { sampleRateHz: point.sampleRateHz, unit: point.unit };
  if (source.channels) given.channels = source.channels;
  if (point.shaftRpm !== null) given.shaftRpm = point.shaftRpm;
  if (point.bearing) given.faultOrder = point.bearing.faultOrder;
  const file = new Ranged(await openAs(source.type, source.path, given), point.range);
  return source.realTime ? paced(file, WALL) : file;
}

/** Whether samples come until it is closed: then an end is a failure, and it is opened again. */
export function isEndless({ source }: ConfiguredPoint): boolean {
  return source.type === 'simulator';
}

function simulatorOf(point: ConfiguredPoint): Simulator {
  const { source, unit, id, sampleRateHz, range, shaftRpm, bearing } = point;
  if (source.type !== 'simulator') throw new TypeError(`${id} is no simulator`);
  if (unit !== 'g')
    throw new InputError('CONFIG_SOURCE', `${id}: got unit ${unit}, but the simulator speaks g; nothing was started`);
  return new Simulator({
    name: id,
    seed: source.seed,
    fault: source.fault,
    faultStartS: source.faultStartS,
    sampleRateHz,
    fullScaleG: range,
    ...(shaftRpm === null ? {} : { rpm: shaftRpm }),
    ...(bearing ? { faultOrder: bearing.faultOrder, bearingName: bearing.name ?? 'its bearing' } : {}),
  });
}

/** A source whose sensor is known to clip at `range`. */
class Ranged implements Source {
  readonly info: SourceInfo;
  readonly #source: Source;

  constructor(source: Source, range: number) {
    this.#source = source;
    const channels = source.info.channels.map((channel) => ({ ...channel, fullScale: range }));
    this.info = { ...source.info, channels };
  }

  events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    return this.#source.events(signal);
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
