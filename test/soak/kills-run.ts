/** `npm run soak -- kills [KILLS [SEED]]` */
import { randomInt } from 'node:crypto';
import { newFolder } from '../support/folder.ts';
import { kills } from './kills.ts';
import { record } from './record.ts';

const [count = '1000', seed = String(randomInt(2 ** 31))] = process.argv.slice(2);
console.log(`soak kills: ${count}, seed ${seed}`);
const result = await kills({
  ...{ kills: Number(count), seed: Number(seed), framesPerS: 400, mostMs: 600, folder: newFolder('kills') },
  told: (done) => {
    if (done % 50 === 0) console.log(`${done} kills`);
  },
});
console.log(JSON.stringify(result));
const { lost, different, invented, stored, collected, features, lastFeature, durable } = result;
record('kills', Number(seed), {
  ...{ kills: Number(count), ...result.kills, stored, collected, lost, different, invented },
  seconds: Math.round(result.seconds),
});
const isWell =
  lost + different + invented === 0 && stored === collected && features === lastFeature && lastFeature >= durable;
console.log(isWell ? 'nothing lost, nothing twice, in order' : 'FAILED');
process.exitCode = isWell ? 0 : 1;
