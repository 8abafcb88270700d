import assert from 'node:assert/strict';
import { commands } from '../../../src/cli/commands';
import { helpOf, overview } from '../../../src/cli/help';
import { optionsInWords } from '../../../src/cli/option-help';

describe('the help of the command line', () => {
  const named = (name: string): string => {
    const command = commands.find((candidate) => candidate.name === name);
    assert.ok(command);
    return helpOf(command, 80);
  };

  it('names every command, and says where more is to be learnt', () => {
    const text = overview(commands);
    for (const { name, summary } of commands) assert.match(text, new RegExp(`^  ${name} +${summary.slice(0, 4)}`, 'm'));
    assert.match(text, /"trilobite help COMMAND"/);
  });

  it('says of every option of every command what it does', () => {
    const silent = commands.flatMap((command) =>
      optionsInWords(command)
        .filter(([, sentence]) => sentence === '')
        .map(([written]) => `${command.name} ${written}`),
    );
    assert.deepEqual(silent, []);
  });

  it('shows an option as it is written, also where it means something else than in other commands', () => {
    assert.match(named('commit'), /^  {5,}--branch BRANCH +Begin a new branch with this check-in$/m);
    assert.match(named('timeline'), /^ {2}-b, --branch BRANCH +Only this branch$/m);
  });

  it('folds what is longer than the terminal is wide', () => {
    const lines = named('sync').split('\n');
    const options = lines.slice(lines.indexOf('Options:'));
    assert.ok(options.every((line) => line.length <= 80));
    assert.ok(options.some((line) => /^ {34}\S/.test(line)));
  });
});
