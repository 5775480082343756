/**
 * The JSON description of one trace of a library: what the numbers in the `.bin` or `.bin.gz` beside it mean.
 * Checked here once, so that the reader of the numbers can trust it. Unknown members are ignored.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { InputFile } from './file.ts';

/** A sidecar is a page of text; anything larger is another file. */
const MAX_BYTES = 16 * 1024 * 1024;

const order = z.number().positive();
const bearing = z.object({
  orders: z.object({ bpfo: order, bpfi: order, bsf: order, ftf: order }),
});
const hash = z.string().regex(/^[0-9a-f]{64}$/i, 'a SHA-256 in hex');

const schema = z.object({
  name: z.string().min(1).optional(),
  file: z.string().min(1),
  encoding: z.string(),
  layout: z.literal('interleaved').default('interleaved'),
  compression: z.string().nullish(),
  samples: z.int().nonnegative(),
  channelCount: z.int().positive().optional(),
  channels: z
    .array(
      z.object({
        name: z.string().min(1),
        unit: z.string().nullish(),
        scale: z.number().default(1),
        offset: z.number().default(0),
        fullScale: z.number().positive().optional(),
      }),
    )
    .min(1),
  sampleRateHz: z.number().nullish(),
  unit: z.string().nullish(),
  sha256: hash.optional(),
  sha256Gz: hash.optional(),
  shaftRpm: z.number().positive().nullish(),
  bearing: bearing.nullish(),
  bearings: z.record(z.string(), bearing).nullish(),
  snapshot: z
    .object({
      count: z.int().positive().optional(),
      samples: z.int().positive(),
      intervalS: z.number().positive().nullish(),
    })
    .nullish(),
  baseline: z.string().min(1).nullish(),
  learn: z.object({ samples: z.int().positive() }).nullish(),
});

export type Sidecar = z.infer<typeof schema>;

/**
 * Reads and checks the form of a JSON file of a library.
 * @throws InputError `FILE_*` | `code` (no JSON, or not of this form; names the path in it)
 */
export async function readJson<T>(path: string, code: string, form: z.ZodType<T>): Promise<T> {
  const file = await InputFile.open(path);
  await file.close();
  if (file.bytes > MAX_BYTES)
    throw new InputError(code, `${path}: got ${file.bytes} bytes, wanted at most ${MAX_BYTES}; nothing was read`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new InputError(code, `${path}: is no JSON (${(cause as Error).message}); nothing was read`, { cause });
  }
  const checked = form.safeParse(json);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new InputError(code, `${path}: at '${issue.path.join('.') || '(top)'}': ${issue.message}; nothing was read`);
}

/** @throws InputError `FILE_*` | `TRACE_SIDECAR` */
export async function readSidecar(path: string): Promise<Sidecar & { name: string }> {
  const sidecar = await readJson(path, 'TRACE_SIDECAR', schema);
  const { channels, channelCount, samples, snapshot } = sidecar;
  if (channelCount !== undefined && channelCount !== channels.length)
    throw new InputError(
      'TRACE_SIDECAR',
      `${path}: describes ${channels.length} channels, but channelCount is ${channelCount}; nothing was read`,
    );
  const twice = channels.find(({ name }, index) => channels.findIndex((other) => other.name === name) !== index);
  if (twice)
    throw new InputError('TRACE_SIDECAR', `${path}: describes two channels named '${twice.name}'; nothing was read`);
  if (snapshot?.count !== undefined && snapshot.count * snapshot.samples !== samples)
    throw new InputError(
      'TRACE_SIDECAR',
      `${path}: ${snapshot.count} snapshots of ${snapshot.samples} samples are not ${samples} samples; nothing was read`,
    );
  return { ...sidecar, name: sidecar.name ?? basename(path, '.json') };
}
