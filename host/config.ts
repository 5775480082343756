/**
 * Reads spindle.yaml. Every problem of the file is found at once and named with file, line, column, path, got, wanted;
 * nothing is started from a file that has one. Paths are relative to the folder of the file.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { type Bearing, faultOrderOf, parseBearing } from './bearing.ts';
import { Positions, type Problem, problemsOf } from './config/problems.ts';
import { configSchema, type SourceSettings, type SpindleYaml } from './config/schema.ts';
import { type SeverityRule, severityRule } from './detect/severity.ts';
import { InputError } from './errors.ts';
import { openRegular } from './file-kind.ts';
import type { RotorFacts, Unit } from './types.ts';

export { configJsonSchema, configSchema, type SourceSettings } from './config/schema.ts';

const MAX_BYTES = 1024 * 1024;

/** One point of the plant, with everything that its source and its analysis need. */
export interface ConfiguredPoint {
  /** `asset/point`: unique on this host, and how people call it. */
  id: string;
  asset: string;
  name: string;
  /** `enterprise/site/area/line/asset/point`: the middle of every topic. */
  topicPath: string;
  /** Paths inside are absolute. */
  source: SourceSettings;
  unit: Unit;
  sampleRateHz: number;
  range: number;
  shaftRpm: number | null;
  bearing: Bearing | null;
  severity: SeverityRule | null;
  /** As Pipeline takes it. */
  learnSamples: number | 'auto' | null;
  /** Absolute path of the baseline to judge by. */
  baselineFile: string | null;
  thresholdSpreads: number | undefined;
  persistenceDecisions: number | undefined;
  offBelow: number | undefined;
  rotor: RotorFacts;
}

export interface Uplink {
  name: string;
  url: string | string[];
  /** Raw Ed25519 key of the collector; undefined: a PUBACK is all that is asked for. */
  receiptKey: Uint8Array | undefined;
  backfillFramesPerS: number | undefined;
  username: string | undefined;
  password: string | undefined;
}

export interface Config {
  /** Absolute path of the file. */
  file: string;
  /** SHA-256 of the bytes of the file. */
  hash: Uint8Array;
  enterprise: string;
  site: string;
  area: string;
  line: string;
  points: ConfiguredPoint[];
  /** `directory` is absolute. */
  store: SpindleYaml['store'];
  uplinks: Uplink[];
  serve: SpindleYaml['serve'];
  watch: SpindleYaml['watch'];
}

/**
 * @param environment where `${NAME}` is looked up
 * @throws InputError `CONFIG_READ` | `CONFIG_EMPTY` | `CONFIG_YAML` | `CONFIG_INVALID`
 */
export function loadConfig(path: string, environment: NodeJS.ProcessEnv = process.env): Config {
  return parseConfig(readConfig(path), path, environment);
}

/** As `loadConfig`, from the text of the file. */
export function parseConfig(text: string, path: string, environment: NodeJS.ProcessEnv = {}): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const positions = new Positions(document, lines);
  if (document.errors.length > 0)
    throw refusal(
      'CONFIG_YAML',
      path,
      document.errors.map((error) => ({ ...positions.at(error.pos[0]), path: '(YAML)', text: error.message })),
    );
  const input = plainOf(document, path, positions);
  if (input === null || input === undefined)
    throw new InputError(
      'CONFIG_EMPTY',
      `${path}: got an empty file, wanted a configuration; see spindle run --help; nothing was started`,
    );
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) throw refusal('CONFIG_INVALID', path, problemsOf(parsed.error, configSchema, input, positions));
  const missing: Problem[] = [];
  const uplinks = parsed.data.uplinks.map((uplink, index) => {
    const resolved = (key: 'username' | 'password'): string | undefined => {
      const reference = uplink[key]?.slice(2, -1);
      const value = reference === undefined ? undefined : environment[reference];
      if (reference !== undefined && !value)
        missing.push({
          ...positions.ofValue(['uplinks', index, key]),
          path: `uplinks.${index}.${key}`,
          text: `got an environment without ${reference}, wanted it set before Spindle starts`,
        });
      return value;
    };
    const { name, url, receiptKey, backfillFramesPerS } = uplink;
    return {
      ...{ name, url, backfillFramesPerS },
      receiptKey: receiptKey === undefined ? undefined : Uint8Array.from(Buffer.from(receiptKey, 'hex')),
      ...{ username: resolved('username'), password: resolved('password') },
    };
  });
  if (missing.length > 0) throw refusal('CONFIG_INVALID', path, missing);
  return { ...named(parsed.data, resolve(path)), uplinks, hash: createHash('sha256').update(text).digest() };
}

/** A list as a key would become text, exponentially long; aliases of aliases larger than the memory, which the parser refuses. */
function plainOf(document: Document, path: string, positions: Positions): unknown {
  const wrongKeys: Problem[] = [];
  const at = (node: unknown): { line: number; column: number } =>
    positions.at(isNode(node) && node.range ? node.range[0] : 0);
  try {
    visit(document, {
      Pair: (_, { key }) => {
        if (isScalar(key)) return;
        wrongKeys.push({ ...at(key), path: '(YAML)', text: 'got a list or mapping as a key, wanted a name' });
        return visit.BREAK;
      },
    });
    if (wrongKeys.length === 0) return document.toJS();
  } catch (cause) {
    wrongKeys.push({ line: 1, column: 1, path: '(YAML)', text: (cause as Error).message });
  }
  throw refusal('CONFIG_YAML', path, wrongKeys);
}

function named(yaml: SpindleYaml, file: string): Omit<Config, 'uplinks' | 'hash'> {
  const { enterprise, site, area, line, serve, watch } = yaml;
  const absolute = (path: string): string => resolve(dirname(file), path);
  const points = yaml.assets.flatMap((asset) =>
    asset.points.map((point) => ({
      id: `${asset.name}/${point.name}`,
      asset: asset.name,
      name: point.name,
      topicPath: [enterprise, site, area, line, asset.name, point.name].join('/'),
      source: withAbsolutePaths(point.source, absolute),
      unit: point.unit,
      sampleRateHz: point.sampleRateHz,
      range: point.range,
      shaftRpm: point.shaftRpm ?? null,
      bearing: bearingOf(point.bearing),
      severity: point.severity === undefined ? null : severityRule(point.severity),
      learnSamples: learnSamplesOf(point.learn, point.sampleRateHz),
      baselineFile: typeof point.learn === 'object' && 'file' in point.learn ? absolute(point.learn.file) : null,
      thresholdSpreads: point.threshold,
      persistenceDecisions: point.persistence,
      offBelow: point.offBelow,
      rotor: { axialAxis: point.axialAxis, gearTeeth: point.gearTeeth, lineFrequencyHz: point.lineFrequencyHz },
    })),
  );
  const store = { ...yaml.store, directory: absolute(yaml.store.directory) };
  return { file, enterprise, site, area, line, points, store, serve, watch };
}

function withAbsolutePaths(source: SourceSettings, absolute: (path: string) => string): SourceSettings {
  if ('path' in source) return { ...source, path: absolute(source.path) };
  if (source.type === 'node' && source.keyFile !== undefined) return { ...source, keyFile: absolute(source.keyFile) };
  return source;
}

type YamlPoint = SpindleYaml['assets'][number]['points'][number];

function bearingOf(bearing: YamlPoint['bearing']): Bearing | null {
  if (bearing === undefined) return null;
  if (typeof bearing === 'string') return parseBearing(bearing);
  return { name: null, faultOrder: 'bpfo' in bearing ? bearing : faultOrderOf(bearing) };
}

function learnSamplesOf(learn: YamlPoint['learn'], sampleRateHz: number): number | 'auto' | null {
  if (learn === 'never') return null;
  return typeof learn === 'object' && 'seconds' in learn ? Math.round(learn.seconds * sampleRateHz) : 'auto';
}

function readConfig(path: string): string {
  const refuse = (why: string, cause?: unknown): InputError =>
    new InputError('CONFIG_READ', `${path}: ${why}; nothing was started`, { cause });
  const file = openRegular(path, refuse);
  try {
    const { size } = fstatSync(file);
    if (size > MAX_BYTES) throw refuse(`got ${size} bytes, wanted a configuration of at most ${MAX_BYTES}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw refuse(
      cause instanceof TypeError ? 'is no UTF-8 text' : `cannot be read: ${(cause as Error).message}`,
      cause,
    );
  } finally {
    closeSync(file);
  }
}

function refusal(code: string, file: string, problems: Problem[]): InputError {
  const lines = problems.map(({ line, column, path, text }) => `${file}:${line}:${column} ${path}: ${text}`);
  return new InputError(code, `${lines.join('\n')}\nNothing was started.`);
}
