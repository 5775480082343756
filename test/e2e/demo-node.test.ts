/** The demo through the real firmware, and what it says where it cannot run. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.ts';
import { missingForImage } from '../support/pico-image.ts';
import { missingForPty } from '../support/pty.ts';
import { spindle } from '../support/spindle.ts';

const demo = suite('e2e.demo-node');

needs(
  demo,
  missingForPty() ?? missingForImage(),
  'the real firmware streams into the whole chain and loses nothing',
  async () => {
    const { code, stdout, stderr } = await spindle([
      'demo',
      '--node',
      'emulated',
      '--headless',
      '--seconds',
      '8',
      '--port',
      '0',
    ]);
    assert.is(code, 0, stderr);
    assert.match(stderr, /emulated Pico with adxl345 at .*; listening for its true rate/);
    const summary = JSON.parse(stdout.trim().split('\n').at(-1)!);
    assert.ok(summary.samplesIn > 3200, stdout);
    assert.is(summary.samplesLost, 0);
    assert.is(summary.framesLost, 0);
    assert.is(summary.samplesIn, summary.samplesAnalysed + summary.samplesPending);
  },
);

demo('without the tools it says what to install, exit 2, and starts nothing', async () => {
  const { code, stderr } = await spindle(['demo', '--node', 'emulated', '--headless'], { env: { PATH: '/nowhere' } });
  assert.is(code, 2);
  assert.match(
    stderr,
    /InputError DEMO_TOOLS: demo --node emulated: got no socat.*: apt-get install -y --no-install-recommends socat.*; nothing was started/,
  );
});

demo('another kind of node is refused with the kinds that there are', async () => {
  const { code, stderr } = await spindle(['demo', '--node', 'real']);
  assert.is(code, 2);
  assert.match(stderr, /Allowed choices are emulated/);
});

demo.run();
