/**
 * Prometheus' text format 0.0.4, read strictly, with the rules of `promtool check metrics` for names: whatever a scraper
 * or its linter would refuse throws here.
 */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  type: string;
  help: string;
  samples: Sample[];
}

const NAME = /^[a-z][a-z0-9_]*$/;
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/y;
const NOT_BASE =
  /_(milliseconds?|ms|minutes?|hours?|days?|kib|mib|kilobytes?|megabytes?|bits?|percent|celsius_degrees)(_|$)/;
const NUMBER = /^(-?\d+(\.\d+)?(e[+-]?\d+)?|NaN|[+-]Inf)$/;

/** @throws Error that names the line */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line is not ended');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current: string | null = null;
  let help: string | null = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (what: string): never => {
      throw new Error(`${what}: ${line}`);
    };
    const [, keyword, name, rest] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.has(name)) fail('a family twice');
      if (rest.trim() === '') fail('no help');
      [current, help] = [name, rest];
    } else if (keyword === 'TYPE') {
      if (name !== current || help === null) fail('TYPE without its HELP before it');
      lint(name, rest, fail);
      families.set(name, { type: rest, help: help!, samples: [] });
      help = null;
    } else {
      const sample = sampleOf(line, fail);
      const family = families.get(sample.name);
      if (!family || sample.name !== current) return fail('a sample outside of its family');
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (seen.has(key)) fail('a sample twice');
      seen.add(key);
      if (family.type === 'counter' && !(sample.value >= 0)) fail('a counter below 0');
      family.samples.push(sample);
    }
  }
  for (const [name, { samples }] of families)
    if (samples.length === 0) throw new Error(`a family without samples: ${name}`);
  return families;
}

function lint(name: string, type: string, fail: (what: string) => never): void {
  if (!NAME.test(name)) fail('a name in other letters than a-z 0-9 _');
  if (type !== 'counter' && type !== 'gauge') fail('a type that is not used here');
  if ((type === 'counter') !== name.endsWith('_total')) fail('counters, and only they, end in _total');
  if (/_(count|sum|bucket)$/.test(name)) fail('a suffix of histograms');
  if (/(^|_)(counter|gauge)(_|$)/.test(name)) fail('a type in the name');
  if (NOT_BASE.test(name)) fail('not a base unit');
}

function sampleOf(line: string, fail: (what: string) => never): Sample {
  const [, name, , inside, number] = /^([a-z][a-z0-9_]*)(\{(.*)\})? (\S+)$/.exec(line) ?? fail('no sample');
  if (!NUMBER.test(number)) fail('no number');
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let at = 0; inside !== undefined && at < inside.length; at = LABEL.lastIndex) {
    const found = LABEL.exec(inside) ?? fail('no label');
    const [, label, value] = found;
    if (label in labels) fail('a label twice');
    if (label === 'le' || label === 'quantile') fail('a label of histograms');
    labels[label] = value.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
  }
  return { name, labels, value: number.endsWith('Inf') ? Number(number.replace('Inf', 'Infinity')) : Number(number) };
}
