import assert from 'node:assert/strict';
import { makeHistory } from '../repository/history';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from './command-line';

/** Arguments with which both programs must print the same. */
const SAME: readonly string[][] = [
  [],
  ['-n', '0'],
  ['-n', '3'],
  ['-n', '-4'],
  ['--limit', '2', '--offset', '3'],
  ['-limit', '2'],
  ['-n', '0', '-W', '40'],
  ['-n', '0', '-W', '25'],
  ['-n', '0', '-t', 'ci'],
  ['-n', '0', '-t', 'g'],
  ['-n', '0', '-t', 'w'],
  ['-n', '0', '-p', 'a.txt'],
  ['-n', '0', '--oneline'],
  ['-n', '0', '--medium'],
  ['-n', '0', '-F', 'full'],
  ['-n', '5', '-F', '%h|%H|%a|%d|%c|%b|%t|%p|%%|%x|%n'],
  ['-n', '0', '-b', 'feature', '-t', 'ci'],
  ['-n', '0', '-c', '-t', 'ci'],
  ['before', 'feature', '-n', '0'],
  ['after', 'feature', '-n', '0'],
  ['anc', 'trunk', '-n', '0'],
  ['parents', 'tag:v1', '-n', '0'],
  ['d', 'root:feature', '-n', '0'],
  ['parents', 'trunk', '-n', '2'],
  ['parents', 'trunk', '-n', '-6'],
  ['parents', 'trunk'],
  ['children', 'root:feature', '-n', '2'],
  ['children', 'root:trunk', '-n', '3'],
  ['before', '2020-06-01', '-n', '0'],
  ['2020-01-02', '-n', '0'],
  ['after', '2020-01-02 03:04:05', '-n', '0'],
  ['now', '-n', '1'],
  ['current', '-n', '2'],
];

for (const driver of drivers) {
  describe(`trilobite timeline with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let line: CommandLine;
    let root: string;
    before(async () => {
      fixture = await FossilFixture.create(driver);
      line = await CommandLine.create(driver);
      root = await makeHistory(fixture);
      await fixture.write(root, { 'page.txt': 'A page\n' });
      await fixture.fossil(root, 'wiki', 'create', 'Some Page', 'page.txt');
      await fixture.fossil(root, 'wiki', 'commit', 'Some Page', 'page.txt');
      await fixture.fossil(root, 'ticket', 'add', 'title', 'A ticket');
      await fixture.fossilCommit(root, 'a "comment" with\na second line,\tand süße words of-a-long kind', {
        'x.txt': 'x',
      });
    });
    after(async () => {
      await line.remove();
      await fixture.remove();
    });

    it('prints what fossil timeline prints, in a checkout', async () => {
      for (const args of SAME) {
        const expected = await fixture.fossil(root, 'timeline', ...args);
        assert.equal(await line.succeed(['timeline', ...args], { directory: root }), expected, args.join(' '));
      }
    });

    it('prints what fossil timeline prints, of a repository file', async () => {
      for (const args of SAME.filter((candidate) => !candidate.includes('-c') && !candidate.includes('current'))) {
        const withFile = ['timeline', ...args, '-R', fixture.repository];
        assert.equal(
          await line.succeed(withFile),
          await fixture.fossil(fixture.directory, ...withFile),
          args.join(' '),
        );
      }
    });

    it('lists the files of each check-in as fossil does, and a rename as one change', async () => {
      const ours = await line.succeed(['timeline', '-n', '0', '-v'], { directory: root });
      const theirs = await fixture.fossil(root, 'timeline', '-n', '0', '-v');
      assert.equal(ours.replace('   RENAMED dir/b.txt -> dir/renamed.txt\n', '   DELETED dir/b.txt\n'), theirs);
      assert.match(ours, / {3}RENAMED/);
    });

    it('gives pages with --json, one after the other', async () => {
      const page = async (...args: string[]): Promise<{ entries: { hash: string }[]; next?: string }> =>
        JSON.parse(await line.succeed(['timeline', '--json', ...args], { directory: root })) as never;
      const all = (await page('-n', '0')).entries.map(({ hash }) => hash);
      const seen: string[] = [];
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const { entries, next } = await page('-n', '4', ...(cursor === undefined ? [] : ['--cursor', cursor]));
        seen.push(...entries.map(({ hash }) => hash));
        cursor = next;
      }
      assert.deepEqual(seen, all);
      const { entries } = await page('-n', '1', '--tag', 'v1', '-v');
      assert.deepEqual(Object.keys(entries[0] ?? {}).sort(), EVENT_KEYS);
    });

    it('filters by user and by tag', async () => {
      const by = async (...args: string[]): Promise<string[]> =>
        (await line.succeed(['timeline', '-n', '0', '-F', '%a %t', ...args], { directory: root }))
          .split('\n')
          .slice(0, -2);
      assert.deepEqual(await by('--for-user', 'bob'), ['bob feature, campaign']);
      const campaign = await by('--tag', 'campaign');
      assert.ok(campaign.length > 0 && campaign.every((tags) => tags.includes('campaign')), campaign.join('\n'));
    });

    it('says what is wrong with a version, a word, a path, a type or a width', async () => {
      const complaint = async (...args: string[]): Promise<string> => {
        const { exitCode, complaints } = await line.run(['timeline', ...args], { directory: root });
        assert.equal(exitCode, 1, args.join(' '));
        return complaints;
      };
      assert.match(await complaint('nonsense'), /"nonsense" is neither a version in this repository nor a date/);
      assert.match(await complaint('beside', 'trunk'), /"beside" is none of before, after/);
      assert.match(await complaint('ancestors', '2020-01-02'), /"2020-01-02" is a date/);
      assert.match(
        await complaint('-p', 'never.txt'),
        /No check-in of this repository has a file or directory "never.txt"/,
      );
      assert.match(await complaint('-t', 'x'), /-t takes one of ci, w/);
      assert.match(await complaint('-W', '5'), /above 20/);
      assert.match(await complaint('-n', 'many'), /whole number/);
    });
  });
}

const EVENT_KEYS = [
  ...[
    'branch',
    'children',
    'comment',
    'files',
    'hash',
    'isCurrent',
    'isFork',
    'isPrivate',
    'parents',
    'tags',
    'time',
    'type',
  ],
  'user',
];
