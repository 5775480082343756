/**
 * The core of a sensor node as C on microcontrollers gives the bits of the full core in Node, and touches nothing but the
 * bytes that it may use: learning, alarm and diagnosis on three axes, operating states, readings, random points.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NODE_CORE_BYTES } from '../../core-wasm/memory.ts';
import { cModule } from '../../firmware/aot/c-module.ts';
import { needs } from '../support/needs.ts';
import { coreModule } from './builds.ts';
import { difference } from './difference.ts';
import { missingFor, NativePlayer } from './native.ts';
import { lifeTape, scalarTape, seededNodeTape, statesTape } from './node-tapes.ts';
import { play } from './play.ts';

const PLAY_MS = 180_000;

const mcu = suite('identity.node-mcu');

for (const [target, board] of [
  ['m4f', 'Cortex-M4F (mps2-an386)'],
  ['m33', 'Cortex-M33 (mps2-an505)'],
] as const)
  needs(mcu, missingFor(target), `agrees bit for bit on a ${board}, in ${NODE_CORE_BYTES} bytes`, () => {
    const module = cModule(coreModule('node'), { memoryBytes: NODE_CORE_BYTES });
    const player = new NativePlayer(module, { target, optimize: 'Os' });
    const tapes: [string, Uint8Array][] = [
      ['unbalance', lifeTape('unbalance')],
      ['states', statesTape()],
      ['readings', scalarTape()],
      ...[1, 2, 3, 4].map((seed): [string, Uint8Array] => [`seed ${seed}`, seededNodeTape(seed)]),
    ];
    for (const [name, tape] of tapes) {
      const got = { by: board, answers: player.play(tape, PLAY_MS) };
      const here = { by: 'SIMD in Node', answers: play(coreModule('simd'), tape) };
      assert.is(difference(name, tape, got, here)?.place ?? null, null);
    }
  });

mcu.run();
