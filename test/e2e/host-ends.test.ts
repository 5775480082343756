/** How demo and run end where something of theirs is missing or was there before: exit codes and accounts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DemoSummary } from '../../host/demo.ts';
import { newFolder } from '../support/folder.ts';
import { spindle } from '../support/spindle.ts';

const ends = suite('host ends');

ends('demo in a folder that it has used before counts its own frames and delivers all of them', async () => {
  const dataDir = newFolder('again');
  const summaries: DemoSummary[] = [];
  for (let run = 0; run < 2; run++) {
    const args = ['demo', '--headless', '--seconds', '3', '--speedup', '20', '--data', dataDir, '--port', '0'];
    const { code, stdout, stderr } = await spindle(args);
    assert.is(code, 0, stderr);
    summaries.push(JSON.parse(stdout.trimEnd().split('\n').at(-1)!));
  }
  for (const { frames, framesDelivered, framesLost, decisions, complete } of summaries) {
    assert.equal([framesDelivered, framesLost, complete], [frames, 0, true]);
    // besides a feature a decision: events, descriptor and checkpoints
    assert.ok(frames > decisions && frames < decisions + 20, `${frames} frames, ${decisions} decisions`);
  }
});

if (existsSync('/proc/self'))
  ends('demo with data where no folder can be is refused at once', async () => {
    const { code, stderr } = await spindle(['demo', '--headless', '--port', '0', '--data', '/proc/nope/data']);
    assert.is(code, 2, stderr);
    assert.match(stderr, /InputError STORE_DIRECTORY: \/proc\/nope\/data: cannot be a data directory/);
    assert.not(existsSync(join('/proc', 'nope')));
  });

ends.run();
