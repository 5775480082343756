/**
 * Turns what zod found into lines that a person can act on: file, line, column, path, got, wanted. The YAML document
 * knows where things stand, the schema knows what it wanted.
 */
import type { Document, LineCounter } from 'yaml';
import { isMap, isNode } from 'yaml';
import type { z } from 'zod';

type Path = PropertyKey[];
/** The parts of a zod schema that are walked here; zod's own types cannot be followed at run time. */
interface Walkable {
  meta(): { wanted?: string; description?: string } | undefined;
  shape?: Record<string, Walkable>;
  element?: Walkable;
  options?: Walkable[];
  unwrap?: () => Walkable;
}

export interface Problem {
  line: number;
  column: number;
  path: string;
  text: string;
}

/** Where a parsed YAML file holds what. */
export class Positions {
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  /** Line and column, from 1, of the value at `path`, or of the nearest thing around it that exists. */
  ofValue(path: Path): { line: number; column: number } {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.at(node.range[0]);
    }
    return { line: 1, column: 1 };
  }

  ofKey(path: Path, key: string): { line: number; column: number } {
    const parent = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    const pair = isMap(parent) ? parent.items.find((item) => isNode(item.key) && String(item.key) === key) : undefined;
    return isNode(pair?.key) && pair.key.range ? this.at(pair.key.range[0]) : this.ofValue(path);
  }

  at(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}

/** One problem for each thing that zod found wrong, in the order of the file. */
export function problemsOf(error: z.ZodError, schema: z.ZodType, input: unknown, positions: Positions): Problem[] {
  const problems = error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      const got =
        issue.code === 'custom' && valueAt(input, issue.path) === undefined ? 'nothing' : gotAt(input, issue.path);
      const where = positions.ofValue(issue.path);
      return [{ ...where, path: pathText(issue.path), text: `got ${got}, wanted ${wantedBy(issue, schema)}` }];
    }
    const allowed = keysAt(schema, issue.path, input);
    return issue.keys.map((key) => ({
      ...positions.ofKey(issue.path, key),
      path: pathText([...issue.path, key]),
      text: `got an unknown key, wanted ${nearest(key, allowed) ?? `one of ${allowed.join(', ')}`}`,
    }));
  });
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

function wantedBy(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  if (issue.code === 'custom') return issue.message;
  const metas = schemasAt(schema as unknown as Walkable, issue.path).map((candidate) => candidate.meta());
  const wanted = metas.find((meta) => meta?.wanted)?.wanted ?? generic(issue);
  const description = metas.find((meta) => meta?.description)?.description;
  return description ? `${wanted}. ${description}` : wanted;
}

function generic(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return (
        { string: 'text', object: 'a mapping', array: 'a list', int: 'a whole number' }[issue.expected as string] ??
        `a ${issue.expected}`
      );
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'invalid_union':
      return 'options' in issue ? `one of ${(issue.options as string[]).join(', ')}` : 'something else';
    case 'too_small':
      if (issue.origin === 'array') return `at least ${issue.minimum} item`;
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`;
    default:
      return issue.message;
  }
}

/** Every schema that may stand at `path`: one, or several below a union. */
function schemasAt(schema: Walkable, path: Path): Walkable[] {
  let level = [schema];
  for (const step of path)
    level = level
      .flatMap(branches)
      .flatMap((one) => (typeof step === 'number' ? [one.element] : [one.shape?.[String(step)]]))
      .filter((one) => one !== undefined);
  return level.flatMap((one) => [one, ...branches(one)]);
}

function branches(schema: Walkable): Walkable[] {
  // an array has unwrap() too: there it is the element
  const inner = schema.element || !schema.unwrap ? schema : schema.unwrap();
  if (inner !== schema) return branches(inner);
  const options = inner.options?.filter((option) => typeof option === 'object') ?? []; // an enum's options are texts
  return options.length > 0 ? options.flatMap(branches) : [inner];
}

function keysAt(schema: z.ZodType, path: Path, input: unknown): string[] {
  const type = (valueAt(input, path) as { type?: unknown } | undefined)?.type;
  const shapes = schemasAt(schema as unknown as Walkable, path).flatMap((one) => (one.shape ? [one.shape] : []));
  const fitting = shapes.filter((shape) => (shape.type as { value?: unknown } | undefined)?.value === type);
  return [...new Set((fitting.length > 0 ? fitting : shapes).flatMap(Object.keys))];
}

const valueAt = (input: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step], input);

function gotAt(input: unknown, path: Path): string {
  const value = valueAt(input, path);
  if (value === undefined || value === null) return 'nothing';
  if (path.at(-1) === 'password' || path.at(-1) === 'username') return 'a value that is not shown here';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object')
    return `a mapping with ${Object.keys(value).slice(0, 5).join(', ') || 'nothing in it'}`;
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const pathText = (path: Path): string => path.map(String).join('.') || '(whole file)';

function nearest(key: string, allowed: string[]): string | null {
  const scored = allowed.map((one) => ({ one, distance: editDistance(key.toLowerCase(), one.toLowerCase()) }));
  const best = scored.sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= Math.max(2, Math.floor(key.length / 3)) ? `${best.one} (did you mean that?)` : null;
}

/** Levenshtein distance, with a swap of neighbours counted as two. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}
