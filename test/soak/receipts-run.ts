/** `npm run soak -- receipts [INPUTS [SEED]]` */
import { randomInt } from 'node:crypto';
import { fuzzReceipts } from './receipts.ts';
import { record } from './record.ts';

const [inputs = '10000000', seed = String(randomInt(2 ** 31))] = process.argv.slice(2);
console.log(`soak receipts: ${inputs} inputs, seed ${seed}`);
const startMs = performance.now();
const result = fuzzReceipts(Number(inputs), Number(seed), (done) => {
  if (done % 1_000_000 === 0) console.log(`${done} inputs`);
});
const heapMib = Math.round(process.memoryUsage().rss / 1024 / 1024);
const seconds = Math.round((performance.now() - startMs) / 1000);
console.log(JSON.stringify({ ...result, heapMib, seconds }));
const { inputs: done, accepted, refused, forged } = result;
record('receipts', Number(seed), { inputs: done, accepted, refused, forged, heapMib, seconds });
process.exitCode = result.forged === 0 ? 0 : 1;
