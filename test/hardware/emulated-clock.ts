/** Emulated time without an emulator: alarms in order, moved by the test. */
import type { EmulatedClock } from '../../hardware/models/sensor-model.ts';

interface Alarm {
  dueNanos: number;
  callback: () => void;
}

export class TestClock implements EmulatedClock {
  nanos = 0;
  readonly #alarms = new Set<Alarm>();

  createAlarm(callback: () => void): { schedule(deltaNanos: number): void; cancel(): void } {
    const alarm = { dueNanos: 0, callback };
    return {
      schedule: (deltaNanos) => {
        alarm.dueNanos = this.nanos + deltaNanos;
        this.#alarms.add(alarm);
      },
      cancel: () => this.#alarms.delete(alarm),
    };
  }

  advance(nanos: number): void {
    const end = this.nanos + nanos;
    for (;;) {
      const due = [...this.#alarms]
        .filter(({ dueNanos }) => dueNanos <= end)
        .sort((a, b) => a.dueNanos - b.dueNanos)[0];
      if (!due) break;
      this.#alarms.delete(due);
      this.nanos = Math.max(this.nanos, due.dueNanos);
      due.callback();
    }
    this.nanos = end;
  }
}
