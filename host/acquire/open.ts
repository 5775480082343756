/** The one door for recorded files: which reader a file gets is said by the person or told by its extension. */
import { basename } from 'node:path';
import { InputError } from '../errors.ts';
import { openCsv } from './csv.ts';
import type { Given } from './given.ts';
import { openMat } from './mat.ts';
import { openRecording } from './recording.ts';
import type { Source } from './source.ts';
import { openTrace } from './trace.ts';
import { openWav } from './wav.ts';

type Open = (path: string, given: Given) => Promise<Source>;

const READERS: Record<string, Open> = {
  '.json': openTrace,
  '.csv': openCsv,
  '.tsv': openCsv,
  '.txt': openCsv,
  '.wav': openWav,
  '.mat': openMat,
  '.spindle': openRecording,
  '.cbor': openRecording,
};

const KINDS = { trace: openTrace, recording: openRecording, csv: openCsv, wav: openWav, mat: openMat } satisfies Record<
  string,
  Open
>;
export type FileKind = keyof typeof KINDS;

/** The extensions that `openSource` takes. */
export const EXTENSIONS = Object.keys(READERS);

/**
 * @param given  what the person said; see given.ts for what overrides what
 * @throws InputError `SOURCE_KIND` (extension), or those of the reader
 */
export function openSource(path: string, given: Given = {}): Promise<Source> {
  const name = basename(path).toLowerCase();
  const extension = EXTENSIONS.find((known) => name.endsWith(known));
  if (extension) return READERS[extension](path, given);
  const hint = /\.bin(\.gz)?$/.test(name) ? `; of a trace, name the sidecar (.json) beside it` : '';
  const got = name.includes('.') ? `the extension '${name.slice(name.lastIndexOf('.'))}'` : 'no extension';
  return Promise.reject(
    new InputError('SOURCE_KIND', `${path}: got ${got}, wanted ${EXTENSIONS.join(', ')}${hint}; nothing was read`),
  );
}

/**
 * As `openSource`, where the person has said what the file is: its name then says nothing.
 * @throws InputError of the reader
 */
export const openAs = (kind: FileKind, path: string, given: Given = {}): Promise<Source> => KINDS[kind](path, given);
