/** What a person is told of conditions that last: once when one begins, once when it is over. */
export type Level = 'info' | 'warn' | 'error';

export class Notices {
  readonly #tell: (level: Level, text: string) => void;
  /** By their codes: the text of one condition may change from moment to moment. */
  readonly #standing = new Set<string>();

  constructor(tell: (level: Level, text: string) => void) {
    this.#tell = tell;
  }

  begin(code: string, level: Level, text: string): void {
    if (this.#standing.has(code)) return;
    this.#standing.add(code);
    this.#tell(level, text);
  }

  /** Does nothing for a condition that did not begin. */
  end(code: string, text?: string): void {
    if (this.#standing.delete(code) && text !== undefined) this.#tell('info', text);
  }
}
