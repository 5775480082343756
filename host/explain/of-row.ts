/** A row of `spindle replay --jsonl` told in words: `FILE.jsonl:LINE`. It holds the reasons, neither levels nor shares. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { DIAGNOSES, STATES, type Verdict } from '../types.ts';
import { explanationOf, type Machine, type Pictured } from './explanation.ts';
import { untold } from './untold.ts';

const rowSchema = z.object({
  trace: z.string(),
  point: z.string(),
  start: z.int().min(0),
  length: z.int().min(1),
  score: z.number(),
  alarm: z.boolean(),
  state: z.enum(STATES),
  diagnosis: z.enum(DIAGNOSES).nullable(),
  calibrating: z.boolean(),
  why: z.array(z.object({ feature: z.string(), axis: z.string(), ratio: z.number(), spreads: z.number() })),
});

/** @returns null for what names no row */
export function rowRecord(record: string): { path: string; line: number } | null {
  const found = /^(.+\.jsonl):(\d{1,12})$/.exec(record);
  return found && { path: found[1], line: Number(found[2]) };
}

/** @throws InputError FILE_READ; EXPLAIN_ROW for a line that is not there or no row */
export function explainRow(path: string, line: number): Pictured {
  const refuse = (why: string, cause?: unknown): InputError =>
    new InputError('EXPLAIN_ROW', `${path}: ${why}; nothing was explained`, { cause });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError('FILE_READ', `${path}: cannot be read: ${(cause as Error).message}; nothing was explained`, {
      cause,
    });
  }
  const lines = text.trimEnd().split('\n');
  if (line < 1 || line > lines.length) throw refuse(`has the lines 1 to ${lines.length}, got ${line}`);
  const parsed = rowSchema.safeParse(jsonOf(lines[line - 1]));
  if (!parsed.success)
    throw refuse(
      `line ${line} is no row of replay --jsonl (at '${parsed.error.issues[0].path.join('.')}')`,
      parsed.error,
    );
  const { trace, why, ...row } = parsed.data;
  const verdict: Verdict = {
    ...untold(),
    ...row,
    why: why.map((reason, i) => ({ ...reason, featureIndex: i, axisIndex: 0, share: 0 })),
    features: new Float32Array(0),
  };
  const machine: Machine = {
    faultOrder: null,
    bearingName: null,
    sampleRateHz: 0,
    windowLength: 0,
    shaftRpm: null,
    units: [],
  };
  const explanation = explanationOf({
    record: `${path}:${line} (${trace})`,
    verdict,
    machine,
    kind: 'scalar',
    featureUnits: [],
    startS: null,
    endS: null,
    endUtc: null,
    sinceS: null,
    learned: null,
    levels: null,
    hasShares: false,
    hasEvidence: false,
  });
  return { explanation, machine, spectra: null };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
