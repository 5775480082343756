/**
 * The clock of the simulated machine, the same in every process: monotonic time of the system, so many times faster, in
 * straight stretches. The one who turns it writes each stretch to a file; others read it there, and are told of changes.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface Stretch {
  /** Monotonic milliseconds of the system at its begin. */
  atMs: number;
  machineS: number;
  /** Machine seconds in one second. */
  speed: number;
}

/** Stretches that are remembered: more than a ring of a sensor spans. */
const KEPT = 100;

/** Milliseconds; the same clock in all processes of a machine. */
export const systemMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export class MachineClock {
  /** The last few, the newest first. */
  #stretches: Stretch[];
  readonly #path: string;

  private constructor(path: string, stretch: Stretch) {
    this.#path = path;
    this.#stretches = [stretch];
  }

  static start(path: string, speed: number): MachineClock {
    const clock = new MachineClock(path, { atMs: systemMs(), machineS: 0, speed });
    clock.#write();
    return clock;
  }

  static read(path: string): MachineClock {
    return new MachineClock(path, JSON.parse(readFileSync(path, 'utf8')) as Stretch);
  }

  get nowS(): number {
    return this.agoS(0);
  }

  /** Where the machine was so long ago, as long as this is within the last few stretches. */
  agoS(ms: number): number {
    const then = systemMs() - ms;
    const { atMs, machineS, speed } = this.#stretches.find(({ atMs }) => atMs <= then) ?? this.#stretches.at(-1)!;
    return machineS + ((then - atMs) / 1000) * speed;
  }

  get speed(): number {
    return this.#stretches[0].speed;
  }

  /** From now on. @returns what others are to `follow` */
  turn(speed: number): Stretch {
    const stretch = { atMs: systemMs(), machineS: this.nowS, speed };
    this.follow(stretch);
    this.#write();
    return stretch;
  }

  follow(stretch: Stretch): void {
    this.#stretches = [stretch, ...this.#stretches.slice(0, KEPT - 1)];
  }

  #write(): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#stretches[0]));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
