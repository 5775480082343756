/** The shell itself: help, unknown words, exit codes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spindle } from '../support/spindle.ts';

const cli = suite('cli');

cli('every command that help lists has help with an example, on stdout, exit 0', async () => {
  const { stdout, code } = await spindle(['--help']);
  assert.is(code, 0);
  const listed = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Example:'));
  const commands = [...listed.matchAll(/^ {2}([a-z]+)/gm)].map((match) => match[1]).filter((name) => name !== 'help');
  assert.ok(commands.includes('replay'));
  for (const command of commands) {
    const help = await spindle([command, '--help']);
    assert.is(help.code, 0, command);
    assert.match(help.stdout, new RegExp(`Usage: spindle ${command}`));
    assert.match(help.stdout, new RegExp(`Example:\n  spindle ${command}`));
    assert.is(help.stderr, '');
  }
});

cli('--version is that of package.json', async () => {
  const { stdout, code } = await spindle(['--version']);
  assert.is(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

cli('nothing, an unknown command and an unknown option exit 2 and point to the help', async () => {
  const nothing = await spindle([]);
  assert.is(nothing.code, 2);
  assert.match(nothing.stderr, /Usage: spindle/);
  const command = await spindle(['replya']);
  assert.is(command.code, 2);
  assert.match(command.stderr, /^spindle: unknown command 'replya'\n\(Did you mean replay\?\)/);
  const option = await spindle(['replay', '--plott', 'x']);
  assert.is(option.code, 2);
  assert.match(option.stderr, /^spindle: unknown option '--plott'\n\(Did you mean --plot\?\)\n\(add --help/);
  for (const ended of [nothing, command, option]) assert.is(ended.stdout, '');
});

cli('schema prints the JSON Schema of the configuration', async () => {
  const { stdout, code } = await spindle(['schema']);
  assert.is(code, 0);
  assert.is(JSON.parse(stdout).title, 'spindle.yaml');
});

cli.run();
