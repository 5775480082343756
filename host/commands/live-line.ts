/**
 * What a running host shows in a terminal: one lasting line per change, and below them one line that lives. Without a
 * terminal only the lasting lines, on stderr.
 */
import pc from 'picocolors';
import { clockText, STATE_WORDS } from '../explain.ts';
import type { Output } from '../pipeline.ts';
import type { HostPoint } from '../run/drafts.ts';
import { endSecondsAt } from '../stream-time.ts';
import type { State, Verdict } from '../types.ts';

const REDRAW_MS = 200;
const BAR_CELLS = 24;

const COLOUR: Record<State, (text: string) => string> = {
  off: pc.dim,
  learning: pc.blue,
  normal: pc.green,
  transient: pc.yellow,
  alert: (text) => pc.bold(pc.yellow(text)),
  danger: (text) => pc.bold(pc.red(text)),
  stale: pc.dim,
  unknown: pc.dim,
};

export class LiveLine {
  readonly #isLive: boolean;
  #shown = '';
  #drawnMs = 0;

  constructor(isWanted: boolean) {
    this.#isLive = isWanted && process.stderr.isTTY === true;
  }

  /** A line that stays. */
  tell(line: string): void {
    this.#erase();
    process.stderr.write(`${line}\n`);
    if (this.#shown !== '') process.stderr.write(this.#shown);
  }

  take(point: HostPoint, output: Output): void {
    if (!this.#isLive || output.kind !== 'verdict') return;
    const nowMs = performance.now();
    if (nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    this.#erase();
    const { verdict } = output;
    this.#shown = lineOf(verdict, endSecondsAt(point.info, verdict.start + verdict.length));
    process.stderr.write(this.#shown);
  }

  end(): void {
    this.#erase();
    this.#shown = '';
  }

  #erase(): void {
    if (this.#shown !== '') process.stderr.write('\r\u001b[2K');
  }
}

/** Scores of 0.01..10 on a log scale; the alarm threshold is two thirds of the way. */
function lineOf({ point, state, score }: Verdict, seconds: number): string {
  const share = (Math.log10(Math.min(10, Math.max(0.01, score))) + 2) / 3;
  const filled = Math.round(share * BAR_CELLS);
  const threshold = Math.round((2 / 3) * BAR_CELLS);
  const bar = Array.from({ length: BAR_CELLS }, (_, cell) =>
    cell === threshold ? '|' : cell < filled ? '=' : ' ',
  ).join('');
  const words = COLOUR[state](STATE_WORDS[state].padEnd(24));
  return `${clockText(seconds)}  ${point}  ${words}[${bar}] score ${score.toPrecision(2)}, alarm at 1`;
}
