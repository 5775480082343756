/** The warm-up runs what will run, all of it, and leaves nothing behind. How much faster that makes a host, no test times. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { moduleOf } from '../../host/analyse/kernel.ts';
import { warmUp } from '../../host/analyse/warm-up.ts';
import { analyse, configuredCore, pointPlan, uniformNoise } from '../core-wasm/point.ts';

type Exports = Record<string, (...args: number[]) => number> & { memory: WebAssembly.Memory };

/** What is used of the engine, as JavaScript allows it to be replaced. */
interface Replaceable {
  Instance: new (module: WebAssembly.Module, imports?: object) => { exports: Exports };
}

/** Calls `work` and hands over what was instantiated meanwhile. */
function instancesOf(work: () => void): { module: WebAssembly.Module; exports: Exports }[] {
  const engine = WebAssembly as unknown as Replaceable;
  const { Instance } = engine;
  const made: { module: WebAssembly.Module; exports: Exports }[] = [];
  engine.Instance = class {
    readonly exports: Exports;

    constructor(module: WebAssembly.Module, imports?: object) {
      this.exports = new Instance(module, imports).exports;
      made.push({ module, exports: this.exports });
    }
  };
  try {
    work();
  } finally {
    engine.Instance = Instance;
  }
  return made;
}

const warm = suite('analyse.warmUp');

for (const kernel of ['simd', 'scalar'] as const)
  warm(`runs the ${kernel} module that the points run, through learning, judging and envelope spectra`, () => {
    const [{ module, exports }, ...more] = instancesOf(() => assert.ok(warmUp(kernel) > 0));
    assert.is(more.length, 0);
    assert.is(module, moduleOf(kernel));
    assert.is(instancesOf(() => configuredCore(pointPlan(), kernel))[0].module, module);
    const at = exports.resultPtr() >> 2; // of the last push
    const words = new Uint32Array(exports.memory.buffer, 4 * at, layout.RESULT_WORDS);
    const floats = new Float32Array(exports.memory.buffer, 4 * at, layout.RESULT_WORDS);
    assert.is(words[layout.RES_LEARNED], layout.MIN_LEARN_DECISIONS);
    assert.is.not(words[layout.RES_STATE], layout.STATE_LEARNING);
    assert.ok(words[layout.RES_START_LO] > 400_000, `last decision at sample ${words[layout.RES_START_LO]}`);
    assert.ok(floats[layout.RES_SCORE] > 0);
    assert.ok(exports.envelopeLength() > 0, 'an envelope spectrum');
    const line = layout.RES_AXES + layout.FEATURE_FAULT;
    assert.ok(floats.subarray(line, line + layout.FAULT_LINES).some((height) => height !== 0));
    const evidence = floats.subarray(layout.RES_EVIDENCE, layout.RES_EVIDENCE + layout.EVIDENCE_WORDS);
    assert.ok(
      evidence.some((nepers) => nepers !== 0),
      'the fault combs were read',
    );
  });

warm('changes nothing that is decided later', () => {
  const plan = pointPlan({ learnDecisions: 8, shaftRpm: 1500 });
  const signal = [uniformNoise(80_000, 3)];
  const before = analyse(plan, signal);
  warmUp('simd');
  assert.equal(analyse(plan, signal), before);
});

warm('leaves no timer, no handle and no instance behind', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const resources = process.getActiveResourcesInfo();
  const memories = instancesOf(() => warmUp('simd')).map(({ exports }) => new WeakRef(exports.memory));
  assert.equal(process.getActiveResourcesInfo(), resources);
  assert.is(memories.length, 1);
  for (let tries = 0; tries < 20 && memories[0].deref(); tries++) {
    await new Promise(setImmediate); // what a WeakRef has shown lives until the next turn
    collect();
  }
  assert.is(memories[0].deref(), undefined);
});

warm.run();
