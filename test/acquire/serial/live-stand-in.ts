/** A stand-in node in real time at the far end of a cable, that obeys commands. */

import { Cable, FarEnd } from '../../../hardware/emulated/cable.ts';
import { Deframer } from '../../../host/acquire/wire/deframer.ts';
import { decodeMap } from '../../../host/frame/codec.ts';
import type { FrameValue } from '../../../host/types.ts';
import { StandIn, type StandInSettings } from './stand-in.ts';

const STEP_MS = 4;

export class LiveStandIn {
  readonly node: StandIn;
  readonly cable: Cable;
  readonly #far: FarEnd;
  readonly heard: { sequence: number; name: string; map: Map<number, FrameValue> }[] = [];
  /** What it answers; the answer of a name that is not here is `done`. */
  readonly answers: Record<string, [number, string] | null> = {};
  readonly #timer: NodeJS.Timeout;
  readonly #deframer = new Deframer();
  #lastMs = performance.now();

  /** Not plugged in yet. @param folder holds nothing else */
  static async in(folder: string, settings: Partial<StandInSettings> = {}): Promise<LiveStandIn> {
    const cable = new Cable(folder);
    return new LiveStandIn(cable, await FarEnd.listen(cable.socketPath), settings);
  }

  private constructor(cable: Cable, far: FarEnd, settings: Partial<StandInSettings>) {
    this.node = new StandIn(settings);
    this.cable = cable;
    this.#far = far;
    far.onBytes = (bytes) => {
      for (const body of this.#deframer.push(bytes)) this.#obey(decodeMap(body));
    };
    this.#timer = setInterval(() => this.#step(), STEP_MS);
  }

  #step(): void {
    const nowMs = performance.now();
    // as much as has passed, in small steps: a test that was held up must not make the node lose what it would not
    for (; this.#lastMs + STEP_MS <= nowMs; this.#lastMs += STEP_MS) this.#far.send(this.node.advance(STEP_MS));
  }

  #obey(map: Map<number, FrameValue>): void {
    const [sequence, name] = [map.get(3) as number, map.get(4) as string];
    this.heard.push({ sequence, name, map });
    if (name === 'start') this.node.isSampling = true;
    if (name === 'stop') this.node.stop();
    const answer = this.answers[name];
    if (answer === null) return;
    this.node.answer(sequence, ...(answer ?? [0, '']));
    if (name === 'identify' || name === 'start' || name === 'configure') this.node.hello();
  }

  /** Says nothing any more; the cable stays plugged in. */
  fallSilent(): void {
    clearInterval(this.#timer);
  }

  async end(): Promise<void> {
    this.fallSilent();
    await this.cable.pull();
    this.#far.close();
  }
}
