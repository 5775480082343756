/** `spindle schema`: the JSON Schema of spindle.yaml, for editors. */
import { Command } from 'commander';
import { example } from './arguments.ts';

export function schemaCommand(): Command {
  return new Command('schema')
    .summary('print the JSON Schema of spindle.yaml')
    .description('Prints the JSON Schema of the configuration file, with which an editor checks and explains it.')
    .addHelpText('after', example('spindle schema > spindle.schema.json', 'for the first line of spindle.yaml'))
    .action(async () => {
      const { configJsonSchema } = await import('../config.ts');
      process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    });
}
