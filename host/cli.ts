#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
/**
 * The command line. Knows the commands and the exit codes: 0 done, 1 found what it was asked to find, 2 bad input or
 * usage, 70 a defect of Spindle, 130 interrupted. Results go to stdout, messages to stderr.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { alarmCommand } from './commands/alarm.ts';
import { backupCommand } from './commands/backup.ts';
import { bearingCommand } from './commands/bearing.ts';
import { benchCommand } from './commands/bench.ts';
import { collectCommand } from './commands/collect.ts';
import { decodeCommand } from './commands/decode.ts';
import { demoCommand } from './commands/demo.ts';
import { EXIT, endWith, quietPipes } from './commands/exit.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { flashCommand } from './commands/flash.ts';
import { holdCommand } from './commands/hold.ts';
import { learnCommand } from './commands/learn.ts';
import { nodesCommand } from './commands/nodes.ts';
import { recordCommand } from './commands/record.ts';
import { replayCommand } from './commands/replay.ts';
import { runCommand } from './commands/run.ts';
import { schemaCommand } from './commands/schema.ts';
import { verifyCommand } from './commands/verify.ts';

const NODE_WANTED = 24;

function spindle(): Command {
  const file = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const program = new Command('spindle')
    .description('Edge condition monitoring: vibration in, explained and provable verdicts out.')
    .version(file.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [COMMAND]', 'print the help of a command')
    .addHelpText('after', '\nExample:\n  spindle demo            # a simulated machine, its status page and its alarms')
    .showHelpAfterError('(add --help for the options and an example)');
  const commands = [
    demoCommand(),
    runCommand(),
    collectCommand(),
    replayCommand(),
    learnCommand(),
    explainCommand(),
    alarmCommand(),
    recordCommand(),
    decodeCommand(),
    exportCommand(),
    verifyCommand(),
    nodesCommand(),
    flashCommand(),
    backupCommand(),
    holdCommand(),
    bearingCommand(),
    benchCommand(),
    schemaCommand(),
  ];
  for (const command of commands) program.addCommand(inherit(command, program));
  return inherit(program, program);
}

/** `addCommand` does not hand settings down. */
function inherit(command: Command, program: Command): Command {
  for (const part of command === program ? [] : command.commands) inherit(part, program);
  return command
    .copyInheritedSettings(program)
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'spindle: ')) });
}

async function main(): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) < NODE_WANTED) {
    console.error(
      `spindle: this is Node ${process.versions.node}, wanted ${NODE_WANTED} or newer; nothing was started`,
    );
    process.exit(EXIT.usage);
  }
  quietPipes();
  try {
    await spindle().parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      endWith(error);
      return;
    }
    const isAnswer = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
    process.exitCode = isAnswer ? EXIT.done : EXIT.usage;
  }
}

await main();
