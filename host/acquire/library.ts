/**
 * A trace library: `manifest.json` names the traces, each sidecar says what its normal may be learned from. The
 * order that results lets one pass work: a trace that others are judged by always comes before them.
 */
import { join, matchesGlob } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { readJson, readSidecar, type Sidecar } from './sidecar.ts';

const manifestSchema = z.object({ traces: z.array(z.object({ name: z.string().min(1) })) });

/** `self`: from the trace's own first samples. `trace`: start with the state learned there. `none`: from nothing. */
export type Baseline = { kind: 'self'; learnSamples: number } | { kind: 'trace'; name: string } | { kind: 'none' };

export interface LibraryTrace {
  name: string;
  sidecarPath: string;
  baseline: Baseline;
  /** Samples a channel. */
  samples: number;
  /** False: only here because a wanted trace is judged by it; learn from it, give no rows. */
  isWanted: boolean;
}

/**
 * @param directory  of `manifest.json`
 * @param only  glob over trace names, e.g. `femto/*`
 * @throws InputError `FILE_*` | `LIBRARY_MANIFEST` | `LIBRARY_ONLY` | `LIBRARY_BASELINE` | `TRACE_SIDECAR`
 */
export async function readLibrary(directory: string, only?: string): Promise<LibraryTrace[]> {
  const path = join(directory, 'manifest.json');
  const { traces } = await readJson(path, 'LIBRARY_MANIFEST', manifestSchema);
  const names = traces.map((trace) => trace.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new InputError('LIBRARY_MANIFEST', `${path}: names trace '${twice}' twice; nothing was read`);
  const wanted = names.filter((name) => only === undefined || matchesGlob(name, only));
  if (wanted.length === 0) {
    const got = only === undefined ? 'names no trace' : `none of its ${names.length} traces matches --only '${only}'`;
    const example = names.length > 0 ? `; the first is '${names[0]}'` : '';
    throw new InputError(
      only === undefined ? 'LIBRARY_MANIFEST' : 'LIBRARY_ONLY',
      `${path}: ${got}${example}; nothing was read`,
    );
  }

  const isWanted = new Set(wanted);
  const ordered = new Map<string, LibraryTrace>();
  /** `chain` are the traces that wait for this one. */
  const place = async (name: string, chain: string[]): Promise<LibraryTrace> => {
    const placed = ordered.get(name);
    if (placed) return placed;
    if (chain.includes(name))
      throw new InputError('LIBRARY_BASELINE', `${path}: baselines go in a circle: ${[...chain, name].join(' -> ')}`);
    const sidecarPath = join(directory, `${name}.json`);
    const sidecar = await readSidecar(sidecarPath);
    const baseline = baselineOf(sidecarPath, sidecar);
    if (baseline.kind === 'trace') {
      const { name: base } = baseline;
      const said = `${sidecarPath}: its baseline is '${base}'`;
      if (!names.includes(base))
        throw new InputError('LIBRARY_BASELINE', `${said}, which the manifest does not name; nothing was read`);
      const learned = await place(base, [...chain, name]);
      if (learned.baseline.kind === 'none')
        throw new InputError('LIBRARY_BASELINE', `${said}, from which nothing may be learned (its baseline is null)`);
    }
    const trace = { name, sidecarPath, baseline, samples: sidecar.samples, isWanted: isWanted.has(name) };
    ordered.set(name, trace);
    return trace;
  };
  for (const name of wanted) await place(name, []);
  return [...ordered.values()];
}

function baselineOf(path: string, { baseline, learn }: Sidecar): Baseline {
  if (!baseline) return { kind: 'none' };
  if (baseline !== 'self') return { kind: 'trace', name: baseline };
  if (!learn)
    throw new InputError(
      'LIBRARY_BASELINE',
      `${path}: baseline is "self", but there is no learn.samples; nothing was read`,
    );
  return { kind: 'self', learnSamples: learn.samples };
}
