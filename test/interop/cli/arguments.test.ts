import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { drivers } from '../checkout/fossil-fixture';
import { CommandLine } from './command-line';

for (const driver of drivers) {
  describe(`arguments of the command line, with the ${driver} driver`, () => {
    let line: CommandLine;
    beforeEach(async () => {
      line = await CommandLine.create(driver);
      await line.succeed(['init', 'project.fossil']);
      await line.succeed(['open', 'project.fossil', 'work']);
    });
    afterEach(() => line.remove());

    it('may name files that begin with two dots, but none outside of the checkout', async () => {
      const directory = line.path('work');
      await fs.writeFile(line.path('work', '..notes'), 'notes\n');
      assert.match(await line.succeed(['add', '..notes'], { directory }), /ADDED {2}\.\.notes/);
      const { exitCode, complaints } = await line.run(['add', '../project.fossil'], { directory });
      assert.equal(exitCode, 1);
      assert.match(complaints, /outside of the checkout/);
    });

    it('say why options of Fossil are missing that need a window, another program, or what Trilobite does not keep', async () => {
      const cases: readonly [RegExp, string, readonly string[]][] = [
        [
          /^-.*: .* differences as text.*-y/,
          'diff',
          ['--tk', '--tcl', '--tclsh=x', '--by', '--browser', '-b', '--webpage', '-yb'],
        ],
        [
          /^--.*: .* runs no other program/,
          'diff',
          ['--command', '--binary=*', '--diff-binary=1', '--exec-abs-paths', '--exec-rel-paths'],
        ],
        [/^--undo: .*fossil diff --undo/, 'diff', ['--undo']],
        [/^--sql: .*timeline/, 'timeline', ['--sql']],
        [/^--(no)?index: .*full-text index/, 'rebuild', ['--index', '--noindex']],
      ];
      for (const [sentence, command, options] of cases) {
        for (const option of options) {
          const { exitCode, complaints } = await line.run([command, option]);
          assert.equal(exitCode, 1);
          assert.match(complaints, sentence);
        }
      }
      assert.match((await line.run(['diff', '--nonsense'])).complaints, /Unknown option '--nonsense'.*Usage:/);
    });

    it('must not name both a checkout and a repository to sync', async () => {
      const { exitCode, complaints } = await line.run(['sync', 'work', '-R', 'project.fossil']);
      assert.equal(exitCode, 1);
      assert.match(complaints, /either a checkout or -R FILE, not both/);
    });
  });
}
