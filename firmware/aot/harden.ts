/**
 * Hardens what wasm2c 1.0.32 writes, for processors without an MMU and a memory whose size is known at compile time:
 *
 *  - loads and stores are typed accesses to a static array instead of memcpy through a pointer, and no float takes the
 *    way through an integer register (compile with -fno-strict-aliasing; AssemblyScript keeps every access aligned);
 *  - each of them is checked against a constant, each bulk operation by a sum of 64 bits.
 *
 * The text is changed only where it is exactly what it was when this was written and tested. Anything else is refused.
 */
import { createHash } from 'node:crypto';
import { AotError } from './aot-error.ts';
import { BODY_BEGINS, PIECES, type Piece, PREAMBLE_SHA256 } from './preamble.ts';

/** How the generated code names its one memory. */
const MEMORY = '&instance->w2c_memory';

export interface FixedMemory {
  /** As the module declares: what memory.size answers. */
  pages: number;
  /** As the board has, at most `pages` of 65 536: what the checks compare with, and all that is allocated. */
  bytes: number;
  /** Module whose functions may be called. */
  imports?: string;
}

/**
 * @param proven  functions (`w2c_...`) whose accesses are known to be in bounds and go unchecked: see oblivious.ts
 * @throws AotError `AOT_TEXT` naming what was looked for and how often it was found
 */
export function harden(
  source: string,
  { pages, bytes, imports }: FixedMemory,
  proven: ReadonlySet<string> = new Set(),
): string {
  const bodyAt = source.indexOf(BODY_BEGINS);
  if (bodyAt < 0) refuse('end of the preamble', 0, BODY_BEGINS);
  const size = `#define WASM_MEMORY_PAGES ${pages}u\n#define WASM_MEMORY_BYTES ${bytes}u\n`;
  return size + hardenPreamble(source.slice(0, bodyAt)) + hardenBody(source.slice(bodyAt), proven, imports);
}

function hardenPreamble(preamble: string): string {
  let text = preamble;
  for (const piece of PIECES) text = replaced(text, piece);
  const got = createHash('sha256').update(preamble).digest('hex');
  if (got !== PREAMBLE_SHA256)
    throw new AotError(
      'AOT_TEXT',
      `preamble of the generated C: sha256 got ${got}, wanted ${PREAMBLE_SHA256} (wasm2c 1.0.32, -n core, core.c)`,
    );
  return text;
}

function replaced(text: string, { what, from, to }: Piece): string {
  const first = typeof from === 'string' ? from : from.first;
  const last = typeof from === 'string' ? from : from.last;
  for (const line of [first, last]) if (count(text, line) !== 1) refuse(what, count(text, line), line);
  const begin = text.indexOf(first);
  const end = text.indexOf(last) + last.length;
  if (end <= begin) refuse(what, 0, `${first} ... ${last}`);
  return text.slice(0, begin) + to + text.slice(end);
}

const NAME = '(w2c_\\w+)';
const AT = `${MEMORY}, \\(u64\\)\\(${NAME}\\)`;

/** Every use of the memory that becomes another text. A store's offset is printed without the u of a load's. */
const USES: readonly { use: RegExp; to: string }[] = [
  { use: new RegExp(`\\b(\\w+_load\\w*)\\(${AT}\\)`, 'g'), to: '$1($2, 0u)' },
  { use: new RegExp(`\\b(\\w+_load\\w*)\\(${AT} \\+ (\\d+)u\\)`, 'g'), to: '$1($2, $3u)' },
  { use: new RegExp(`\\b(\\w+_store\\w*)\\(${AT}, ${NAME}\\);`, 'g'), to: '$1($2, 0u, $3);' },
  { use: new RegExp(`\\b(\\w+_store\\w*)\\(${AT} \\+ (\\d+), ${NAME}\\);`, 'g'), to: '$1($2, $3u, $4);' },
  { use: new RegExp(`\\bmemory_fill\\(${MEMORY}, `, 'g'), to: 'memory_fill(' },
  { use: new RegExp(`\\bmemory_copy\\(${MEMORY}, ${MEMORY}, `, 'g'), to: 'memory_copy(' },
  { use: /\bLOAD_DATA\(instance->w2c_memory, /g, to: 'LOAD_DATA(' },
];

/** Lines that keep their use of the memory's description. */
const KEPT = [
  / {2}wasm_rt_(?:free_memory\(&instance->w2c_memory|allocate_memory\(&instance->w2c_memory, \d+, \d+)\);\n/g,
  / {2}return &instance->w2c_memory;\n/g,
  / = instance->w2c_memory\.pages;\n/g,
  / {2}wasm_rt_memory_t w2c_memory;\n/g,
];

/** What the body may call beside the functions of the module: all of it is in the preamble or in wasm-rt.h. */
const CALLED = new RegExp(
  `^(?:${[
    'Z_core\\w*|w2c_\\w+|init_\\w+',
    'if|while|switch|sizeof|void|assert|isnan|signbit|LIKELY|UNLIKELY|TRAP',
    'LOAD_DATA|memory_(?:fill|copy)|[if](?:32|64)_(?:load|store)(?:8|16|32)?(?:_[su])?|[if](?:32|64)_reinterpret_[if](?:32|64)',
    'I(?:32|64)_(?:CLZ|CTZ|POPCNT|DIV_S|REM_S|ROTL|ROTR|TRUNC_\\w+)|DIV_U|REM_U|FMIN|FMAX|copysignf?',
    'wasm_(?:quiet|floor|ceil|trunc|nearbyint|fabs|sqrt)f?',
    'wasm_rt_(?:allocate_memory|free_memory|register_func_type|is_initialized)',
  ].join('|')})$`,
);

/** A function of the module, up to its closing brace. */
const DEFINITION = /^static \w+ (w2c_\w+)\(Z_core_instance_t\* instance.*\) \{\n[\s\S]*?^\}\n/gm;

function hardenBody(body: string, proven: ReadonlySet<string>, imports?: string): string {
  const text = USES.reduce((hardened, { use, to }) => hardened.replace(use, to), body);
  const rest = KEPT.reduce((left, kept) => left.replace(kept, '\n'), text);
  refuseLine(rest, /^\s*#/, 'a directive, where none was ever seen');
  refuseLine(rest, /w2c_memory|wasm_memory/, 'a use of the memory that is not known');
  for (const [call, name] of rest.matchAll(/\b([A-Za-z_]\w*) ?\(/g))
    if (!CALLED.test(name)) refuseLine(rest, new RegExp(`\\b${call.replace('(', '\\(')}`), 'a call that is not known');
  for (const [call, name] of rest.matchAll(/\(\*(\w+)\)\(/g))
    if (!imports || !name.startsWith(`Z_${imports}Z_`))
      refuseLine(rest, new RegExp(`\\(\\*${name}\\)\\(`), `a call by pointer that is not known: ${call}`);
  return text.replace(DEFINITION, (definition, name) =>
    proven.has(name) ? definition.replace(/\b[if](?:32|64)_(?:load|store)/g, 'proven_$&') : definition,
  );
}

function refuseLine(text: string, part: RegExp, what: string): void {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => part.test(line));
  if (at >= 0)
    throw new AotError('AOT_TEXT', `body of the generated C, near line ${at + 1}: ${what}: ${lines[at].trim()}`);
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function refuse(what: string, found: number, wanted: string): never {
  throw new AotError('AOT_TEXT', `${what}: found ${found} times, wanted once:\n${wanted}`);
}
