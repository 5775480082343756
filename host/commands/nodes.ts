/** `spindle nodes`: which sensor nodes there are, how they do, and what they are set to. */
import { Command } from 'commander';
import type { NodeSource, NodeStatus } from '../acquire/serial/node-source.ts';
import { InputError, TransportError } from '../errors.ts';
import { example, positive } from './arguments.ts';
import { Interrupted, interruption } from './exit.ts';
import {
  type CalibrationArguments,
  calibrateArgument,
  configureArgument,
  orientation,
  triple,
} from './node-arguments.ts';
import { nodeAt } from './node-at.ts';
import { type NodeRow, nodeRow, nodeTable } from './node-table.ts';

interface ListArguments {
  port: string[];
  seconds: number;
  json?: boolean;
}

interface SetArguments extends CalibrationArguments {
  rate?: number;
  range?: number;
  keyFile?: string;
  newKey?: string;
}

/** Flash is written before it answers; a self-test takes its time. */
const SLOW_MS = 5000;

const collect = (path: string, before: string[]): string[] => [...before, path];

export function nodesCommand(): Command {
  const command = new Command('nodes')
    .summary('sensor nodes: which there are, how they do, set and test them')
    .description(
      'Asks every USB port at which a node may be, and those named with --port, and listens: who is there, what it is set ' +
        'to, its true rate, what was lost. Ports of other devices are never written to. A port that a running host reads ' +
        'is in use: its status page shows the node.',
    )
    .option('--port <PATH>', 'ask this port too, e.g. a UART; may be given several times', collect, [])
    .option('--seconds <N>', 'how long to listen', positive, 3)
    .option('--json', 'one JSON object a node')
    .addHelpText('after', example('spindle nodes --port /dev/ttyAMA0', 'USB ports, and the UART of a Raspberry Pi'))
    .action(list);
  command.addCommand(setCommand());
  command.addCommand(testCommand());
  return command;
}

function setCommand(): Command {
  return new Command('set')
    .summary('set rate, range, calibration or key of a node')
    .description(
      'Sets a node and shows what it then says of itself. It keeps this in its flash. A key can be set once: from then on ' +
        'the node obeys only who has it, and only --key-file with that key sets anything.',
    )
    .argument('<NODE>', 'board id or path of the port')
    .option('--rate <HZ>', 'nominal sample rate, one that the sensor has', positive)
    .option('--range <G>', 'range in g, one that the sensor has', positive)
    .option('--offset <X,Y,Z>', 'calibration: g that each axis of the part reads at 0 g', triple)
    .option('--gain <X,Y,Z>', 'calibration: factor of each axis of the part', triple)
    .option('--orientation <X,Y,Z>', 'axes of the part along x, y, z of the machine, e.g. z,-x,y', orientation)
    .option('--no-calibration', 'take the calibration out')
    .option('--key-file <FILE>', 'key of the node')
    .option('--new-key <FILE>', 'make a key, write it to this new file and give it to the node')
    .addHelpText(
      'after',
      example('spindle nodes set /dev/ttyACM0 --rate 3200 --range 16', 'by board id as well: spindle nodes lists them'),
    )
    .action(set);
}

function testCommand(): Command {
  return new Command('test')
    .summary("have a node test its sensor: identity, registers, gravity, the part's own self-test")
    .description(
      'Stops the node for about a second, has it compare its sensor with what it should be, and says what came out.',
    )
    .argument('<NODE>', 'board id or path of the port')
    .option('--key-file <FILE>', 'key of the node')
    .addHelpText('after', example('spindle nodes test /dev/ttyACM0', 'exit code 2 when the part fails'))
    .action(test);
}

async function list({ port, seconds, json }: ListArguments): Promise<void> {
  const { nodePorts } = await import('../acquire/serial/ports.ts');
  const signal = interruption();
  const found = await nodePorts();
  const paths = [...new Set([...found.map(({ path }) => path), ...port])];
  if (paths.length === 0) console.error('no USB port at which a node may be; plug one in, or name a UART with --port');
  const heard = await Promise.all(paths.map((path) => listenAt(path, seconds, signal)));
  if (signal.aborted) throw new Interrupted();
  const rows = heard.flatMap(({ row }) => (row ? [row] : []));
  for (const { why } of heard) if (why) console.error(why);
  if (json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  else if (rows.length > 0) process.stdout.write(nodeTable(rows));
}

async function listenAt(path: string, seconds: number, signal: AbortSignal): Promise<{ row?: NodeRow; why?: string }> {
  const { pause } = await import('../wait.ts');
  const source = await nodeAt(path, undefined, 2000);
  try {
    await source.found(signal);
    await pause(seconds * 1000, signal);
    return { row: nodeRow(source.status!) };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return { why: `${path}: no node answered; it may be something else, or in use by a running host` };
  } finally {
    await source.close();
  }
}

async function set(node: string, options: SetArguments): Promise<void> {
  const configure = configureArgument(options);
  const calibrate = calibrateArgument(options);
  if (configure === null && calibrate === null && options.newKey === undefined)
    throw new InputError(
      'NODES_USAGE',
      'nodes set: got nothing to set, wanted --rate, --range, --gain, --new-key ...; see --help',
    );
  await withNode(node, options.keyFile, async (source) => {
    if (configure) await source.command('configure', configure, SLOW_MS);
    if (calibrate) await source.command('calibrate', calibrate, SLOW_MS);
    if (options.newKey !== undefined) await setKey(source, node, options.newKey);
  });
}

async function setKey(source: NodeSource, node: string, file: string): Promise<void> {
  if (source.status?.hello.hasKey)
    throw new InputError(
      'NODE_REFUSED',
      `${node}: has a key already, and it can be set only once; ${file} was not written`,
    );
  const { makeNodeKey } = await import('../acquire/serial/node-key.ts');
  // on the disk first: a node with a key that nobody has obeys nobody
  const key = makeNodeKey(file);
  await source.command('key', new Map([[1, key]]), SLOW_MS);
  console.error(`${node}: has the key of ${file} now; keep a copy, it cannot be read back or taken out`);
}

async function test(node: string, { keyFile }: { keyFile?: string }): Promise<void> {
  await withNode(node, keyFile, async (source) => {
    const said = await source.command('self-test', undefined, SLOW_MS);
    console.error(`${node}: self-test passed${said ? `: ${said}` : ''}`);
  });
}

/** Shows what the node says of itself after `work`. */
async function withNode(
  node: string,
  keyFile: string | undefined,
  work: (source: NodeSource) => Promise<void>,
): Promise<void> {
  const signal = interruption();
  const source = await nodeAt(node, keyFile);
  try {
    await source.found(signal);
    await work(source);
    await source.command('identify');
    await settled(source);
    process.stdout.write(nodeTable([nodeRow(source.status as NodeStatus)]));
  } finally {
    await source.close();
  }
}

/** What was set is said in the hello behind the answer, and a heartbeat says how it goes. */
async function settled(source: NodeSource): Promise<void> {
  const { pause } = await import('../wait.ts');
  for (let waitedMs = 0; source.status?.heartbeat === null && waitedMs < 1500; waitedMs += 50) await pause(50);
  await pause(200);
}
