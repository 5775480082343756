/**
 * Ten million nearly good inputs and more into the decoders of recordings and of the configuration. Ends with exit code 1
 * at the first that is neither taken nor refused in its own words, at one that takes longer than 10 s, and when a decoder
 * keeps more than 64 MiB.
 * Usage: npm run soak -- fuzz [INPUTS [SEED]]
 */
import { randomInt } from 'node:crypto';
import { type FuzzResult, fuzz, fuzzTargets } from './fuzz.ts';
import { record } from './record.ts';

/** By what an input costs: bytes of a frame some 20 us, a whole file or a configuration some ms. */
const SHARES: Record<string, number> = { frame: 0.76, header: 0.12, sequence: 0.115, config: 0.004, recording: 0.001 };
const MOST_BYTES = 64 * 1024 * 1024;
const HANG_MS = 10_000;

const [inputs = 10_000_000, seed = randomInt(2 ** 32)] = process.argv.slice(2).map(Number);
const { targets, end } = await fuzzTargets(seed);
const results: FuzzResult[] = [];
console.log(`seed ${seed}`);
try {
  for (const [name, target] of targets) {
    let toldMs = performance.now();
    const result = await fuzz(name, target, Math.ceil(inputs * SHARES[name]), seed, (done) => {
      if (performance.now() - toldMs < 30_000) return;
      toldMs = performance.now();
      console.log(`${name}: ${done}`);
    });
    results.push(result);
    const { taken, seconds, slowestMs, grownBytes } = result;
    console.log(
      `${name}: ${result.inputs} inputs, ${taken} of them taken, ${Math.round(result.inputs / seconds)} a second, ` +
        `slowest ${Math.round(slowestMs)} ms, ${Math.round(grownBytes / 1024)} KiB kept`,
    );
  }
} finally {
  end();
}
const all = results.reduce((sum, one) => sum + one.inputs, 0);
console.log(`${all} inputs, nothing but answers`);
record('fuzz', seed, {
  inputs: all,
  ...Object.fromEntries(
    results.flatMap(({ target, inputs: own, seconds }) => [
      [`${target}: inputs`, own],
      [`${target}: inputs a second`, Math.round(own / seconds)],
    ]),
  ),
});
const wrong = results.filter(({ slowestMs, grownBytes }) => slowestMs > HANG_MS || grownBytes > MOST_BYTES);
for (const { target, slowestMs, grownBytes } of wrong)
  console.error(`${target}: slowest ${Math.round(slowestMs)} ms, ${grownBytes} bytes kept`);
process.exitCode = wrong.length === 0 ? 0 : 1;
