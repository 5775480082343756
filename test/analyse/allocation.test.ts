/** The core allocates nothing: its memory is fixed when it is loaded, and no instruction could make it larger. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Simulator } from '../../host/acquire/simulator.ts';
import { Pipeline } from '../../host/pipeline.ts';
import { countingCalls } from './counted-calls.ts';
import { MEMORY_GROW, readModule } from './wasm-code.ts';

const KERNELS = ['simd', 'scalar'] as const;
const moduleOf = (kernel: string): Uint8Array =>
  readFileSync(new URL(`../../core-wasm/build/spindle-core.${kernel}.wasm`, import.meta.url));

/** A function of the given body, without parameters, and one page of memory that may grow. */
function moduleWith(body: number[]): Uint8Array {
  const code = [1, body.length + 1, 0, ...body];
  const sections = [
    [1, 4, 1, 0x60, 0, 0],
    [3, 2, 1, 0],
    [5, 3, 1, 0, 1],
    [10, code.length, ...code],
  ];
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
}

const allocation = suite('core.allocation');

allocation('reader finds memory.grow, and does not take an empty block or a constant for it', () => {
  const grows = moduleWith([0x41, 1, 0x40, 0, 0x1a, 0x0b]);
  const pretends = moduleWith([0x02, 0x40, 0x41, 0x40, 0x1a, 0x0b, 0x0b]);
  for (const bytes of [grows, pretends]) assert.ok(WebAssembly.validate(bytes));
  assert.is(readModule(grows).instructions.get(MEMORY_GROW), 1);
  assert.is(readModule(pretends).instructions.get(MEMORY_GROW), undefined);
  assert.equal(readModule(grows).memory, { initial: 1, maximum: null });
});

for (const kernel of KERNELS)
  allocation(`${kernel} module imports nothing, cannot grow its memory and never asks to`, () => {
    const { imports, memory, instructions } = readModule(moduleOf(kernel));
    assert.is(imports, 0);
    assert.ok(memory !== null && memory.initial === memory.maximum, JSON.stringify(memory));
    assert.ok(instructions.size > 50, 'instructions were read');
    assert.is(instructions.get(MEMORY_GROW), undefined);
  });

for (const kernel of KERNELS)
  allocation(`${kernel} memory keeps its size from loading through learning and judging`, async () => {
    const { memories, stop } = countingCalls();
    const source = new Simulator({ durationS: 20, fault: 'outer_race', faultStartS: 15 });
    const pipeline = new Pipeline(source.info, { learnSamples: 10 * source.info.sampleRateHz, kernel });
    stop();
    assert.is(memories.length, 1);
    const before = memories[0].buffer;
    let verdicts = 0;
    for await (const event of source.events()) verdicts += pipeline.push(event).length;
    assert.ok(verdicts >= 15, `${verdicts} verdicts`);
    assert.is(memories[0].buffer, before); // growing would have replaced it
    assert.is(before.byteLength, readModule(moduleOf(kernel)).memory!.initial * 65_536);
  });

allocation.run();
