/** `spindle demo`: a simulated machine through the whole chain. */
import { Command, Option } from 'commander';
import { SpindleError } from '../errors.ts';
import { example, port, positive } from './arguments.ts';
import { interruption } from './exit.ts';

const DEFAULT_SPEEDUP = 10;
/** An emulated processor does no more, on a busy computer less. */
const DEFAULT_SPEEDUP_NODE = 1;

interface DemoArguments {
  headless?: boolean;
  seconds?: number;
  speedup?: number;
  node?: 'emulated';
  data?: string;
  port?: number;
}

export function demoCommand(): Command {
  return new Command('demo')
    .summary('the whole chain on a simulated machine, no hardware')
    .description(
      'Simulates a machine whose bearing starts to fail after a minute of its time, learns it, finds the fault and says which part ' +
        'it is. Frames go to a store and to an MQTT broker of its own; a status page shows it all, on this machine only ' +
        'and without a password. The last line on stdout is a summary as JSON.',
    )
    .option('--headless', 'no live line in the terminal')
    .option('--seconds <N>', 'end after this many seconds (default: at Ctrl-C)', positive)
    .option('--speedup <X>', 'machine seconds in one second; 1 is real time (default: 10; of a node 1)', positive)
    .addOption(
      new Option(
        '--node <KIND>',
        'through a sensor node: emulated = the real firmware in an emulated Raspberry Pi Pico with an ADXL345, at the ' +
          'end of a real serial port',
      ).choices(['emulated']),
    )
    .option('--data <DIR>', 'keep the database here (default: a temporary folder)')
    .option('--port <N>', 'port of the status page (default: 8080, or the next free one)', port)
    .addHelpText(
      'after',
      example('spindle demo --headless --seconds 30 --speedup 20', 'ten machine minutes in half a minute'),
    )
    .action(demo);
}

async function demo(options: DemoArguments): Promise<void> {
  const { runDemo } = await import('../demo.ts');
  const { LiveLine } = await import('./live-line.ts');
  const live = new LiveLine(!options.headless);
  const tell = (line: string): void => live.tell(line);
  const speedup = options.speedup ?? (options.node ? DEFAULT_SPEEDUP_NODE : DEFAULT_SPEEDUP);
  const { emulatedNode } = await import('../demo/emulated-node.ts');
  const summary = await runDemo(
    {
      seconds: options.seconds ?? null,
      speedup,
      dataDir: options.data ?? null,
      port: options.port,
      tell,
      onOutput: (point, output) => live.take(point, output),
      ...(options.node ? { open: (signal) => emulatedNode({ speedup, tell }, signal) } : {}),
    },
    interruption(),
  ).finally(() => live.end());
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  if (!summary.complete)
    throw new SpindleError('HOST_UNFINISHED', 'demo: not everything could be analysed and committed in time');
}
