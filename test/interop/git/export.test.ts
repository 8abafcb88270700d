import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { checkinsInOrder } from '../../../src/engine/git/export-order';
import { filesOfCheckin } from '../../../src/engine/repository/checkin-files';
import { Repository } from '../../../src/engine/repository/repository';
import { corpusPath } from '../../support/corpus';
import { Seeded } from '../../support/seeded';
import { CommandLine } from '../cli/command-line';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { makeHistory } from '../repository/history';
import { GitFixture } from './git-fixture';
import { randomHistory } from './random-history';

for (const driver of drivers) {
  describe(`export of a Git stream with the ${driver} driver`, () => {
    let fixture: GitFixture;
    before(async () => {
      fixture = await GitFixture.create(driver);
    });
    after(() => fixture.remove());

    /** Compares the stream and the marks with those of `fossil export`, byte by byte. */
    async function assertSame(repository: string, options: string[] = [], trunkName = 'trunk'): Promise<void> {
      const theirs = await fixture.run('fossil', [
        'export',
        '--git',
        ...options,
        '--export-marks',
        'theirs.marks',
        repository,
      ]);
      const result = await fixture.export(repository, 'ours', { trunkName, exportMarks: fixture.path('ours.marks') });
      const ours = await fs.readFile(fixture.path('ours'), 'latin1');
      assertSameStream(ours, theirs);
      assert.equal(
        await fs.readFile(fixture.path('ours.marks'), 'utf8'),
        await fs.readFile(fixture.path('theirs.marks'), 'utf8'),
      );
      assert.ok(result.checkins > 0 && result.bytes === ours.length);
    }

    for (const seed of [21, 22]) {
      it(`writes what fossil export writes of an imported history, seed ${seed}`, async () => {
        const history = randomHistory(new Seeded(seed), { commits: 60, withRenames: true, withManyRoots: seed === 22 });
        const stream = await fixture.stream('stream', withoutQuotes(history));
        await fixture.fossil('import', '--git', '--force', fixture.path('project.fossil'), stream);
        await assertSame('project.fossil');
        await assertSame('project.fossil', ['--rename-trunk', 'main'], 'main');
      });
    }

    it('writes what fossil export writes of a history made with fossil: edits, tags, merges, renames, users', async function () {
      // Making it takes most of the time, and the rows that are read are the same for every driver.
      if (driver !== drivers[0]) return this.skip();
      const project = await FossilFixture.create(driver);
      try {
        await makeHistory(project);
        const root = await project.fossilOpen('contacts');
        for (const [login, contact] of CONTACTS) {
          await project.fossil(project.directory, 'user', 'new', login, contact, 'secret', '-R', project.repository);
          await project.fossilCommit(root, `by ${login}`, { [`${login}.txt`]: login }, '--user-override', login);
        }
        await fs.copyFile(project.repository, fixture.path('made.fossil'));
        await assertSame('made.fossil');
      } finally {
        await project.remove();
      }
    });

    it('writes only what is new when it is given the marks of an earlier export, as fossil does', async () => {
      const history = withoutQuotes(randomHistory(new Seeded(23), { commits: 30 }));
      const [first, second] = [history.slice(0, cut(history)), history.slice(cut(history))];
      const project = fixture.path('grown.fossil');
      await fixture.fossil(
        'import',
        '--git',
        '--export-marks',
        'import.marks',
        project,
        await fixture.stream('a', first),
      );
      await fixture.fossil('export', '--git', '--export-marks', 'earlier.marks', project);
      const more = await fixture.stream('b', second);
      await fixture.fossil('import', '--git', '-i', '--import-marks', 'import.marks', project, more);
      const earlier = fixture.path('earlier.marks');
      const theirs = await fixture.run('fossil', ['export', '--git', '--import-marks', earlier, project]);
      await fixture.export('grown.fossil', 'ours', { importMarks: earlier });
      const ours = await fs.readFile(fixture.path('ours'), 'latin1');
      assertSameStream(ours, theirs);
      assert.ok(ours.includes('\nfrom :'), 'it builds on what was exported before');
    });

    it('comes back from Git with the same files in every check-in', async () => {
      const history = randomHistory(new Seeded(24), { commits: 60, withRenames: true, withManyRoots: true });
      await fixture.import('start.fossil', await fixture.stream('stream', history));
      await assertRoundTrip('start.fossil');
    });

    it('hands Git all files where a file became a directory, or a directory a file', async () => {
      await fixture.import('swapped.fossil', await fixture.stream('stream', SWAPPED), { force: true });
      assert.deepEqual(await filesInGit('swapped.fossil'), [
        ['d', 'e/a', 'e/b/c', 'keep'],
        ['d/e', 'd/f/g', 'e', 'keep', 'keep.txt'],
        ['d', 'e/a', 'e/b/c', 'keep', 'keep.txt'],
        ['d/e', 'e/a', 'e/b/c', 'keep'],
        ['d', 'e/a', 'e/b/c', 'keep', 'keep.txt'],
      ]);
      const stream = await fs.readFile(fixture.path('out'), 'utf8');
      const [, swap = ''] = /\nfrom :\d+\n((?:[MD] .*\n)*D d\n(?:[MD] .*\n)*)/.exec(stream) ?? [];
      assert.match(swap, /^(?:D .*\n)+(?:M .*\n)+$/, 'all removals go first');
    });

    it('lets no text of a check-in become a command of the stream', async () => {
      const injected = 'a\nM 100644 inline injected\ndata 3\nhi';
      const stream =
        `blob\nmark :1\ndata 1\nx\ncommit refs/heads/master\nmark :2\ncommitter <evil> 1500000000 +0000\n` +
        `data ${injected.length}\n${injected}\nM 100644 :1 "a\\nM 100644 :1 injected"\nM 100644 :1 "cr\\r"\n` +
        `tag v1\nfrom :2\ntagger <evil> 1500000000 +0000\ndata ${injected.length}\n${injected}\n`;
      await fixture.import('evil.fossil', await fixture.stream('stream', stream), {
        force: true,
        attributions: [{ address: 'evil', user: injected }],
        branches: { before: '', after: `\n${injected}` },
        tags: { before: '', after: `\n${injected}` },
      });
      assert.deepEqual(await filesInGit('evil.fossil'), [['a\nM 100644 :1 injected', 'cr\r']]);
      const git = fixture.path('git-evil.fossil');
      const who = await fixture.run('git', ['log', '--all', '--format=%cn|%B'], { cwd: git });
      assert.equal(who, `aM 100644 inline injecteddata 3hi|${injected}\n`);
      const refs = await fixture.run('git', ['for-each-ref', '--format=%(refname)'], { cwd: git });
      assert.equal(refs.trim().split('\n').length, 2, refs);
    });

    /** Exports, and asks Git for the names of the files of every check-in, oldest first; they are those of the repository, too. */
    async function filesInGit(repository: string): Promise<string[][]> {
      const [gitMarks, ourMarks] = [fixture.path('git.marks'), fixture.path('our.marks')];
      await fixture.export(repository, 'out', { exportMarks: ourMarks });
      const git = await fixture.gitImport(fixture.path('out'), `git-${repository}`, `--export-marks=${gitMarks}`);
      const commits = new Map(
        [...(await fs.readFile(gitMarks, 'utf8')).matchAll(/^(:\d+) (\w+)$/gm)].map(([, mark, id]) => [mark, id]),
      );
      const exported = Repository.open(fixture.environment, fixture.path(repository), { mode: 'read' });
      try {
        const lists: string[][] = [];
        for (const rid of checkinsInOrder(exported)) {
          const [, mark = ''] = new RegExp(`^c${rid} (:\\d+) `, 'm').exec(await fs.readFile(ourMarks, 'utf8')) ?? [];
          const tree = await fixture.run('git', ['ls-tree', '-r', '-z', commits.get(mark) ?? mark], { cwd: git });
          const entries = tree.split('\0').slice(0, -1);
          assert.deepEqual(entries, gitTreeOf(exported, gitIds(exported), rid), mark);
          lists.push(entries.map((entry) => entry.slice(entry.indexOf('\t') + 1)));
        }
        return lists;
      } finally {
        exported.close();
      }
    }

    // How the file is written shows nothing new in so long a history: once is enough.
    if (driver === 'native') {
      it('svn-scm comes back from Git with the same files in every check-in', async function () {
        const corpus = corpusPath('svn-scm.fossil');
        if (corpus === undefined) return this.skip();
        this.timeout(300_000);
        await fs.copyFile(corpus, fixture.path('svn-scm.fossil'));
        await assertRoundTrip('svn-scm.fossil', 25);
      });
    }

    /**
     * Export, `git fast-import`, `git fast-export` with renames and copies, import: the marks tell which check-in came of which commit, and
     * both must have the same files.
     * @param every - looks at one commit of so many
     */
    async function assertRoundTrip(repository: string, every = 1): Promise<void> {
      await fixture.export(repository, 'out');
      const git = await fixture.gitImport(fixture.path('out'), `git-${repository}`);
      const [gitMarks, ourMarks, back] = ['git.marks', 'our.marks', 'back'].map((name) => fixture.path(name));
      assert.ok(gitMarks !== undefined && ourMarks !== undefined && back !== undefined);
      await fixture.run('sh', ['-c', `git fast-export --all -M -C --export-marks='${gitMarks}' > '${back}'`], {
        cwd: git,
      });
      await fixture.import('back.fossil', back, { force: true, exportMarks: ourMarks });
      const commits = new Map(
        [...(await fs.readFile(gitMarks, 'utf8')).matchAll(/^(:\d+) (\w+)$/gm)].map(([, mark, id]) => [mark, id]),
      );
      const checkins = [...(await fs.readFile(ourMarks, 'utf8')).matchAll(/^c(\d+) (:\d+) /gm)];
      const reachable = await fixture.run('git', ['rev-list', '--all', '--count'], { cwd: git });
      assert.equal(checkins.length, Number(reachable));
      const imported = Repository.open(fixture.environment, fixture.path('back.fossil'), { mode: 'read' });
      try {
        const idOf = gitIds(imported);
        for (const [index, [, rid, mark = '']] of checkins.entries()) {
          if (index % every > 0) continue;
          const tree = await fixture.run('git', ['ls-tree', '-r', '-z', commits.get(mark) ?? mark], { cwd: git });
          assert.deepEqual(gitTreeOf(imported, idOf, Number(rid) as Rid), tree.split('\0').slice(0, -1), mark);
        }
      } finally {
        imported.close();
      }
    }
  });
}

/** The files of a check-in as `git ls-tree` tells them. */
function gitTreeOf(repository: Repository, idOf: (hash: Hash) => string, checkin: Rid): string[] {
  const modes = { regular: '100644', executable: '100755', symlink: '120000' };
  return filesOfCheckin(repository, checkin).map(
    ({ name, hash, permission }) => `${modes[permission]} blob ${idOf(hash)}\t${Buffer.from(name).toString('latin1')}`,
  );
}

/** Git's names of contents; each content is read once. */
function gitIds({ blobs }: Repository): (hash: Hash) => string {
  const known = new Map<Hash, string>();
  return (hash) => {
    const rid = blobs.rid(hash);
    assert.ok(rid !== undefined);
    const id = known.get(hash) ?? gitId(blobs.content(rid));
    known.set(hash, id);
    return id;
  };
}

function gitId(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

describe('the export command', () => {
  it('puts the stream alone on standard output, and import reads it from standard input', async () => {
    const line = await CommandLine.create(drivers[0] ?? 'portable');
    try {
      const history = randomHistory(new Seeded(25), { commits: 12 });
      await line.succeed(['import', '--git', 'a.fossil'], { input: [history] });
      const bytes: Uint8Array[] = [];
      await line.succeed(['export', '--git', 'a.fossil'], { onBytes: (content) => bytes.push(content) });
      const stream = Buffer.concat(bytes);
      assert.match(stream.toString('latin1'), /^blob\nmark :1\n/);
      await fs.writeFile(line.path('stream'), stream);
      const result = JSON.parse(await line.succeed(['import', '--git', 'b.fossil', 'stream', '--json'])) as object;
      assert.ok('checkins' in result && result.checkins === 14);
    } finally {
      await line.remove();
    }
  });

  it('wants to hear which format, and names the stream that is not there', async () => {
    const line = await CommandLine.create(drivers[0] ?? 'portable');
    try {
      assert.match((await line.run(['export', 'a.fossil'])).complaints, /--git/);
      assert.match((await line.run(['import', '--git', 'a.fossil', 'none'])).complaints, /There is no file .*none/);
      assert.match((await line.run(['import', '--git', '--rename-tag', 'x', 'a.fossil'])).complaints, /one "%"/);
    } finally {
      await line.remove();
    }
  });
});

const CONTACTS = [
  ['ann', 'Ann Author <ann@example.org> and more'],
  ['bob', 'bob@example.org'],
  ['cyd', '"Cyd Quoted" <cyd@example.org>'],
  ['dan', 'No address at all'],
  ['eve', '  <eve@example.org>'],
  ['fay', 'Fay fay@example.org (work)'],
] as const;

/** A file and a directory change places, change back, and meet again in a merge. */
const SWAPPED = `blob
mark :1
data 1
x
blob
mark :2
data 1
y
commit refs/heads/master
mark :3
committer <a> 1500000000 +0000
data 1
1
M 100644 :1 d
M 100644 :1 e/a
M 100644 :2 e/b/c
M 100644 :1 keep

commit refs/heads/master
mark :4
committer <a> 1500000001 +0000
data 1
2
from :3
D d
D e
M 100644 :2 d/e
M 100644 :2 d/f/g
M 100644 :2 e
M 100644 :2 keep
M 100644 :1 keep.txt

commit refs/heads/master
mark :5
committer <a> 1500000002 +0000
data 1
3
from :4
D d
D e
M 100644 :1 d
M 100644 :1 e/a
M 100644 :2 e/b/c

commit refs/heads/side
mark :6
committer <a> 1500000003 +0000
data 1
4
from :3
D d
M 100644 :2 d/e

commit refs/heads/master
mark :7
committer <a> 1500000004 +0000
data 1
5
from :5
merge :6
M 100644 :2 keep

`;

/** Fossil writes names that begin with a quote so that Git reads them wrong: there we differ. */
function withoutQuotes(history: string): string {
  return history.replaceAll('"\\"quoted\\".txt"', 'unquoted.txt');
}

/** Where a stream can be cut: before a blob near the middle. */
function cut(history: string): number {
  return history.indexOf('\nblob\n', history.length / 2) + 1;
}

/** Byte by byte; but for the order of tags, which Fossil leaves to SQLite. */
function assertSameStream(ours: string, theirs: string): void {
  const [ourTags, theirTags] = [startOfTags(ours), startOfTags(theirs)];
  const [ourHistory, theirHistory] = [ours.slice(0, ourTags), theirs.slice(0, theirTags)];
  assert.ok(ourHistory === theirHistory, firstDifference(ourHistory, theirHistory));
  const tags = (stream: string): string[] => stream.split(/^tag /m).sort();
  assert.deepEqual(tags(ours.slice(ourTags)), tags(theirs.slice(theirTags)));
}

function startOfTags(stream: string): number {
  const lastCommit = stream.lastIndexOf('\ncommit refs/');
  const tags = stream.slice(lastCommit).search(/^tag .*\nfrom :/m);
  return tags < 0 ? stream.length : lastCommit + tags;
}

function firstDifference(ours: string, theirs: string): string {
  let at = 0;
  while (at < ours.length && ours[at] === theirs[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 200), at + 200);
  return `at byte ${at}\n--- ours\n${around(ours)}\n--- theirs\n${around(theirs)}`;
}
