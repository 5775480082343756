/** The kill -9 loop in short; `npm run soak -- kills` runs a thousand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kills } from '../soak/kills.ts';
import { newFolder } from '../support/folder.ts';
import { hasMosquitto } from '../support/mosquitto.ts';

const kill = suite('collect.kill');
const test = hasMosquitto() ? kill : kill.skip;
const SEED = Number(process.env.SPINDLE_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`host, broker and collector killed 30 times in all lose nothing and store nothing twice (seed ${SEED})`, async () => {
  const result = await kills({ kills: 30, seed: SEED, framesPerS: 400, mostMs: 300, folder: newFolder('kills') });
  console.log(JSON.stringify(result));
  const { lost, different, invented, stored, collected, durable, features, lastFeature } = result;
  assert.equal({ lost, different, invented }, { lost: 0, different: 0, invented: 0 });
  assert.is(collected, stored);
  assert.is(features, lastFeature);
  assert.ok(durable > 0 && lastFeature >= durable, `features up to ${durable} acknowledged, to ${lastFeature} stored`);
});

kill.run();
