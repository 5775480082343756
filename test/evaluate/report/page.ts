/** An evaluation as a page of Markdown tables. */
import type { Evaluation } from '../evaluation.ts';
import { libraryText } from './library.ts';
import { methodsText } from './methods.ts';
import { besideText, namedText, simulatedText } from './simulated.ts';
import { type Cell, table } from './table.ts';

/** The page, ending with a newline. */
export function reportText({ settings, library, methods, simulated, beside, named }: Evaluation): string {
  const parts = [
    '# Detection figures\n',
    'Written by `npm run evaluate -- --write`; do not edit. Without `--write` it ends with what a change of detection or ' +
      'diagnosis has moved. What the figures mean for a user: [detection.md](detection.md).\n',
    'Brackets hold 95 % intervals: Clopper-Pearson for counts of recordings or machines, exact Poisson for alarm ' +
      'episodes, bootstrap for shares of rows. Rows of one recording are not independent, so whole machines and ' +
      'recordings are drawn anew, never rows; where fewer than five machines are there, no interval is given.\n',
    settingsText(settings),
  ];
  if (library) parts.push(libraryText(library));
  if (methods.length > 0) parts.push(methodsText(methods));
  if (simulated) parts.push(simulatedText(simulated));
  if (named.length > 0) parts.push(namedText(named));
  if (beside) parts.push(besideText(beside));
  return `${parts.join('\n')}\n`;
}

function settingsText(settings: Evaluation['settings']): string {
  const { coreHash, thresholdSpreads, persistenceDecisions, recordings, seeds, peerSeed } = settings;
  const rows: [string, Cell | null][] = [
    ['core (SHA-256 of the scalar module)', `\`${coreHash}\``],
    ['threshold in spreads, decisions in a row', thresholdSpreads && `${thresholdSpreads}, ${persistenceDecisions}`],
    ['recordings', recordings || null],
    ['simulated machines of each kind (seeds)', seeds && `${seeds} (1..${seeds})`],
    ['seed of k-means and mixture', peerSeed],
  ];
  const known = rows.filter((row): row is [string, Cell] => row[1] !== null);
  return `${table(['setting', 'value'], known)}\n`;
}
