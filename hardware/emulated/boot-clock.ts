/**
 * Time as one start of a chip sees it: from 0, on the emulator's own clock. When the chip starts anew everything that the
 * old start had planned is forgotten, while sensors on the same clock go on.
 */
import type { Alarm, EmulatedTime } from './time.ts';

export class BootClock {
  readonly #clock: EmulatedTime;
  readonly #startNanos: number;
  readonly #alarms: Alarm[] = [];

  constructor(clock: EmulatedTime) {
    this.#clock = clock;
    this.#startNanos = clock.nanos;
  }

  get nanos(): number {
    return this.#clock.nanos - this.#startNanos;
  }

  /** As the emulator's peripherals ask for it beside `nanos`. */
  get micros(): number {
    return this.nanos / 1000;
  }

  createAlarm(callback: () => void): Alarm {
    const alarm = this.#clock.createAlarm(callback);
    this.#alarms.push(alarm);
    return alarm;
  }

  end(): void {
    for (const alarm of this.#alarms) alarm.cancel();
  }
}
