import assert from 'node:assert/strict';
import type { OptionValues } from '../../../src/cli/command';
import { historyCommands } from '../../../src/cli/history-commands';
import { terminalQuestions } from '../../../src/cli/questions';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from './command-line';

/** Values of a setting, the first of them tried with all commands and the others with the first command. */
interface Row {
  setting: string;
  values: readonly string[];
  commands: readonly (readonly string[])[];
}

const HISTORY = [
  ['timeline', '-n', '0', '-W', '60'],
  ['finfo', 'a.txt', '-W', '44'],
  ['search', 'words', '-W', '33'],
  ['leaves', '--all', '-W', '50'],
] as const;

const ROWS: readonly Row[] = [
  {
    setting: 'hash-digits',
    values: ['16', '100', 'many', ' 12x'],
    commands: [
      ...HISTORY,
      ['timeline', '-F', '%h %H'],
      ['finfo', '-b', 'a.txt'],
      ['finfo', '-s', 'a.txt'],
      ['finfo', '-i', 'a.txt'],
      ['whatis', 'tip'],
      ['descendants', 'root:trunk'],
      ['info', 'tip'],
      ['diff', '--from', 'root:trunk', '--to', 'trunk', '--versions'],
    ],
  },
  {
    setting: 'comment-format',
    values: ['24', '0', '1', '2', '4', '8', '14', '16', 'none'],
    commands: [
      ...HISTORY,
      ['timeline', '-n', '-9', '-W', '30'],
      ['timeline', '-n', '0', '-W', '0'],
      ['finfo', '-b', 'a.txt', '-W', '60'],
      ['leaves', '-W', '0'],
      ['info', 'tip'],
      ['whatis', 'tip'],
    ],
  },
  {
    setting: 'case-sensitive',
    values: ['0', 'off'],
    commands: [
      ['cat', 'A.TXT'],
      ['cat', '-r', 'root:trunk', 'A.Txt', 'dir/B.txt'],
      ['ls', 'DIR'],
      ['ls', '-r', 'trunk', 'DIR', 'A.TXT'],
      ['ls', 'Dir/b.TXT'],
      ['finfo', 'A.TXT'],
      ['diff', 'A.TXT'],
      ['diff', '--from', 'root:trunk', '--to', 'trunk', 'DIR'],
      ['timeline', '-n', '0', '-p', 'DIR'],
      ['timeline', '-n', '0', '-p', 'A.TXT'],
    ],
  },
];

/** Options that stand for a setting. */
const OPTIONS: readonly (readonly string[])[] = [
  ['timeline', '-n', '0', '-W', '60', '--comment-format', '8'],
  ['finfo', 'a.txt', '-W', '44', '--comfmtflags', '0'],
  ['info', 'tip', '--comment-format', '0'],
  ['cat', 'A.TXT', '--case-sensitive', 'no'],
  ['ls', 'DIR', '--case-sensitive', '0'],
];

/** Commands that ask for settings besides what they show: arguments and options. */
const ASKING: Readonly<Record<string, readonly [positionals: string[], options: OptionValues]>> = {
  timeline: [[], {}],
  info: [['tip'], {}],
  finfo: [['a.txt'], { id: true }],
  ls: [[], { revision: 'tip', verbose: true }],
  diff: [[], { from: 'root:trunk', to: 'trunk', versions: true }],
  whatis: [['tip'], {}],
  search: [['words'], {}],
  leaves: [[], {}],
  descendants: [['root:trunk'], {}],
  path: [['root:trunk', 'trunk'], {}],
};

for (const driver of drivers) {
  describe(`settings that say how output looks, with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let line: CommandLine;
    let root: string;
    before(async () => {
      fixture = await FossilFixture.create(driver);
      line = await CommandLine.create(driver);
      root = await fixture.fossilOpen();
      const long = 'some words of a-hyphenated kind that go on, and on';
      await fixture.fossilCommit(root, long, { 'a.txt': 'a\n', 'dir/b.txt': 'b\n' });
      await fixture.fossilCommit(root, `${long}\n\n  * indented words\n\t* a tab\r\n`, { 'a.txt': 'aa\n' });
      await fixture.fossilCommit(root, `words süß${'ü'.repeat(70)} ${long}`, { 'dir/b.txt': 'bb\n' }, '--branch', 'x');
      await fixture.fossilCommit(root, 'a comment of exactly so many words: 39', { 'a.txt': 'aaa\n' });
      await fixture.fossil(root, 'wiki', 'create', 'A page with many words in its name', 'a.txt');
      await fixture.write(root, { 'a.txt': 'on the disk\n' });
    });
    after(async () => {
      await line.remove();
      await fixture.remove();
    });

    /** Both fail, or both print the same. @returns what fossil prints */
    async function assertSame(args: readonly string[], note: string): Promise<string | undefined> {
      const theirs = await fixture.fossil(root, ...args).catch(() => undefined);
      const ours = await line.run(args, { directory: root });
      assert.equal(ours.exitCode === 0 ? ours.output : undefined, theirs, `${args.join(' ')} ${note}`);
      return theirs;
    }

    async function set(name: string, value: string | undefined, ...options: string[]): Promise<void> {
      const args = value === undefined ? ['unset', name] : ['settings', name, value];
      await fixture.fossil(root, ...args, ...options);
      // The settings of the user are in the home of each.
      if (options.length > 0) await line.succeed([...args, ...options], { directory: root });
    }

    for (const { setting, values, commands } of ROWS) {
      it(`prints what fossil prints with each value of ${setting}`, async () => {
        for (const [at, value] of values.entries()) {
          await set(setting, value);
          for (const args of at === 0 ? commands : commands.slice(0, 1)) {
            await assertSame(args, `with ${setting} ${value}`);
          }
        }
        await set(setting, undefined);
      });

      it(`prints what fossil prints with ${setting} of the user, which the repository overrides`, async () => {
        const [value = '', other = ''] = [values[0], setting === 'case-sensitive' ? 'on' : values.at(-1)];
        const [args = []] = commands;
        const usual = await assertSame(args, 'without a setting');
        await set(setting, value, '--global');
        assert.notEqual(await assertSame(args, `with the global ${setting} ${value}`), usual);
        await set(setting, other);
        await assertSame(args, `with the local ${setting} ${other} over the global one`);
        await set(setting, undefined);
        await set(setting, undefined, '--global');
      });
    }

    it('takes no versioned file for any of them, as fossil does not', async () => {
      await fixture.write(root, Object.fromEntries(ROWS.map(({ setting }) => [`.fossil-settings/${setting}`, '0\n'])));
      for (const { commands } of ROWS) await assertSame(commands[0] ?? [], 'with versioned settings');
    });

    it('commits the file that is meant where case does not count', async () => {
      await set('case-sensitive', 'off');
      await line.succeed(['commit', '-m', 'in other letters', 'A.TXT', '--nosync'], { directory: root });
      await set('case-sensitive', undefined);
      assert.doesNotMatch(await fixture.fossil(root, 'changes'), /a\.txt/);
      assert.match(await fixture.fossil(root, 'finfo', 'a.txt', '-n', '1'), /in other letters/);
    });

    it('are read of the history that is open already', async () => {
      const { sqlite } = fixture.environment;
      const terminal = line.terminal();
      for (const [name, [positionals, options]] of Object.entries(ASKING)) {
        let opened = 0;
        const open: typeof sqlite.open = (path, options) => {
          if (path === fixture.repository) opened++;
          return sqlite.open(path, options);
        };
        await historyCommands
          .find((command) => command.name === name)
          ?.run({
            environment: { ...fixture.environment, sqlite: { name: sqlite.name, version: sqlite.version, open } },
            transport: { open: () => Promise.reject(new Error('nothing here asks a server')) },
            interaction: { questions: terminalQuestions(terminal, { allowPortableWrites: false }) },
            terminal,
            positionals,
            options: { ...options, repository: fixture.repository },
          });
        assert.equal(opened, 1, name);
      }
    });

    it('prints what fossil prints with options in place of the settings', async () => {
      for (const args of OPTIONS) await assertSame(args, '');
    });
  });
}
