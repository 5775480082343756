/** The long fuzz in short: decoders of recordings and of the configuration give an answer to whatever they get. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DamageError } from '../../host/errors.ts';
import { fuzz, fuzzTargets } from '../soak/fuzz.ts';

const SEED = 20261125;
const INPUTS: Record<string, number> = { frame: 40_000, header: 10_000, sequence: 10_000, recording: 200, config: 400 };
const MOST_BYTES = 64 * 1024 * 1024;

const decoders = suite('fuzz.decoders');
const { targets, end } = await fuzzTargets(SEED);
decoders.after(end);

for (const [name, target] of targets)
  decoders(`${INPUTS[name]} nearly good inputs of kind ${name}: taken or refused, and nothing is kept`, async () => {
    const { inputs, taken, grownBytes } = await fuzz(name, target, INPUTS[name], SEED);
    assert.is(inputs, INPUTS[name]);
    // a recording is signed: changed, it is refused at the latest at its end
    if (name !== 'recording')
      assert.ok(taken > inputs / 200, `only ${taken} got through: the fuzz meets only the first check`);
    assert.ok(grownBytes < MOST_BYTES, `${grownBytes} bytes are kept`);
  });

decoders('a decoder that throws anything else is found, with seed and number of the input', async () => {
  let calls = 0;
  const broken = (): void => {
    if (calls++ === 5) throw new RangeError('index');
    throw new DamageError('X', 'damaged');
  };
  await fuzz('broken', broken, 100, 1).then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, 'broken: seed 1, input 5: RangeError: index'),
  );
});

decoders.run();
