/** One line a run, so that a later run can say what changed. Ratios are compared; times of another day are not. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export interface HistoryLine {
  at: string;
  /** `+` after it: files that git knows were changed. */
  commit: string;
  cpu: string;
  node: string;
  /** Compared with the line before: higher is better. */
  ratios: Record<string, number | null>;
  /** For reading only. */
  figures: Record<string, number | string | null>;
}

export function commitName(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') ? '+' : '');
  } catch {
    return 'unknown'; // no clone
  }
}

/** @returns the line before, if there is one */
export function remember(path: string, line: HistoryLine): HistoryLine | null {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').filter(Boolean) : [];
  appendFileSync(path, `${JSON.stringify(line)}\n`);
  const last = lines.at(-1);
  return last === undefined ? null : (JSON.parse(last) as HistoryLine);
}

/** One line a ratio: now, before, change. */
export function deltaText(now: HistoryLine, before: HistoryLine): string {
  const where = now.cpu === before.cpu && now.node === before.node ? '' : `, on ${before.cpu}, node ${before.node}`;
  const lines = Object.entries(now.ratios).map(([name, value]) => {
    const old = before.ratios[name];
    if (value === null || old === null || old === undefined) return `  ${name}: ${value ?? '-'} (was ${old ?? '-'})`;
    const change = (value / old - 1) * 100;
    return `  ${name}: ${value} (was ${old}, ${change >= 0 ? '+' : ''}${change.toFixed(1)} %)`;
  });
  return [`against ${before.commit} of ${before.at}${where}:`, ...lines].join('\n');
}
