/**
 * Numbers of alarm episodes over all sources of this host. Each pipeline counts its own from 1; here each of them gets
 * the next number of the host, which goes on where the store's highest is.
 */
import type { Output } from '../pipeline.ts';

export class Episodes {
  #last = 0;
  /** Number of the open or last episode of each point, by the pipeline's own number. */
  readonly #points = new Map<string, { own: number; number: number }>();

  /** @param last highest number in the store */
  continueAfter(last: number): void {
    this.#last = Math.max(this.#last, last);
  }

  /** The same output, its alarm under the number of this host. Takes the outputs of a point in order. */
  numbered(output: Output): Output {
    if (output.kind !== 'alarm' || output.event.alarmId === 0) return output;
    const { point, alarmId } = output.event;
    let episode = this.#points.get(point);
    if (episode?.own !== alarmId) {
      episode = { own: alarmId, number: ++this.#last };
      this.#points.set(point, episode);
    }
    return { ...output, event: { ...output.event, alarmId: episode.number } };
  }
}
