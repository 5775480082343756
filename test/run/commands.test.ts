/** Commands on a running host: durable before they are answered, acted on, remembered by the next run. */
import { existsSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Source } from '../../host/acquire/source.ts';
import { type Action, checkedCommand } from '../../host/alarm/command.ts';
import type { PipelineOptions } from '../../host/pipeline.ts';
import { ask } from '../../host/run/ask.ts';
import type { HostSettings } from '../../host/run/host.ts';
import { keptPath, startingBaseline } from '../../host/run/kept.ts';
import type { SourceEvent, SourceInfo } from '../../host/types.ts';
import { newFolder } from '../support/folder.ts';
import { allFrames, type Run, start, verdicts } from './started-host.ts';

const RATE = 640;
const LEARN_S = 60;
const INFO: SourceInfo = {
  name: 'shaker',
  channels: [{ name: 'x', unit: 'g' }],
  sampleRateHz: RATE,
  shaftRpm: null,
  bearings: {},
  snapshot: null,
  sampleCount: null,
  startUtcUs: null,
  notes: [],
};

/** Noise whose level a test turns up; as fast as it is taken, but it waits at `holdS` until it is let go. */
class Shaker implements Source {
  readonly info = INFO;
  level = 1;
  holdS: number;
  #state = 1;

  constructor(holdS: number) {
    this.holdS = holdS;
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    for (let second = 0; !signal?.aborted; second++) {
      while (second >= this.holdS && !signal?.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
      const x = Float32Array.from({ length: RATE }, () => {
        this.#state = (this.#state * 48_271) % 2_147_483_647;
        return this.level * (this.#state / 2_147_483_647 - 0.5);
      });
      yield { kind: 'samples', firstSample: second * RATE, channels: [x] };
    }
  }

  async close(): Promise<void> {}
}

const said = (action: Action, more: Record<string, unknown> = {}) =>
  checkedCommand({ action, point: 'm', by: 'A. Smith', reason: 'seen', ...more });

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + 30_000; !holds(); ) {
    if (performance.now() > end) throw new Error(`waited 30 s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface Started {
  run: Run;
  shaker: Shaker;
  running: Promise<void>;
}

function startShaker(dataDir: string, changes: Partial<HostSettings> = {}): Started {
  const shaker = new Shaker(LEARN_S + 10);
  const run = start([{ source: shaker, learnSamples: LEARN_S * RATE }], { dataDir, keepsBaselines: true, ...changes });
  return { run, shaker, running: run.host.run() };
}

/** Learns, then alarms. */
async function alarmed(dataDir = newFolder('commands'), changes: Partial<HostSettings> = {}): Promise<Started> {
  const started = startShaker(dataDir, changes);
  const { run, shaker } = started;
  await until(() => verdicts(run.outputs).some(({ state }) => state === 'normal'), 'normal');
  shaker.level = 4;
  shaker.holdS += 20;
  await until(() => verdicts(run.outputs).at(-1)?.alarm === true && run.host.status().handled!.length > 0, 'an alarm');
  return started;
}

const audits = (dataDir: string) =>
  allFrames(dataDir)
    .filter(({ kind }) => kind === 'audit')
    .map(({ map }) => [70, 72, 73, 74, 75, 76, 77, 78].map((key) => map.get(key)));

const commands = suite('run.commands');

commands('are durable when they are answered, one audit frame each, and shown', async () => {
  const { run, running } = await alarmed();
  const { dataDir, host } = run;
  assert.is(await ask(dataDir, said('ack')), 'alarm 1 of m acknowledged');
  assert.equal(audits(dataDir), [
    ['A. Smith', 'cli', 'ack', 'm alarm 1', 'unacknowledged', 'acknowledged', 'seen', 'done'],
  ]);
  const [handled] = host.status().handled!;
  assert.is(handled.handling, 'acknowledged');
  assert.equal([handled.last?.by, handled.last?.reason], ['A. Smith', 'seen']);
  assert.match(await ask(dataDir, said('shelve', { forMs: 60_000 })), /^m shelved until /);
  assert.is(await ask(dataDir, said('confirm')), 'alarm 1 of m confirmed');
  const refused = await ask(dataDir, said('ack')).catch((error) => error);
  assert.is(refused.code, 'COMMAND_ALARM');
  assert.is(audits(dataDir).length, 3);
  await host.stop();
  await running;
});

commands('of two people at once for one alarm only the first is carried out', async () => {
  const { run, running } = await alarmed();
  const answers = await Promise.allSettled([ask(run.dataDir, said('ack')), ask(run.dataDir, said('ack'))]);
  assert.equal(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.is(audits(run.dataDir).length, 1);
  await run.host.stop();
  await running;
});

commands(
  'wait for the commit: nothing is shown before, and a store thread that dies meanwhile loses none',
  async () => {
    const { run, running } = await alarmed(undefined, { injectFsyncDelayMs: 300 });
    const answer = ask(run.dataDir, said('ack'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.is(run.host.status().handled![0].handling, 'unacknowledged');
    run.host.store.kill();
    assert.is(await answer, 'alarm 1 of m acknowledged');
    assert.is(audits(run.dataDir).length, 1);
    assert.is(run.host.status().handled![0].handling, 'acknowledged');
    await run.host.stop();
    await running;
  },
);

commands(
  'false with relearn: the point forgets, learns anew, says so, and is normal on what alarmed before',
  async () => {
    const { run, shaker, running } = await alarmed();
    const { dataDir, host } = run;
    assert.match(
      await ask(dataDir, said('false', { relearn: true })),
      /recorded as false; what is normal is learned anew$/,
    );
    shaker.holdS += LEARN_S / 2;
    await until(() => verdicts(run.outputs).at(-1)?.state === 'learning', 'learning');
    host.analysis.kill(); // a thread that is started anew learns on where it was
    shaker.holdS += LEARN_S / 2 + 20;
    await until(() => verdicts(run.outputs).at(-1)?.state === 'normal', 'normal again');
    const states = run.outputs.flatMap((output) => (output.kind === 'alarm' ? [output.event.to] : []));
    assert.equal(states.slice(0, 2), ['learning', 'normal']);
    assert.equal(states.slice(-2), ['learning', 'normal']);
    const { samplesIn, samplesAnalysed, samplesPending, samplesLost } = host.counts;
    assert.is(samplesIn, samplesAnalysed + samplesPending + samplesLost);
    await until(() => run.messages.filter((text) => text.includes('learned and kept')).length === 2, 'kept again');
    await host.stop();
    await running;
    assert.is(verdicts(run.outputs).filter(({ start: first }, i, all) => i > 0 && first <= all[i - 1].start).length, 0);
  },
);

commands('a restart goes on with what was kept, unless a person has said since that it was wrong', async () => {
  const dataDir = newFolder('commands');
  const first = await alarmed(dataDir);
  await first.run.host.stop();
  await first.running;
  assert.ok(existsSync(keptPath(dataDir, 'm')));
  const told: string[] = [];
  const starting = (changes: Partial<PipelineOptions> = {}) =>
    startingBaseline({
      dataDir,
      name: 'm',
      info: INFO,
      options: { learnSamples: LEARN_S * RATE, ...changes },
      file: null,
      tell: (text) => told.push(text),
    });
  assert.is(starting()?.points[0].plan.name, 'm');
  assert.is(starting({ thresholdSpreads: 12 }), null);
  assert.match(told.at(-1)!, /was learned with a threshold of 5, not 12; it is learned anew/);
  const result = await ask(dataDir, said('false'));
  assert.is(result, 'alarm 1 of m recorded as false; no host runs, it is written down for the next one');
  assert.ok(starting());
  // a file that is put back does not bring the wrong one back
  const { readFileSync, writeFileSync } = await import('node:fs');
  const kept = readFileSync(keptPath(dataDir, 'm'));
  await ask(dataDir, said('false', { relearn: true }));
  assert.is(existsSync(keptPath(dataDir, 'm')), false);
  writeFileSync(keptPath(dataDir, 'm'), kept);
  assert.is(starting(), null);
  assert.match(told.at(-1)!, /is older than the word of A\. Smith \(.*Z\) that it was learned wrong; it is not used/);
  assert.equal(
    audits(dataDir).map(([, origin, action]) => [origin, action]),
    [
      ['cli, no host running', 'false'],
      ['cli, no host running', 'false-relearn'],
    ],
  );
});

commands('a host that has learned while something changed keeps that, and says what it was', async () => {
  const dataDir = newFolder('commands');
  const { run, shaker, running } = startShaker(dataDir);
  shaker.holdS = LEARN_S / 2;
  await until(() => verdicts(run.outputs).length > 20, 'half of it');
  await new Promise((resolve) => setTimeout(resolve, 50));
  shaker.level = 3;
  shaker.holdS = LEARN_S + 10;
  await until(() => run.messages.some((text) => text.startsWith('warn: m: it was not one steady state')), 'a warning');
  assert.match(
    run.messages.at(-1)!,
    /steady state \(m: .* jumps: rises by a factor of 3 at 00:00:(29|30) .*, and \d+ more\)/,
  );
  await run.host.stop();
  await running;
});

commands('what was shelved stays shelved over a restart, and no alarm of before stands any more', async () => {
  const dataDir = newFolder('commands');
  const first = await alarmed(dataDir);
  await ask(dataDir, said('shelve'));
  await first.run.host.stop();
  await first.running;
  const second = startShaker(dataDir);
  await until(() => second.run.host.storeStatus !== null, 'the store');
  const [handled] = second.run.host.status().handled!;
  assert.ok(handled.shelvedUntilUtcMs! > Date.now());
  assert.equal([handled.handling, handled.alarmId], ['returned', 1]);
  await second.run.host.stop();
  await second.running;
});

commands('a second host in the same directory takes neither lock nor socket', async () => {
  const { run, running } = await alarmed();
  const second = startShaker(run.dataDir);
  const error = await second.running.catch((cause) => cause);
  assert.is(error.code, 'STORE_LOCKED');
  await second.run.host.stop();
  assert.is(await ask(run.dataDir, said('ack')), 'alarm 1 of m acknowledged');
  await run.host.stop();
  await running;
});

commands.run();
