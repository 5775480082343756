/** `spindle backup`: a store as one file, beside the host that writes it. */
import { Command } from 'commander';
import { example } from './arguments.ts';
import { refuseOverwriting } from './output-file.ts';

export function backupCommand(): Command {
  return new Command('backup')
    .summary('copy a store, beside a running host')
    .description(
      'Copies the database of a data directory as it is at one moment into one file. To restore, put that file into an ' +
        'empty data directory as spindle.db, with host.key if the host is to keep its identity: the next host that starts ' +
        'there begins a new epoch. The key is not in the copy.',
    )
    .requiredOption('--data <DIR>', 'data directory')
    .requiredOption('--out <FILE>', 'file to write; an existing one is replaced when the copy is complete')
    .addHelpText(
      'after',
      example('spindle backup --data spindle-data --out /mnt/backup.db', 'then: spindle verify /mnt/backup.db'),
    )
    .action(backup);
}

async function backup({ data, out }: { data: string; out: string }): Promise<void> {
  const { join } = await import('node:path');
  const { backUp } = await import('../store/backup.ts');
  refuseOverwriting(out, [join(data, 'spindle.db'), join(data, 'spindle.db-wal'), join(data, 'host.key')]);
  const { bytes } = backUp(data, out, new Date());
  console.log(`${out}: ${bytes} bytes; put into an empty data directory as spindle.db, a host goes on in a new epoch`);
}
