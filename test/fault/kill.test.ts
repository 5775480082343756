/** kill -9 at any moment: what was acknowledged is there, the chain holds, no seq is missing or twice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StoreReader } from '../../host/store/reader.ts';
import { Store } from '../../host/store/store.ts';
import { newFolder } from '../support/folder.ts';

const kill = suite('fault.kill');
const ROUNDS = 20;
const writer = fileURLToPath(new URL('writer.ts', import.meta.url));

/** Runs the writer until it has said `durable` some times, and kills it at once. */
async function writeAndKill(
  dataDir: string,
  from: number,
  lines: number,
): Promise<{ durable: number; warnings: string[] }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', writer, dataDir, String(from)]);
  let output = '';
  let said = 0; // counted once a chunk: whoever reads all of it anew falls behind a fast writer for ever
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  child.stdout.on('data', (chunk) => {
    output += chunk;
    said += String(chunk).match(/durable/g)?.length ?? 0;
    if (said >= lines) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  assert.is(signal, 'SIGKILL', errors);
  // a last line cut in the middle was never said
  const whole = output.slice(0, output.lastIndexOf('\n') + 1);
  const durable = Number([...whole.matchAll(/durable (\d+)/g)].at(-1)?.[1] ?? from - 1);
  return { durable, warnings: [...whole.matchAll(/warning (.*)/g)].map((match) => match[1]) };
}

kill(`of the writer in ${ROUNDS} rounds loses nothing that was acknowledged`, async () => {
  const dataDir = newFolder('kill');
  let durable = 0;
  let from = 1;
  for (let round = 0; round < ROUNDS; round++) {
    // the first rounds hit start and recovery, later ones the stream
    const result = await writeAndKill(dataDir, from, 1 + round * round);
    assert.not(
      result.warnings.some((warning) => warning.includes('set aside')),
      result.warnings.join(),
    );
    durable = result.durable;
    const reader = new StoreReader(dataDir);
    const [epoch, ...others] = reader.epochs();
    assert.is(others.length, 0);
    const features: number[] = [];
    let next = 0;
    for (let at: number | null = 0; at !== null; ) {
      const page = reader.frames({ epochId: epoch.id, fromSeq: at });
      for (const frame of page.frames) {
        assert.is(frame.seq, next++);
        if (frame.kind === 'feature') features.push(frame.monoUs! / 1_000_000);
      }
      at = page.nextSeq;
    }
    reader.close();
    assert.is(next, epoch.frames);
    assert.equal(
      features,
      features.map((_, i) => i + 1),
    );
    assert.ok(features.length >= durable, `${features.length} of ${durable} acknowledged are there`);
    from = features.length + 1;
  }
  const last = Store.open({ dataDir });
  assert.not(last.warnings.some((warning) => warning.includes('set aside')));
  last.close();
});

kill.run();
