/** How a simulated machine is run: what changes from one snapshot to the next while nothing is wrong with it. */
import { Draw } from './drawn-machine.ts';

export const KINDS = [
  'steady',
  'warm-up while learning',
  'drift after learning',
  'load cycle, load given',
  'load cycle, load unknown',
  'starts and stops',
  'several speeds, speed given',
  'several speeds, speed unknown',
  'steady, streamed',
] as const;
export type Kind = (typeof KINDS)[number];

/** Snapshots that are learned from: the product's first minute of samples, of one or two seconds each, is as much. */
export const LEARN_SNAPSHOTS = 60;

/** One snapshot. */
export interface Moment {
  /** Share of nominal speed; 0: switched off. */
  speed: number;
  /** Share of nominal load: every amplitude follows. */
  load: number;
  levelDb: number;
  /** More at the highest frequency than at the lowest. */
  tiltDb: number;
}

export interface Schedule {
  /** By snapshot. */
  at: (snapshot: number) => Moment;
  /** What the product is told: nominal speed beforehand, speed and load with every snapshot. */
  knowsNominalSpeed: boolean;
  givesSpeed: boolean;
  givesLoad: boolean;
}

const NOMINAL: Moment = { speed: 1, load: 1, levelDb: 0, tiltDb: 0 };

/** Kinds that differ only in what the product is told run through the same states. */
export function scheduleOf(kind: Kind, seed: number, snapshots: number): Schedule {
  const told = { knowsNominalSpeed: true, givesSpeed: false, givesLoad: false };
  switch (kind) {
    case 'steady':
    case 'steady, streamed':
      return { ...told, at: () => NOMINAL };
    case 'warm-up while learning':
      return { ...told, at: drift(new Draw(seed, 'drift'), 0) };
    case 'drift after learning':
      return { ...told, at: drift(new Draw(seed, 'drift'), LEARN_SNAPSHOTS + 30) };
    case 'load cycle, load given':
    case 'load cycle, load unknown': {
      const given = kind === 'load cycle, load given';
      return { ...told, givesSpeed: given, givesLoad: given, at: loads(new Draw(seed, 'loads'), snapshots) };
    }
    case 'starts and stops':
      return { ...told, at: speeds(new Draw(seed, 'speeds'), snapshots, [1]) };
    case 'several speeds, speed given':
    case 'several speeds, speed unknown': {
      const draw = new Draw(seed, 'speeds');
      const at = speeds(draw, snapshots, severalSpeeds(draw));
      if (kind === 'several speeds, speed given') return { ...told, givesSpeed: true, at };
      // half are told what the name plate says, half nothing
      return { ...told, knowsNominalSpeed: new Draw(seed, 'name plate').oneOf([true, false]), at };
    }
  }
}

/** Level and tilt move by 1 to 2 dB with a time constant of 20 to 60 minutes, as a machine that warms does. */
function drift(draw: Draw, from: number): Schedule['at'] {
  const levelDb = draw.sign() * draw.between(1, 2);
  const tiltDb = draw.sign() * draw.between(0, 2);
  const timeSnapshots = draw.between(20, 60);
  return (snapshot) => {
    const share = snapshot < from ? 0 : 1 - Math.exp(-(snapshot - from) / timeSnapshots);
    return { ...NOMINAL, levelDb: levelDb * share, tiltDb: tiltDb * share };
  };
}

/** Each state lasts for a while; which comes next is drawn. */
function dwells(draw: Draw, snapshots: number, states: readonly number[], low: number, high: number): number[] {
  const sequence: number[] = [];
  for (let state = draw.oneOf(states); sequence.length < snapshots; ) {
    const until = sequence.length + Math.round(draw.between(low, high));
    while (sequence.length < until) sequence.push(state);
    const others = states.filter((other) => other !== state);
    if (others.length > 0) state = draw.oneOf(others);
  }
  return sequence;
}

/** Two or three loads between 60 and 110 %, 4 to 15 minutes each: all are seen while learning. */
function loads(draw: Draw, snapshots: number): Schedule['at'] {
  const states = [1, draw.between(0.6, 0.9), ...draw.oneOf([[], [draw.between(1.03, 1.1)]])];
  const tilt = draw.between(-0.3, 0.3);
  const sequence = dwells(draw, snapshots, states, 4, 15);
  return (snapshot) => {
    const load = sequence[snapshot];
    return { ...NOMINAL, load, tiltDb: tilt * 20 * Math.log10(load) };
  };
}

const severalSpeeds = (draw: Draw): number[] => [1, draw.between(0.75, 0.9), draw.between(0.5, 0.7)];

/** Runs at one of `states` for 8 to 20 minutes, in between off for 3 to 10; three starts or stops of ten take a snapshot. */
function speeds(draw: Draw, snapshots: number, states: readonly number[]): Schedule['at'] {
  const sequence: number[] = [];
  while (sequence.length < snapshots) {
    const running = dwells(draw, Math.round(draw.between(8, 40)), states, 8, 20);
    const off = Array.from({ length: Math.round(draw.between(3, 10)) }, () => 0);
    if (draw.between(0, 1) < 0.3) running[0] *= 0.5;
    if (draw.between(0, 1) < 0.3) off[0] = running[running.length - 1] * 0.4;
    sequence.push(...running, ...off);
  }
  return (snapshot) => ({ ...NOMINAL, speed: sequence[snapshot] });
}
