import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { EngineError } from '../../../src/engine/errors';
import type { Rid } from '../../../src/engine/identifiers';
import { type GitImportRequest, importGit } from '../../../src/engine/operations/import-git';
import { filesOfCheckin } from '../../../src/engine/repository/checkin-files';
import { Repository } from '../../../src/engine/repository/repository';
import { resolveVersion } from '../../../src/engine/repository/versions';
import { derivedTables, fossilSql } from '../../support/derived-tables';
import { DatabaseShell } from '../../conformance/database-shell';
import { Seeded } from '../../support/seeded';
import { drivers } from '../checkout/fossil-fixture';
import { GitFixture, silent } from './git-fixture';
import { randomHistory } from './random-history';

for (const driver of drivers) {
  describe(`import of a Git stream with the ${driver} driver`, () => {
    let fixture: GitFixture;
    before(async () => {
      fixture = await GitFixture.create(driver);
    });
    after(() => fixture.remove());

    /** Imports with `fossil` and with ours, and compares all artifacts and all derived tables. */
    async function assertSame(
      stream: string,
      options: string[] = [],
      request: Partial<GitImportRequest> = {},
    ): Promise<void> {
      const theirs = fixture.path('theirs.fossil');
      const ours = fixture.path('ours.fossil');
      await fixture.fossil('import', '--git', '--force', ...options, theirs, stream);
      await fixture.import('ours.fossil', stream, { force: true, ...request });
      assert.deepEqual(await derivedTables(ours), await derivedTables(theirs));
      await fixture.fossil('rebuild', ours);
      assert.deepEqual(
        await derivedTables(ours),
        await derivedTables(theirs),
        'and fossil rebuild finds nothing to change',
      );
      await fixture.fossil('test-integrity', '-R', ours);
    }

    for (const seed of [1, 2, 3, 4]) {
      it(`makes the artifacts and tables that fossil import makes, seed ${seed}`, async () => {
        const history = randomHistory(new Seeded(seed), {
          commits: 40,
          withRenames: seed % 2 === 0,
          withManyRoots: seed > 2,
        });
        await assertSame(await fixture.stream('stream', history));
      });
    }

    it('gathers many artifacts into the clusters that fossil import makes', async function () {
      // Which driver stores them makes no difference to what the clusters name.
      if (driver !== drivers[0]) return this.skip();
      const history = randomHistory(new Seeded(5), { commits: 400 });
      await assertSame(await fixture.stream('stream', history));
      const tables = await derivedTables(fixture.path('ours.fossil'));
      assert.ok(tables.tagxref.filter((row) => row.includes('cluster')).length > 1, 'there are several clusters');
    });

    it('takes what options say about names, authors and attribution, as fossil import does', async () => {
      const history = randomHistory(new Seeded(6), { commits: 30 });
      await assertSame(
        await fixture.stream('stream', history),
        [
          ...['--rename-master', 'main', '--rename-branch', 'git-%', '--rename-tag', '%-tag'],
          ...['--use-author', '--attribute', 'ann@example.org ann', '--attribute', 'author@example.org The Author'],
        ],
        {
          masterName: 'main',
          branches: { before: 'git-', after: '' },
          tags: { before: '', after: '-tag' },
          usesAuthor: true,
          attributions: [
            { address: 'ann@example.org', user: 'ann' },
            { address: 'author@example.org', user: 'The Author' },
          ],
        },
      );
    });

    it('gives every root the name of the main branch that was asked for', async () => {
      const stream = await fixture.stream(
        'stream',
        randomHistory(new Seeded(12), { commits: 10, withManyRoots: true }),
      );
      await fixture.fossil(
        'import',
        '--git',
        '--force',
        '--rename-trunk',
        'stem',
        fixture.path('theirs.fossil'),
        stream,
      );
      await fixture.import('ours.fossil', stream, { force: true, trunkName: 'stem' });
      const theirs = new Set((await derivedTables(fixture.path('theirs.fossil'))).blob);
      for (const artifact of (await derivedTables(fixture.path('ours.fossil'))).blob) {
        assert.ok(theirs.delete(artifact), `fossil import did not make ${artifact}`);
      }
      // Fossil's rebuild insists on "trunk": it tags and moves the first check-in, at the time of the import.
      assert.equal(theirs.size, 2);
    });

    it('goes on where an earlier import stopped, by marks that fossil import reads and writes alike', async () => {
      const [first, second] = twoStreams(randomHistory(new Seeded(7), { commits: 40 }));
      const stream = await fixture.stream('stream', first);
      const more = await fixture.stream('more', second);
      const [theirs, ours] = [fixture.path('theirs.fossil'), fixture.path('ours.fossil')];
      const [theirMarks, ourMarks] = [fixture.path('theirs.marks'), fixture.path('ours.marks')];
      await fixture.fossil('import', '--git', '--force', '--export-marks', theirMarks, theirs, stream);
      await fixture.import('ours.fossil', stream, { force: true, exportMarks: ourMarks });
      assert.equal(await fs.readFile(ourMarks, 'utf8'), await fs.readFile(theirMarks, 'utf8'));
      const both = ['--import-marks', theirMarks, '--export-marks', theirMarks];
      await fixture.fossil('import', '--git', '--incremental', ...both, theirs, more);
      await fixture.import('ours.fossil', more, { incremental: true, importMarks: ourMarks, exportMarks: ourMarks });
      assert.equal(await fs.readFile(ourMarks, 'utf8'), await fs.readFile(theirMarks, 'utf8'));
      // Only fossil rebuild gives those their own clusters, or none.
      const { unclustered: loose, ...tables } = await derivedTables(ours);
      const { unclustered: theirLoose, ...theirTables } = await derivedTables(theirs);
      assert.deepEqual(tables, theirTables);
      assert.deepEqual(loose, theirLoose);
      await fixture.fossil('test-integrity', '-R', ours);
    });

    it('understands what Git means where fossil import loses it', async () => {
      const stream = await fixture.stream('stream', GIT_ALONE);
      await fixture.import('ours.fossil', stream, { force: true });
      const git = await fixture.gitImport(stream, 'git-alone');
      const branches = (await fixture.run('git', ['branch', '--format=%(refname:short)'], { cwd: git }))
        .trim()
        .split('\n');
      assert.deepEqual(branches, ['anew', 'master', 'other']);
      for (const branch of branches) {
        assert.deepEqual(filesInFossil(branch), await filesInGit(git, branch), branch);
      }
      const roots = await fixture.run('git', ['rev-list', '--all', '--max-parents=0', '--count'], { cwd: git });
      const { plink, event } = await derivedTables(fixture.path('ours.fossil'));
      const children = new Set(plink.map((row) => (JSON.parse(row) as unknown[])[1]));
      const checkins = event.map((row) => JSON.parse(row) as unknown[]).filter(([type]) => type === 'ci');
      assert.equal(checkins.filter((row) => !children.has(row[2])).length, Number(roots));
    });

    /** `mode name content` of every file, in the order of names. */
    async function filesInGit(git: string, branch: string): Promise<string[]> {
      const tree = await fixture.run('git', ['ls-tree', '-r', '-z', branch], { cwd: git });
      const entries = tree.split('\0').filter((entry) => entry !== '');
      const files = await Promise.all(
        entries.map(async (entry) => {
          const [, mode, id, name] = /^(\d+) \w+ (\w+)\t(.*)$/s.exec(entry) ?? [];
          return `${mode ?? ''} ${name ?? ''} ${await fixture.run('git', ['cat-file', 'blob', id ?? ''], { cwd: git })}`;
        }),
      );
      return files.sort();
    }

    function filesInFossil(branch: string): string[] {
      const repository = Repository.open(fixture.environment, fixture.path('ours.fossil'), { mode: 'read' });
      try {
        const modes = { regular: '100644', executable: '100755', symlink: '120000' };
        return filesOfCheckin(repository, resolveVersion(repository, branch))
          .map(({ name, hash, permission }) => {
            const rid = repository.blobs.rid(hash);
            assert.ok(rid !== undefined);
            const content = Buffer.from(repository.blobs.content(rid)).toString('latin1');
            return `${modes[permission]} ${Buffer.from(name).toString('latin1')} ${content}`;
          })
          .sort();
      } finally {
        repository.close();
      }
    }

    it('takes a tag of a tag, as "git fast-export --mark-tags" writes it, for one more tag of the check-in', async () => {
      const who = '<a@b> 1500000000 +0000\ndata 1\n';
      const stream = await fixture.stream(
        'stream',
        `commit refs/heads/master\nmark :1\ncommitter ${who}1\nM 160000 0123456789012345678901234567890123456789 sub\n\n` +
          `tag inner\nmark :2\nfrom :1\ntagger ${who}2\ntag outer\nmark :3\nfrom :2\ntagger ${who}3\n` +
          `tag of-nobody\nmark :4\nfrom :3\ndata 0\n\nreset refs/heads/again\nfrom :4\n\n` +
          `commit refs/heads/again\nmark :5\ncommitter ${who}4\nM 160000 0123456789012345678901234567890123456789 sub\n`,
      );
      const { tags, summary } = await fixture.import('ours.fossil', stream, { force: true });
      assert.equal(tags, 2);
      assert.match(summary, / 2 submodule changes left out: Fossil has no submodules\.$/);
      const repository = Repository.open(fixture.environment, fixture.path('ours.fossil'), { mode: 'read' });
      try {
        assert.equal(resolveVersion(repository, 'tag:outer'), resolveVersion(repository, 'tag:inner'));
        const parent = repository.db
          .prepare('SELECT pid FROM plink WHERE cid=?')
          .get<{ pid: Rid }>(resolveVersion(repository, 'again'));
        assert.equal(parent?.pid, resolveVersion(repository, 'inner'));
      } finally {
        repository.close();
      }
    });

    it('leaves nothing behind of a stream that turns out malformed', async () => {
      const history = randomHistory(new Seeded(8), { commits: 20 });
      const stream = await fixture.stream('stream', `${history}commit refs/heads/master\nnonsense\n`);
      const before = (await fs.readdir(fixture.directory)).sort();
      await assert.rejects(fixture.import('broken.fossil', stream), (error) => {
        assert.ok(error instanceof EngineError);
        assert.equal(error.code, 'stream-malformed');
        assert.match(
          error.message,
          new RegExp(`at byte ${Buffer.byteLength(history)} \\("commit refs/heads/master"\\)`),
        );
        return true;
      });
      assert.deepEqual((await fs.readdir(fixture.directory)).sort(), before);
    });

    it('changes nothing of an existing repository when the stream turns out malformed, or the user cancels', async () => {
      await fixture.import('kept.fossil', await fixture.stream('stream', randomHistory(new Seeded(9), { commits: 5 })));
      const tables = await derivedTables(fixture.path('kept.fossil'));
      const stream = await fixture.stream('stream', `${randomHistory(new Seeded(10), { commits: 20 })}D\n`);
      const before = (await fs.readdir(fixture.directory)).sort();
      await assert.rejects(fixture.import('kept.fossil', stream, { incremental: true }), { code: 'stream-malformed' });
      await assert.rejects(
        fixture.import('kept.fossil', stream, { incremental: true }, { signal: AbortSignal.abort() }),
        { code: 'cancelled' },
      );
      assert.deepEqual((await fs.readdir(fixture.directory)).sort(), before);
      assert.deepEqual(await derivedTables(fixture.path('kept.fossil')), tables);
    });

    it('cancels while it waits for more of the stream', async () => {
      const stop = new AbortController();
      const endless = (async function* () {
        yield Buffer.from('blob\nmark :1\n');
        setImmediate(() => stop.abort());
        yield await new Promise<Uint8Array>(() => undefined);
      })();
      await assert.rejects(
        importGit(fixture.environment, { path: fixture.path('endless.fossil') }, endless, {
          questions: silent.questions,
          signal: stop.signal,
        }),
        { code: 'cancelled' },
      );
    });

    // Nothing of it reaches a database.
    if (driver === 'native') {
      it('refuses a commit that copies directories into each other without end', async () => {
        const doubling = Array.from({ length: 40 }, () => 'C a b/1\nC a b/2\nR b a\n').join('');
        const stream = await fixture.stream(
          'stream',
          `commit refs/heads/master\n${WHO} 1000000001 +0000\ndata 3\none\nM 100644 inline a/f\ndata 1\nx\n${doubling}`,
        );
        await assert.rejects(fixture.import('bomb.fossil', stream), { code: 'stream-malformed' });
      });
    }

    it('replaces a file with what a crashed program left beside it', async () => {
      const stream = await fixture.stream('stream', randomHistory(new Seeded(12), { commits: 2 }));
      const file = fixture.path('crashed.fossil');
      await fixture.import('crashed.fossil', stream);
      const shell = new DatabaseShell(file);
      await shell.run('PRAGMA journal_mode = WAL;');
      await shell.run('CREATE TABLE left_over AS SELECT uuid FROM blob;');
      await shell.kill();
      assert.ok((await fs.stat(`${file}-wal`)).size > 0);
      if (driver === 'portable') {
        // It cannot take in what stands in the log, and says so instead of leaving the log to the new file.
        await assert.rejects(fixture.import('crashed.fossil', stream, { force: true }), /write-ahead log/);
        return;
      }
      await fixture.import('crashed.fossil', stream, { force: true });
      await assert.rejects(fs.stat(`${file}-wal`));
      await fixture.fossil('test-integrity', '-R', file);
      assert.deepEqual(await fossilSql(file, "SELECT name FROM sqlite_schema WHERE name='left_over'"), []);
    });

    it('keeps an existing file unless it is told to replace it', async () => {
      const stream = await fixture.stream('stream', randomHistory(new Seeded(11), { commits: 2 }));
      await fs.writeFile(fixture.path('taken.fossil'), 'something else');
      await assert.rejects(fixture.import('taken.fossil', stream), { code: 'repository-exists' });
      assert.equal(await fs.readFile(fixture.path('taken.fossil'), 'utf8'), 'something else');
      await fixture.import('taken.fossil', stream, { force: true });
      await fixture.fossil('test-integrity', '-R', fixture.path('taken.fossil'));
    });
  });
}

/** Cuts a stream before a commit or blob near its middle. */
function twoStreams(history: string): [first: string, second: string] {
  const middle = history.indexOf('\nblob\n', history.length / 2) + 1;
  assert.ok(middle > 0);
  return [history.slice(0, middle), history.slice(middle)];
}

const WHO = 'committer A <a@example.org>';
/** Each commit does what Fossil 2.21 gets wrong. */
const GIT_ALONE = [
  `commit refs/heads/master\nmark :1\n${WHO} 1000000001 +0000\ndata 3\none`,
  'M 100644 inline thing\ndata 4\nfile',
  'M 100644 inline with space/a\ndata 1\na',
  'M 100644 inline "tab\\tand\\nline"\ndata 1\nb',
  // A file makes way for a directory, and a directory for a file.
  `commit refs/heads/master\nmark :2\n${WHO} 1000000002 +0000\ndata 3\ntwo`,
  'from :1',
  'M 100755 inline thing/inside\ndata 2\nin',
  'R "with space" "quoted \\"target\\""',
  // Another branch in between; master goes on without saying from where.
  `commit refs/heads/other\nmark :3\n${WHO} 1000000003 +0000\ndata 5\nother`,
  'from refs/heads/master',
  'M 120000 inline link\ndata 5\nthing',
  `commit refs/heads/master\nmark :4\n${WHO} 1000000004 +0000\ndata 4\nfour`,
  'C thing "copy of thing"',
  'M 100644 inline quoted\ndata <<END\nsome\nlines\nEND',
  `commit refs/heads/other\nmark :5\n${WHO} 1000000005 +0000\ndata 4\nfive`,
  'from :3',
  'merge :4',
  'M 100644 inline thing\ndata 11\na file anew',
  'M 100644 inline new\ndata 1\nx',
  'D new',
  // The branch is reset, and what follows has no parent.
  'reset refs/heads/other',
  `commit refs/heads/other\nmark :6\n${WHO} 1000000006 +0000\nencoding ISO-8859-1\ndata 5\nfresh`,
  'M 100644 inline only\ndata 1\ny',
  `commit refs/heads/anew\nmark :7\n${WHO} 1000000007 +0000\ndata 0`,
  'from :2',
  'deleteall',
  'M 100644 inline single\ndata 1\nz',
  'done\n',
].join('\n');
