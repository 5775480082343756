/** `spindle alarm`: what people do about alarms, written down for good. */
import { Command, InvalidArgumentError } from 'commander';
import { example } from './arguments.ts';

interface AlarmArguments {
  by: string;
  reason: string;
  data: string;
  for?: number;
  relearn?: boolean;
}

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function alarmCommand(): Command {
  const alarm = new Command('alarm')
    .summary('acknowledge, shelve, confirm or refute an alarm')
    .description(
      'Writes down what a person does about the alarms of a point, and has the running host act on it. It is durable when ' +
        'the command returns. With no host running it is written into the store for the next one.',
    )
    .addHelpText(
      'after',
      example(
        'spindle alarm ack motor/drive-end --by "A. Smith" --reason "bearing ordered" --data spindle-data',
        'the alarm stands, and somebody knows of it',
      ),
    );
  alarm.addCommand(verb('ack', 'somebody knows of the alarm and looks after it'));
  alarm.addCommand(
    verb('shelve', 'keep a point silent for people for a while; detection goes on').option(
      '--for <TIME>',
      'how long, such as 30m, 8h or 2d, at most 7d; 0 ends it (default: 8h)',
      duration,
    ),
  );
  alarm.addCommand(verb('confirm', 'the alarm was right: something was found'));
  alarm.addCommand(
    verb('false', 'the alarm was wrong: nothing is the matter').option(
      '--relearn',
      'and what is normal was learned wrong: forget it and learn anew',
    ),
  );
  return alarm;
}

function verb(action: string, summary: string): Command {
  return new Command(action)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .helpOption('-h, --help', 'print this help')
    .argument('<POINT>', 'name of the point, as the status page has it')
    .requiredOption('--by <NAME>', 'who says so')
    .requiredOption('--reason <TEXT>', 'why, in a sentence')
    .option('--data <DIR>', 'data directory of the host', 'spindle-data')
    .addHelpText('after', example(`spindle alarm ${action} motor/drive-end --by "A. Smith" --reason "seen"`, summary))
    .action((point: string, options: AlarmArguments) => tell(action, point, options));
}

async function tell(action: string, point: string, { by, reason, data, for: forMs, relearn }: AlarmArguments) {
  const { checkedCommand } = await import('../alarm/command.ts');
  const { ask } = await import('../run/ask.ts');
  const command = checkedCommand({
    action,
    point,
    by,
    reason,
    ...(forMs === undefined ? {} : { forMs }),
    ...(relearn === undefined ? {} : { relearn }),
  });
  console.log(await ask(data, command));
}

/** @example 30m -> 1 800 000 ms */
function duration(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim());
  if (text.trim() === '0') return 0;
  if (!found) throw new InvalidArgumentError('Wanted a time such as 30m, 8h or 2d, or 0.');
  return Math.round(Number(found[1]) * UNIT_MS[found[2]]);
}
