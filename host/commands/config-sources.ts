/** The sources that a configuration names, opened and checked against what it says of them. */
import type { Given } from '../acquire/given.ts';
import { openAs } from '../acquire/open.ts';
import { paced } from '../acquire/realtime.ts';
import type { NodeSource } from '../acquire/serial/node-source.ts';
import type { Whereabouts } from '../acquire/serial/whereabouts.ts';
import { Simulator } from '../acquire/simulator.ts';
import type { Source } from '../acquire/source.ts';
import type { ConfiguredPoint, SourceSettings } from '../config.ts';
import { InputError } from '../errors.ts';
import type { SourceEvent, SourceInfo } from '../types.ts';
import { pause } from '../wait.ts';

/** How nodes are reached. */
export interface NodeAccess {
  /** Shared by all points of a host, so that they do not ask one port at a time each. */
  whereabouts?: Whereabouts;
  /** Aborts the wait for a node. */
  signal?: AbortSignal;
}

/** Monotonic wall clock that can be slept on. */
const WALL = { nowMs: () => performance.now(), sleep: pause };

/**
 * Opens the source of a point. A file is read in the unit and at the rate of the configuration; where the file itself
 * says otherwise, a note of its `info` names both.
 *
 * @throws InputError of the source; `CONFIG_SOURCE` when a simulator is given a unit that it does not have, or a node is
 *         set to another rate or range; TransportError when a node is not there
 */
export async function openPoint(point: ConfiguredPoint, nodes: NodeAccess = {}): Promise<Source> {
  const { source } = point;
  if (source.type === 'node') return openNodePoint(point, source, nodes);
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
  return source.type === 'simulator' || source.type === 'node';
}

async function openNodePoint(
  point: ConfiguredPoint,
  source: Extract<SourceSettings, { type: 'node' }>,
  { whereabouts, signal }: NodeAccess,
): Promise<Source> {
  const { openNode } = await import('../acquire/serial/node-source.ts');
  const { Whereabouts } = await import('../acquire/serial/whereabouts.ts');
  const { readNodeKey } = await import('../acquire/serial/node-key.ts');
  const key = source.keyFile === undefined ? {} : { key: readNodeKey(source.keyFile) };
  const opened = await openNode({ node: source.node, whereabouts: whereabouts ?? new Whereabouts(), ...key }, signal);
  try {
    return new NodePoint(opened, point, source.node);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** A node as its point is configured. What the node is set to and what the file says must agree. */
class NodePoint implements Source {
  readonly isLive = true;
  readonly isPatient = true;
  readonly info: SourceInfo;
  readonly #source: Source;

  /** @throws InputError CONFIG_SOURCE */
  constructor(source: NodeSource, { id, sampleRateHz, range, shaftRpm, bearing }: ConfiguredPoint, node: string) {
    const { hello } = source.status!;
    const [isRateHz, isRange] = [hello.nominalRateMilliHz / 1000, hello.rangeMilliG / 1000];
    if (isRateHz !== sampleRateHz || isRange !== range)
      throw new InputError(
        'CONFIG_SOURCE',
        `${id}: node ${node} is set to ${isRateHz} Hz and ${isRange} g, the configuration says ${sampleRateHz} Hz and ` +
          `${range} g; set one as the other: spindle nodes set ${node} --rate ${sampleRateHz} --range ${range}; nothing was started`,
      );
    this.#source = source;
    this.info = { ...source.info, shaftRpm };
    if (bearing) this.info.bearings = { '': bearing.faultOrder };
  }

  events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    return this.#source.events(signal);
  }

  close(): Promise<void> {
    return this.#source.close();
  }
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
