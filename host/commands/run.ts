/** `spindle run`: the host on the sources of a configuration. */
import { Command } from 'commander';
import type { Source } from '../acquire/source.ts';
import type { Config } from '../config.ts';
import { explain } from '../explain.ts';
import type { Output } from '../pipeline.ts';
import type { HostPoint } from '../run/drafts.ts';
import { endingOf } from '../run/ending.ts';
import type { Host } from '../run/host.ts';
import { uplinkBalance } from '../run/uplink-watch.ts';
import type { Verdict } from '../types.ts';
import { aborted } from '../wait.ts';
import { example } from './arguments.ts';
import type { NodeAccess } from './config-sources.ts';
import { Interrupted, interruption } from './exit.ts';

export function runCommand(): Command {
  return new Command('run')
    .summary('run the host on the sources of a configuration')
    .description(
      'Reads every source of the configuration, judges it, stores and forwards the frames and shows a status page. Ends ' +
        'at Ctrl-C, or when every source has ended; what came in is analysed and committed first.',
    )
    .requiredOption('-c, --config <FILE>', 'configuration; see docs/spindle.example.yaml and spindle schema')
    .addHelpText('after', example('spindle run -c spindle.yaml', 'checks the file, then runs until Ctrl-C'))
    .action(run);
}

async function run({ config: path }: { config: string }): Promise<void> {
  const { loadConfig } = await import('../config.ts');
  const { LiveLine } = await import('./live-line.ts');
  const running = await import('../run/host.ts');
  const { clockText } = await import('../explain.ts');
  const { endSecondsAt } = await import('../stream-time.ts');
  const config = loadConfig(path);
  const signal = interruption();
  const live = new LiveLine(true);
  const sources = await openAll(config, (text) => live.tell(`warn: ${text}`), signal);
  const told = sources.map(() => 0);
  const tellNotes = (): void => {
    for (const [index, { name, source }] of sources.entries())
      for (const { notes } = source.info; told[index] < notes.length; told[index]++)
        live.tell(`info: ${name}: ${notes[told[index]]}`);
  };
  tellNotes();
  for (const { id, bearing } of config.points)
    if (bearing?.note !== undefined) live.tell(`info: ${id}: ${bearing.note}`);
  const zoneless = new Set<string>();
  const tellNoZone = ({ point, noZone }: Verdict): void => {
    if (noZone === null || zoneless.has(point)) return;
    zoneless.add(point);
    live.tell(`info: ${point}: no severity zone: ${noZone}`);
  };
  const host = new running.Host(
    { ...hostSettings(config), sources, keepsBaselines: true },
    {
      onOutput: (point: HostPoint, output: Output) => {
        live.take(point, output);
        if (output.kind === 'verdict') tellNoZone(output.verdict);
        if (output.kind === 'alarm') {
          const at = clockText(endSecondsAt(point.info, output.event.sample));
          live.tell(`${at}  ${explain(output.event.verdict, null, point.plan)}`);
        } else if (output.kind === 'gap') {
          live.tell(`${output.point}: ${output.lostSamples} samples lost (${output.cause}) at ${output.firstSample}`);
          tellNotes();
        }
      },
      onListening: (url) => live.tell(`status page: ${url}`),
      onMessage: (level, text) => live.tell(`${level}: ${text}`),
    },
  );
  const reading = host.run().then(
    () => null,
    (error: unknown) => error,
  );
  const failure = (await Promise.race([reading, aborted(signal)])) ?? null;
  live.end();
  const isWhole = await host.stop();
  await Promise.all(sources.map(({ source }) => source.close()));
  tellNotes(); // what only the end of a file could tell
  for (const line of uplinkBalance(host.storeStatus?.uplinks ?? [])) console.error(line);
  if (host.storeStatus)
    console.error(`${balance(host)}${isWhole ? '' : '; not everything could be committed in time'}`);
  const error = endingOf(host, failure, isWhole);
  if (error !== null) throw error;
}

/** Also after an error: what came in before is kept. */
function balance({ counts, stored }: Host): string {
  const { samplesIn, samplesLost, decisions, alarms } = counts;
  return `${samplesIn} samples in, ${samplesLost} lost, ${decisions} decisions, ${alarms} alarms, ${stored.count} frames stored`;
}

async function openAll(config: Config, tell: (text: string) => void, signal: AbortSignal) {
  const { startingBaseline } = await import('../run/kept.ts');
  const { isEndless, openPoint } = await import('./config-sources.ts');
  const { Whereabouts } = await import('../acquire/serial/whereabouts.ts');
  const nodes = { whereabouts: new Whereabouts(), signal };
  const sources = await openSources(config, openPoint, nodes);
  const opened = [];
  for (const [index, point] of config.points.entries()) {
    const {
      id: name,
      learnSamples,
      thresholdSpreads,
      persistenceDecisions,
      bearing,
      severity,
      rotor,
      offBelow,
    } = point;
    const { baselineFile: file } = point;
    const source = sources[index];
    const bearingName = bearing?.name ?? null;
    const options = { learnSamples, thresholdSpreads, persistenceDecisions, severity, rotor, offBelow, bearingName };
    const baseline = startingBaseline({
      dataDir: config.store.directory,
      name,
      info: source.info,
      options,
      file,
      tell,
    });
    opened.push({
      name,
      topicPath: point.topicPath,
      source,
      ...(isEndless(point) ? { reopen: () => openPoint(point, nodes) } : {}),
      options: baseline ? { ...options, baseline } : options,
      ...(point.source.type === 'simulator' ? { speedup: point.source.speedup } : {}),
    });
  }
  return opened;
}

/** All at once: each node is listened to for a while before it is open. One that cannot be opened closes the others. */
async function openSources(
  config: Config,
  openPoint: typeof import('./config-sources.ts')['openPoint'],
  nodes: NodeAccess & { signal: AbortSignal },
): Promise<Source[]> {
  const tried = await Promise.allSettled(config.points.map((point) => openPoint(point, nodes)));
  const failed = tried.find((one) => one.status === 'rejected');
  const sources = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (!failed) return sources;
  await Promise.all(sources.map((source) => source.close()));
  throw nodes.signal.aborted ? new Interrupted() : failed.reason;
}

function hostSettings({ enterprise, site, area, line, store, uplinks, serve, watch, hash }: Config) {
  const mib = 1024 * 1024;
  const maxAgeMs = store.durability === 'every-frame' ? 0 : store.groupMs;
  return {
    dataDir: store.directory,
    commit: { maxAgeMs, maxBytes: store.durability === 'every-frame' ? 0 : 65_536 },
    room: {
      budgetBytes: store.budgetMiB === undefined ? null : store.budgetMiB * 2 ** 20,
      dropOrder: store.dropOrder,
      retentionDays: store.retentionDays,
    },
    ...(store.cardTerabytes === undefined ? {} : { cardTerabytes: store.cardTerabytes }),
    uplinks,
    serve: {
      title: [enterprise, site, area, line].join(' / '),
      subtitle: `data in ${store.directory}; anonymous viewer, this machine only`,
      host: serve.host,
      ...(serve.port === undefined ? {} : { port: serve.port }),
    },
    watch: {
      commitMs: watch.commitS * 1000,
      memoryBytes: watch.memoryMiB * mib,
      lagMs: watch.lagMs,
      freeBytes: watch.freeMiB * mib,
    },
    configHash: hash,
  };
}
