/** How many frames this run has stored, apart from what was in the store before it. */
import type { StoreStatus } from '../store/messages.ts';

export class StoredFrames {
  #epoch: string | null = null;
  /** Of this run in epochs that are over: a store that was set aside begins a new one. */
  #earlier = 0;
  #start = 0;
  #now = 0;
  /** Frames that were there before this run and that an uplink does not have yet. */
  owed = 0;

  take({ epoch, frames, uplinks }: StoreStatus): void {
    const name = Buffer.from(epoch).toString('hex');
    if (this.#epoch === null) {
      this.#start = frames;
      this.owed = Math.max(0, ...uplinks.map(({ behind }) => behind));
    } else if (this.#epoch !== name) {
      this.#earlier += this.#now - this.#start;
      this.#start = 0;
    }
    this.#epoch = name;
    this.#now = frames;
  }

  get count(): number {
    return this.#earlier + this.#now - this.#start;
  }
}
