/** The core in the browsers that people have: both kernels, in V8 and in SpiderMonkey, give the bits of this machine. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.ts';
import { missingTraces } from '../support/traces.ts';
import { serveTape } from './browser-server.ts';
import { type Browser, chromiumPath, firefoxPath, startChromium, startFirefox, within } from './browsers.ts';
import { coreModule, KERNELS } from './builds.ts';
import { ADVERSARIAL_WINDOWS, adversarialTape, REAL_WINDOWS, realTape } from './corpus.ts';
import { difference, recordsOf } from './difference.ts';
import { play } from './play.ts';

const OPEN_MS = 60_000;
const PLAY_MS = 120_000;

/** Plays the tape with every kernel in the browser and compares with the scalar kernel here. */
async function agrees(start: () => Promise<Browser>, name: string, tape: Uint8Array, windows: number): Promise<void> {
  const here = { by: 'scalar here', answers: play(coreModule('scalar'), tape) };
  assert.is([...recordsOf(tape, here.answers)].length, windows);
  const server = await serveTape(tape);
  try {
    const browser = await start();
    try {
      await browser.open(server.origin, OPEN_MS);
      for (const kernel of KERNELS) {
        const job = JSON.stringify([`/${kernel}.wasm`, '/tape', `/answers/${kernel}`]);
        const call = `import('/browser-player.ts').then((player) => player.playHere(...${job}))`;
        await within(browser.evaluate(call), PLAY_MS, `${name} with ${kernel} in ${browser.version}`);
        const answers = server.answers.get(`/answers/${kernel}`);
        assert.ok(answers, `${name} with ${kernel}: the browser gave no answers back`);
        const there = { by: `${kernel} in ${browser.version}`, answers };
        assert.is(difference(name, tape, there, here)?.place ?? null, null);
      }
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}

const browsers = suite('identity.browser');

for (const [name, missing, start] of [
  ['Chromium', chromiumPath ? null : 'chromium on PATH', startChromium],
  ['stock Firefox', firefoxPath ? null : 'firefox-esr on PATH', startFirefox],
] as const) {
  needs(browsers, missing, `${name} agrees bit for bit on the ${ADVERSARIAL_WINDOWS} adversarial windows`, () =>
    agrees(start, 'adversarial corpus', adversarialTape(), ADVERSARIAL_WINDOWS),
  );
  needs(
    browsers,
    missing ?? missingTraces(),
    `${name} agrees bit for bit on ${REAL_WINDOWS} recorded windows`,
    async () => agrees(start, 'recordings', await realTape(), REAL_WINDOWS),
  );
}

browsers.run();
