/**
 * `npm run soak -- wire [SCANS [SEED]]`: the bytes that a node sends are those of its module in Node, over a million
 * scans and all commands: as C on M4F and M33 in QEMU, and of a running IIS3DWB image on the M0+. Needs the ARM tools.
 */
import { fileURLToPath } from 'node:url';
import { cModule } from '../../firmware/aot/c-module.ts';
import { NODE_IMPORTS, nodeMemoryBytes } from '../../firmware/node/module.ts';
import { image } from '../firmware/pico/images.ts';
import { NodeOnDesk } from '../firmware/pico/node.ts';
import { recorded } from '../firmware/pico/recorded.ts';
import { missingFor, NativePlayer } from '../identity/native.ts';
import { session } from '../node/session.ts';
import { playInNode, scansOn } from '../node/tape.ts';
import { nodeBuild } from '../node/twin.ts';

const DEFAULT_SCANS = 1_000_000;
const SESSION_SCANS = 50_000;
const PLAY_MS = 600_000;
const PLAYER = fileURLToPath(new URL('../node/play-node.c', import.meta.url));
const RATE_HZ = 26_667;

const [scans = DEFAULT_SCANS, seed = 1] = process.argv.slice(2).map(Number);
const missing = missingFor('m4f', 'm33', 'm0plus');
if (missing) {
  console.error(`soak wire: no ${missing}`);
  process.exit(2);
}

let failed = 0;
function told(by: string, done: number, isSame: boolean, bytes: number): void {
  console.log(`${by}: ${done} scans, ${bytes} bytes on the wire, ${isSame ? '0 differ' : 'DIFFER'}`);
  if (!isSame) failed++;
}

const { bytes } = nodeBuild();
const module = cModule(bytes, { imports: NODE_IMPORTS, memoryBytes: nodeMemoryBytes(bytes) });
for (const target of ['m4f', 'm33'] as const) {
  const player = new NativePlayer(module, { target, optimize: 'O2' }, PLAYER);
  let [done, sentBytes, isSame] = [0, 0, true];
  for (let i = 0; done < scans; i++) {
    const { tape, sent, scans: made } = session(i % 2 ? 'adxl355' : 'adxl345', SESSION_SCANS, seed + i);
    isSame &&= Buffer.from(playInNode(bytes, tape)).equals(sent);
    isSame &&= Buffer.from(player.play(tape, PLAY_MS)).equals(sent);
    done += made;
    sentBytes += sent.length;
  }
  told(target, done, isSame, sentBytes);
}

const built = image('iis3dwb');
let [done, sentBytes, isSame] = [0, 0, true];
// one run after the other: a recording of it all would not fit into memory
while (done < scans) {
  const node = new NodeOnDesk(built, 'usb');
  const { recorder, sent } = recorded(node, built.module);
  const wanted = Math.min(scans - done, 4 * RATE_HZ) / RATE_HZ + 0.2;
  for (let second = 0; second < wanted; second++) node.run(Math.min(1, wanted - second));
  const { tape } = recorder;
  const all = Buffer.concat(sent);
  const got = playInNode(built.module, tape);
  isSame &&= all.length - got.length < 1100 && Buffer.from(got).equals(all.subarray(0, got.length)); // the last call may not be over
  done += scansOn(tape);
  sentBytes += got.length;
}
told('m0plus image', done, isSame, sentBytes);
process.exitCode = failed > 0 ? 1 : 0;
