/**
 * Finds out whether what a function touches can depend on what memory holds. Where it cannot, a call touches the same
 * addresses every time it is made with the same integers: one run with all checks that does not trap proves all runs,
 * and the accesses need no check (harden.ts).
 *
 * What the proof needs of the functions reached from the roots, by rules that are syntactic and stricter than needed:
 *
 *  - their integers come from constants, parameters and globals: they load floats only and make no integer out of a
 *    float (no comparison, conversion or reinterpretation);
 *  - these globals stay as they were instantiated: neither they nor any other function that can run writes one of them
 *    or gives its address away;
 *  - every call of them belongs to a call of a root: no other function that can run calls one, no other export is one.
 *
 * What no export reaches cannot run. Works on the text of wasm2c; a line that it does not know is an objection.
 */
import { AotError } from './aot-error.ts';
import { MODULE_NAME } from './wasm2c.ts';

interface CFunction {
  parameters: string;
  lines: string[];
}

/**
 * @param source  C of wasm2c, as harden() takes it
 * @param roots  exported functions
 * @returns the functions of the module (`w2c_...`) that run when a root is called, and only then
 * @throws AotError `AOT_OBLIVIOUS` naming function and line of the first objection
 */
export function obliviousFunctions(source: string, roots: readonly string[]): ReadonlySet<string> {
  if (roots.length === 0) return new Set();
  const functions = functionsOf(source);
  const rootEntries = roots.map((root) => `Z_${MODULE_NAME}Z_${root}`);
  const reached = calledFrom(rootEntries, functions);
  for (const name of reached) check(name, find(name, functions));
  const entries = [...functions.keys()].filter((name) => !name.startsWith('w2c_'));
  const others = [...entries, ...calledFrom(entries, functions)].filter(
    (name) => !reached.has(name) && !rootEntries.includes(name),
  );
  checkOthers(others, reached, functions);
  return reached;
}

const CALL = /\b(w2c_\w+)\(instance\b/g;
/** Of the module and of its exports, which are the only ones whose name does not begin with w2c_. */
const DEFINITION = /^[\w *]*?\b(\w+)\((Z_core_instance_t ?\* ?instance[^{;]*)\) \{\n([\s\S]*?)^\}\n/gm;

function functionsOf(source: string): Map<string, CFunction> {
  const functions = new Map<string, CFunction>();
  for (const [, name, parameters, body] of source.matchAll(DEFINITION))
    functions.set(name, { parameters, lines: body.split('\n').map((line) => line.trim()) });
  const unread = /^.*\binstance\b(?:->|[,)]).*$/m.exec(source.replace(DEFINITION, ''));
  if (unread) object('the generated C', 'a line outside the functions that are known', unread[0]);
  return functions;
}

function find(name: string, functions: Map<string, CFunction>): CFunction {
  const found = functions.get(name);
  if (!found) throw new AotError('AOT_OBLIVIOUS', `${name}: found 0 times in the generated C, wanted once`);
  return found;
}

/** The functions that run when one of `names` does, without these. */
function calledFrom(names: readonly string[], functions: Map<string, CFunction>): Set<string> {
  const called = new Set<string>();
  const visit = (name: string): void => {
    for (const line of find(name, functions).lines)
      for (const [, callee] of line.matchAll(CALL)) {
        if (called.has(callee)) continue;
        called.add(callee);
        visit(callee);
      }
  };
  for (const name of names) visit(name);
  return called;
}

function object(name: string, reason: string, line: string): never {
  throw new AotError('AOT_OBLIVIOUS', `${name}: ${reason}: ${line}`);
}

/** Its memory aside, whose size is fixed. */
const GLOBAL = /\binstance->(?!w2c_memory\b)(\w+)/g;
const GLOBAL_READ = /^w2c_\w+ = instance->w2c_\w+;$/;
/** Gives the globals the values that they have in every run. */
const INITIALIZER = 'init_globals';

/** That no function which can run beside the reached ones calls one of them or changes a global that they read. */
function checkOthers(names: string[], reached: ReadonlySet<string>, functions: Map<string, CFunction>): void {
  const reads = new Set<string>();
  for (const name of reached)
    for (const line of find(name, functions).lines) for (const [, global] of line.matchAll(GLOBAL)) reads.add(global);
  for (const name of names)
    for (const line of find(name, functions).lines) {
      for (const [, callee] of line.matchAll(CALL))
        if (reached.has(callee)) object(name, `calls ${callee}, which is proven for other calls only`, line);
      if (name === INITIALIZER || GLOBAL_READ.test(line)) continue;
      for (const [, global] of line.matchAll(GLOBAL))
        if (reads.has(global)) object(name, `may change ${global}, on which proven functions depend`, line);
    }
}

const DECLARATION = /^(u32|u64|f32|f64) (w2c_.*);$/;
const IGNORED = /^(|FUNC_PROLOGUE;|FUNC_EPILOGUE;|\}|\} else \{|do \{|w2c_\w+:;?|goto w2c_\w+;|return w2c_\w+;)$/;
/** Statements that WebAssembly's own types keep from making an integer of a float; group 1: an integer they make. */
const STATEMENTS = [
  /^(w2c_\w+) (?:[-+*/&|^]|<<|>>)?= [^;]*;$/,
  /^[if](?:32|64)_store(?:8|16|32)?\(&instance->w2c_memory, \(u64\)\(w2c_\w+\)(?: \+ \d+)?, w2c_\w+\);$/,
  /^memory_(?:fill|copy)\(&instance->w2c_memory, [^;()]*\);$/,
  /^w2c_\w+\(instance(?:, w2c_\w+)*\);$/,
];
const BRANCH = /^(?:if|switch|\} while) \(.*\) ?(?:\{|;|\{goto w2c_\w+;\})?$/;
/** Integers from memory or out of floats. Comparisons show by the variables in them. */
const TAINTED = /\bi(?:32|64)_load|_reinterpret_|TRUNC|instance->w2c_g\w+ *[^;]*=[^=]/;

function check(name: string, { parameters, lines }: CFunction): void {
  const floats = new Set<string>();
  const depends = (line: string): never => object(name, 'what it touches may depend on what memory holds', line);
  for (const [, variable] of parameters.matchAll(/f(?:32|64) (w2c_\w+)/g)) floats.add(variable);
  for (const line of joined(lines)) {
    if (IGNORED.test(line)) continue;
    const declaration = DECLARATION.exec(line);
    if (declaration) {
      if (declaration[1].startsWith('f'))
        for (const [variable] of declaration[2].matchAll(/w2c_\w+/g)) floats.add(variable);
      continue;
    }
    const statement = STATEMENTS.map((form) => form.exec(line)).find((match) => match !== null);
    if (TAINTED.test(line) || (!statement && !BRANCH.test(line))) depends(line);
    const target = statement?.[1];
    const decides = target ? !floats.has(target) : !statement;
    if (decides && [...line.matchAll(/w2c_\w+/g)].some(([variable]) => floats.has(variable))) depends(line);
  }
}

/** Declarations that go over several lines, on one. */
function joined(lines: string[]): string[] {
  const whole: string[] = [];
  for (const line of lines) {
    const last = whole.at(-1);
    if (last && /^[uf](32|64) /.test(last) && !last.endsWith(';')) whole[whole.length - 1] = `${last} ${line}`;
    else whole.push(line);
  }
  return whole;
}
