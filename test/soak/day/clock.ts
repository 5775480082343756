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

/** Milliseconds; the same clock in all processes of a machine. */
export const systemMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export class MachineClock {
  #stretch: Stretch;
  readonly #path: string;

  private constructor(path: string, stretch: Stretch) {
    this.#path = path;
    this.#stretch = stretch;
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
    const { atMs, machineS, speed } = this.#stretch;
    return machineS + ((systemMs() - atMs) / 1000) * speed;
  }

  get speed(): number {
    return this.#stretch.speed;
  }

  /** From now on. @returns what others are to `follow` */
  turn(speed: number): Stretch {
    this.#stretch = { atMs: systemMs(), machineS: this.nowS, speed };
    this.#write();
    return this.#stretch;
  }

  follow(stretch: Stretch): void {
    this.#stretch = stretch;
  }

  #write(): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#stretch));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
