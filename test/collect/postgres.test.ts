/** The whole way into a real PostgreSQL that is killed under load: nothing lost, nothing twice. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PostgresSink } from '../../host/collect/postgres.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';
import { hasMosquitto } from '../support/mosquitto.ts';
import { needs } from '../support/needs.ts';
import { Parties, uplinkOf } from '../support/parties.ts';
import { missingPostgres, startPostgres } from '../support/postgres.ts';
import { rows } from '../support/store.ts';

const postgres = suite('collect.postgres');
const parties = new Parties(postgres);
const missing = missingPostgres() ?? (hasMosquitto() ? null : 'Mosquitto (apt-get install mosquitto)');
const descriptors = [{ key: 'd', draft: descriptorDraft() }];

needs(postgres, missing, 'PostgreSQL killed three times under load costs nothing but time', async () => {
  const server = await startPostgres();
  parties.endsWith(() => server.stop());
  const { url } = await parties.broker();
  const far = await parties.collector([url], { sink: await PostgresSink.open(server.url) });
  const dataDir = newFolder('postgres');
  const thread = parties.host(
    dataDir,
    { url, receiptKey: far.key.publicKey, limits: { answerMs: 20_000 } },
    { drainMs: 30_000 },
  );
  let token = 0;
  for (let round = 0; round < 4; round++) {
    const before = uplinkOf(thread)?.delivered ?? 0;
    for (let n = 0; n < 700; n++)
      thread.send({ type: 'append', token: ++token, drafts: [featureDraft(token)], descriptors });
    await thread.until(() => (uplinkOf(thread)?.delivered ?? 0) > before + 50, 'receipts');
    if (round === 3) break;
    await server.kill('SIGKILL');
    await server.restart();
  }
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, 0);
  await far.stop();
  const there = await server.query<{ seq: string; bytes: Buffer }>(
    'SELECT seq, bytes FROM spindle.collected ORDER BY host_id, epoch, seq',
  );
  const here = rows(dataDir);
  assert.equal(
    there.map(({ seq }) => Number(seq)),
    here.map(({ seq }) => seq),
  );
  assert.ok(there.every(({ bytes }, i) => bytes.compare(here[i].bytes as Uint8Array) === 0));
});

postgres.run();
