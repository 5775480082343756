/**
 * Finds out whether what a function touches can depend on what memory holds. Where it cannot, a call touches the same
 * addresses every time it is made with the same integers: one run with all checks that does not trap proves all runs,
 * and the accesses need no check (harden.ts).
 *
 * The rule is stricter than needed, and syntactic: a function reached from the roots loads floats only, makes no integer
 * out of a float (no comparison, conversion or reinterpretation), and writes no global. So its integers come from
 * constants, parameters and globals that stay as they are. Works on the text of wasm2c; a line that it does not know is
 * an objection.
 */
import { AotError } from './aot-error.ts';

interface CFunction {
  parameters: string;
  lines: string[];
}

/**
 * @param source  C of wasm2c, as harden() takes it
 * @param roots  exported functions
 * @returns the functions of the module (`w2c_...`) that can run when a root is called
 * @throws AotError `AOT_OBLIVIOUS` naming function and line of the first objection
 */
export function obliviousFunctions(source: string, roots: readonly string[]): ReadonlySet<string> {
  const functions = functionsOf(source);
  const reached = new Set<string>();
  const visit = (name: string): void => {
    const found = functions.get(name);
    if (!found) throw new AotError('AOT_OBLIVIOUS', `${name}: found 0 times in the generated C, wanted once`);
    if (reached.has(name)) return;
    reached.add(name);
    check(name, found);
    for (const line of found.lines) for (const [, callee] of line.matchAll(CALL)) visit(callee);
  };
  for (const root of roots) visit(`w2c_${root}`);
  return reached;
}

const CALL = /\b(w2c_\w+)\(instance\b/g;
const DEFINITION = /^static \w+ (w2c_\w+)\((Z_core_instance_t\* instance.*)\) \{\n([\s\S]*?)^\}\n/gm;

function functionsOf(source: string): Map<string, CFunction> {
  const functions = new Map<string, CFunction>();
  for (const [, name, parameters, body] of source.matchAll(DEFINITION))
    functions.set(name, { parameters, lines: body.split('\n').map((line) => line.trim()) });
  return functions;
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
  const object = (line: string): never => {
    throw new AotError('AOT_OBLIVIOUS', `${name}: what it touches may depend on what memory holds: ${line}`);
  };
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
    if (TAINTED.test(line) || (!statement && !BRANCH.test(line))) object(line);
    const target = statement?.[1];
    const decides = target ? !floats.has(target) : !statement;
    if (decides && [...line.matchAll(/w2c_\w+/g)].some(([variable]) => floats.has(variable))) object(line);
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
