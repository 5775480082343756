/** Emulated time: nanoseconds that pass only when they are told to, and alarms in the order of their time. */

export interface Alarm {
  schedule(deltaNanos: number): void;
  cancel(): void;
}

class Entry implements Alarm {
  readonly callback: () => void;
  readonly #time: EmulatedTime;
  dueNanos = 0;
  next: Entry | null = null;
  isScheduled = false;

  constructor(time: EmulatedTime, callback: () => void) {
    this.#time = time;
    this.callback = callback;
  }

  schedule(deltaNanos: number): void {
    this.cancel();
    this.#time.insert(this, deltaNanos);
  }

  cancel(): void {
    if (this.isScheduled) this.#time.remove(this);
  }
}

export class EmulatedTime {
  nanos = 0;
  /** A list: few alarms wait at a time, and most are due soon. */
  #first: Entry | null = null;

  createAlarm(callback: () => void): Alarm {
    return new Entry(this, callback);
  }

  /** Moves time on; what is due on the way is called at its own time. */
  tick(deltaNanos: number): void {
    const end = this.nanos + deltaNanos;
    for (let entry = this.#first; entry !== null && entry.dueNanos <= end; entry = this.#first) {
      this.#first = entry.next;
      entry.isScheduled = false;
      if (entry.dueNanos > this.nanos) this.nanos = entry.dueNanos;
      entry.callback();
    }
    if (end > this.nanos) this.nanos = end;
  }

  /** Infinity when nothing is planned. */
  get nanosToNextAlarm(): number {
    return this.#first === null ? Number.POSITIVE_INFINITY : this.#first.dueNanos - this.nanos;
  }

  insert(entry: Entry, deltaNanos: number): void {
    entry.dueNanos = this.nanos + deltaNanos;
    entry.isScheduled = true;
    if (this.#first === null || this.#first.dueNanos > entry.dueNanos) {
      entry.next = this.#first;
      this.#first = entry;
      return;
    }
    let before = this.#first;
    while (before.next !== null && before.next.dueNanos <= entry.dueNanos) before = before.next;
    entry.next = before.next;
    before.next = entry;
  }

  remove(entry: Entry): void {
    entry.isScheduled = false;
    if (this.#first === entry) {
      this.#first = entry.next;
      return;
    }
    for (let before = this.#first; before !== null; before = before.next)
      if (before.next === entry) {
        before.next = entry.next;
        return;
      }
  }
}
