/**
 * What happens to the parts of the host (threads, uplinks): told to people, shown on the page, and recorded as an event
 * of the host itself, each loss and each giving up.
 */
import type { SpindleError } from '../errors.ts';
import type { FrameDraft } from '../types.ts';
import { stageDraft } from './drafts.ts';
import { hostTime } from './host-time.ts';
import type { Level } from './notices.ts';

/** Of a cause in a frame: it may be the whole output of an engine. */
const LONGEST_CAUSE = 200;

export interface StagesParts {
  append(drafts: FrameDraft[]): void;
  tell(level: Level, text: string): void;
  /** A line of the page's list of events. */
  show(text: string): void;
}

export class Stages {
  readonly #parts: StagesParts;

  constructor(parts: StagesParts) {
    this.#parts = parts;
  }

  /** @param text what a person is told; null: they have been told already */
  lost(name: string, cause: string, text: string | null): void {
    this.#record(name, `${name} lost: ${cause.slice(0, LONGEST_CAUSE)}`);
    if (text === null) return;
    this.#parts.show(text);
    this.#parts.tell('warn', text);
  }

  /** It was lost too often, or cannot be ended. Whoever ends or goes on tells it. */
  givenUp(name: string, error: SpindleError): void {
    this.#record(name, `${name} given up: ${error.code}`);
    this.#parts.show(error.message);
  }

  #record(name: string, to: string): void {
    this.#parts.append([stageDraft(`${name} running`, to, hostTime())]);
  }
}
