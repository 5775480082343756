/** `spindle hold`: spans that nothing leaves, whatever the disk budget says. */
import { Command, InvalidArgumentError } from 'commander';
import { InputError } from '../errors.ts';
import { example } from './arguments.ts';

interface HoldArguments {
  data: string;
  by: string;
  reason: string;
  point?: string;
  from?: number;
  to?: number;
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;

export function holdCommand(): Command {
  const hold = new Command('hold')
    .summary('keep a span of the store, whatever the disk budget says')
    .description(
      'A hold keeps every frame of a point and a span, or of all, until it is released. It counts from the moment the ' +
        'command returns, also beside a running host, which writes it down as a command.',
    )
    .addHelpText(
      'after',
      example(
        'spindle hold add claim-17 --point motor/drive-end --from 2026-11-01T00:00:00Z --by "A. Smith" --reason "claim"',
        'nothing of that point since then leaves',
      ),
    );
  const common = (command: Command): Command =>
    command
      .requiredOption('--by <NAME>', 'who says so')
      .requiredOption('--reason <TEXT>', 'why, in a sentence')
      .option('--data <DIR>', 'data directory of the host', 'spindle-data');
  hold.addCommand(
    common(new Command('add').description('Put a hold on.').argument('<NAME>', 'what to call it', holdName))
      .option('--point <NAME>', 'only this point (default: all)')
      .option('--from <TIME>', 'from this UTC time on (default: from the beginning)', utcUs)
      .option('--to <TIME>', 'up to this UTC time (default: without end)', utcUs)
      .action(add),
  );
  hold.addCommand(
    common(
      new Command('release').description('Take a hold off.').argument('<NAME>', 'what it is called', holdName),
    ).action(release),
  );
  hold.addCommand(
    new Command('list')
      .description('Print the holds, also those that were released.')
      .option('--data <DIR>', 'data directory of the host', 'spindle-data')
      .action(list),
  );
  return hold;
}

async function add(name: string, options: HoldArguments): Promise<void> {
  const { readHolds, writeHolds } = await import('../store/holds.ts');
  const { StoreReader } = await import('../store/reader.ts');
  const { data, by, reason, point = null, from = null, to = null } = options;
  if (from !== null && to !== null && from > to)
    throw new InputError('HOLD_SPAN', `--from ${iso(from)} is after --to ${iso(to)}; nothing was put on hold`);
  const reader = new StoreReader(data);
  const points = reader.points();
  reader.close();
  if (point !== null && !points.some((one) => one.name === point || one.path === point))
    throw new InputError(
      'HOLD_POINT',
      `${data}: has no point "${point}", wanted one of: ${points.map((one) => one.name).join(', ') || 'none'}; nothing was put on hold`,
    );
  const holds = readHolds(data);
  if (holds.some((hold) => hold.name === name && !hold.released))
    throw new InputError('HOLD_NAME', `${data}: has a hold ${name} already, wanted another name; nothing was changed`);
  const hold = { name, point, fromUtcUs: from, toUtcUs: to, by, reason, sinceUtcUs: Date.now() * 1000 };
  writeHolds(data, [...holds, hold]);
  console.log(`${name}: nothing of ${point ?? 'any point'} from ${iso(from)} to ${iso(to)} leaves ${data}`);
}

async function release(name: string, { data, by, reason }: HoldArguments): Promise<void> {
  const { readHolds, writeHolds } = await import('../store/holds.ts');
  const holds = readHolds(data);
  const hold = holds.find((one) => one.name === name && !one.released);
  if (!hold) {
    const names = holds.filter((one) => !one.released).map((one) => one.name);
    throw new InputError(
      'HOLD_NAME',
      `${data}: has no hold ${name}, wanted one of: ${names.join(', ') || 'none'}; nothing was changed`,
    );
  }
  hold.released = { by, reason, utcUs: Date.now() * 1000 };
  writeHolds(data, holds);
  console.log(`${name}: released; what it kept may leave`);
}

async function list({ data }: { data: string }): Promise<void> {
  const { readHolds } = await import('../store/holds.ts');
  for (const { name, point, fromUtcUs, toUtcUs, by, reason, sinceUtcUs, released } of readHolds(data)) {
    const end = released ? `; released by ${released.by} at ${iso(released.utcUs)}: ${released.reason}` : '';
    console.log(
      `${name}: ${point ?? 'all points'}, ${iso(fromUtcUs)} to ${iso(toUtcUs)}, by ${by} at ${iso(sinceUtcUs)}: ${reason}${end}`,
    );
  }
}

const iso = (utcUs: number | null): string => (utcUs === null ? 'any time' : new Date(utcUs / 1000).toISOString());

function holdName(text: string): string {
  if (!NAME.test(text)) throw new InvalidArgumentError('Wanted 1 to 64 of the characters A-Z a-z 0-9 . _ -');
  return text;
}

function utcUs(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:?\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(ms)) throw new InvalidArgumentError('Wanted a time with its zone such as 2026-11-22T10:00:00Z.');
  return ms * 1000;
}
