import * as assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { commit, type CommitOptions } from '../../../src/engine/checkout/commit';
import { addFiles } from '../../../src/engine/checkout/manage';
import { openCheckout } from '../../../src/engine/checkout/open-checkout';
import { checkoutStatus } from '../../../src/engine/checkout/status';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { hasCode, type ErrorCode } from '../../../src/engine/errors';
import { dumpCheckout, dumpDerived } from './database-dump';
import { drivers, FossilFixture } from './fossil-fixture';

interface Change {
  name: string;
  make(fixture: FossilFixture, root: string): Promise<void>;
  /** Options of our commit, and the same for `fossil commit`. */
  options?: Partial<CommitOptions>;
  fossilOptions?: string[];
}

const big = (seed: string): string => Array.from({ length: 300 }, (_, line) => `${seed} line ${line}\n`).join('');

const changes: Change[] = [
  {
    name: 'edits, additions and deletions',
    make: async (fixture, root) => {
      await fixture.write(root, {
        'big.txt': big('first').replace('line 7', 'line number 7'),
        'new file.txt': 'n\n',
        'sub/ü.txt': '',
      });
      await fixture.fossil(root, 'add', 'new file.txt', 'sub/ü.txt');
      await fixture.fossil(root, 'rm', 'b.txt', '--hard');
    },
  },
  {
    name: 'renames, with and without an edit',
    make: async (fixture, root) => {
      await fixture.fossil(root, 'mv', 'a.txt', 'sub/a moved.txt', '--hard');
      await fixture.fossil(root, 'mv', 'big.txt', 'large.txt', '--hard');
      await fixture.write(root, { 'large.txt': `${big('first')}more\n` });
    },
  },
  {
    name: 'executable bits',
    make: async (_fixture, root) => {
      await fs.chmod(path.join(root, 'a.txt'), 0o755);
      await fs.chmod(path.join(root, 'run.sh'), 0o644);
    },
  },
  {
    name: 'symbolic links',
    make: async (fixture, root) => {
      await fixture.fossil(root, 'settings', 'allow-symlinks', 'on');
      await fs.symlink('a.txt', path.join(root, 'link'));
      await fixture.fossil(root, 'add', 'link');
    },
  },
  {
    name: 'some of the files',
    make: async (fixture, root) => {
      await fixture.write(root, { 'a.txt': 'edited\n', 'b.txt': 'edited too\n', 'new.txt': 'n\n' });
      await fixture.fossil(root, 'add', 'new.txt');
      await fixture.fossil(root, 'mv', 'big.txt', 'large.txt', '--hard');
      await fixture.fossil(root, 'rm', 'run.sh', '--soft');
    },
    options: { files: ['a.txt'] },
    fossilOptions: ['a.txt'],
  },
  {
    name: 'a directory of files',
    make: async (fixture, root) => {
      await fixture.write(root, { 'a.txt': 'edited\n', 'sub/one.txt': 'edited one\n', 'sub/two.txt': 'edited two\n' });
    },
    options: { files: ['sub'] },
    fossilOptions: ['sub'],
  },
  {
    name: 'a new branch',
    make: (fixture, root) => fixture.write(root, { 'a.txt': 'on a branch\n' }),
    options: { branch: 'a new branch' },
    fossilOptions: ['--branch', 'a new branch'],
  },
  {
    name: 'a merge',
    make: async (fixture, root) => {
      await side(fixture, root);
      await fixture.fossil(root, 'merge', 'side');
    },
  },
  {
    name: 'an integration, which closes the branch',
    make: async (fixture, root) => {
      await side(fixture, root);
      await fixture.fossil(root, 'merge', '--integrate', 'side');
    },
  },
  {
    name: 'a cherry-pick and a backout',
    make: async (fixture, root) => {
      await fixture.fossilCommit(root, 'to take back', { 'b.txt': 'a bad idea\n' });
      await fixture.fossilCommit(root, 'between', { 'run.sh': 'between\n' });
      await side(fixture, root);
      await fixture.fossil(root, 'merge', '--cherrypick', 'side');
      await fixture.fossil(root, 'merge', '--backout', 'prev');
    },
  },
  {
    name: 'a delta manifest, where the project has them',
    make: async (fixture, root) => {
      const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`many/f${index}.txt`, `f ${index}\n`]));
      await fixture.fossilCommit(root, 'many', many);
      await fixture.fossilCommit(root, 'delta', { 'many/f7.txt': 'seven\n' }, '--delta');
      await fixture.write(root, { 'many/f8.txt': 'eight\n', 'many/f09.txt': 'nine\n' });
      await fixture.fossil(root, 'add', 'many/f09.txt');
      await fixture.fossil(root, 'rm', 'many/f10.txt', '--hard');
    },
  },
  {
    name: 'a complete manifest again, where too much differs for a delta',
    make: async (fixture, root) => {
      const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`many/f${index}.txt`, `f ${index}\n`]));
      await fixture.fossilCommit(root, 'many', many);
      await fixture.fossilCommit(root, 'delta', { 'many/f7.txt': 'seven\n' }, '--delta');
      await fixture.write(root, Object.fromEntries(Object.keys(many).map((name) => [name, `${name} changed\n`])));
    },
  },
];

async function side(fixture: FossilFixture, root: string): Promise<void> {
  await fixture.fossilCommit(root, 'side', { 'a.txt': 'from the side\n', 'side.txt': 's\n' }, '--branch', 'side');
  await fixture.fossil(root, 'rm', 'sub/two.txt', '--hard');
  await fixture.fossilCommit(root, 'side 2', { 'side.txt': 'side, again\n' });
  await fixture.fossil(root, 'update', 'trunk');
  await fixture.fossilCommit(root, 'main goes on', { 'sub/one.txt': 'main goes on\n' });
}

/** The manifest without the cards that hold times. */
async function manifestOf(fixture: FossilFixture, root: string): Promise<string[]> {
  const text = await fixture.fossil(root, 'artifact', 'current');
  return text.split('\n').filter((card) => !/^[DZ] /.test(card));
}

for (const driver of drivers) {
  describe(`Commit, compared with fossil commit (${driver})`, () => {
    let fixture: FossilFixture;

    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
    });
    afterEach(() => fixture.remove());

    async function start(): Promise<string> {
      const root = await fixture.fossilOpen();
      await fixture.fossilCommit(root, 'start', {
        'a.txt': 'a\n',
        'b.txt': 'b\n',
        'big.txt': big('first'),
        'run.sh': 'run\n',
        'sub/one.txt': 'one\n',
        'sub/two.txt': 'two\n',
      });
      await fs.chmod(path.join(root, 'run.sh'), 0o755);
      await fixture.fossil(root, 'commit', '-m', 'executable');
      return root;
    }

    for (const change of changes) {
      it(`writes what fossil writes: ${change.name}`, async () => {
        const root = await start();
        await change.make(fixture, root);
        const twin = await fixture.twin();
        try {
          const twinRoot = path.join(twin.directory, 'work');
          const comment = `Comment with "quotes", ümlauts\nand two lines: ${change.name}`;
          const result = await fixture.withCheckout(root, (checkout) =>
            commit(checkout, { comment, user: 'alice', ...change.options }),
          );
          await twin.fossil(
            twinRoot,
            'commit',
            '-m',
            comment,
            '--no-warnings',
            '--no-prompt',
            ...(change.fossilOptions ?? []),
          );

          assert.deepEqual(await manifestOf(fixture, root), await manifestOf(twin, twinRoot));
          assert.deepEqual(await dumpCheckout(fixture, root), await dumpCheckout(twin, twinRoot));
          assert.match(await fixture.fossil(root, 'info'), new RegExp(`checkout: +${result.hash.slice(0, 40)}`));
          assert.equal(await fixture.fossil(root, 'changes'), await twin.fossil(twinRoot, 'changes'));
          const unsent = (database: string): string =>
            `SELECT count(*) FROM unsent; SELECT count(*), sum(size) FROM blob JOIN delta USING(rid) -- ${database}`;
          assert.deepEqual(
            await fixture.query(fixture.repository, unsent('ours')),
            await twin.query(twin.repository, unsent('theirs')),
          );

          const before = await dumpDerived(fixture);
          assert.doesNotMatch(
            await fixture.fossil(root, 'test-integrity', '--parse'),
            /[1-9]\d* (corrupt|malformed|errors)/,
          );
          await fixture.fossil(root, 'rebuild');
          assert.deepEqual(before, await dumpDerived(fixture));
          assert.equal(await fixture.fossil(root, 'changes'), await twin.fossil(twinRoot, 'changes'));
        } finally {
          await twin.remove();
        }
      });
    }

    it('takes both halves of a rename when its old name is chosen', async () => {
      const root = await start();
      await fixture.fossil(root, 'mv', 'a.txt', 'c.txt', '--hard');
      await fixture.write(root, { 'a.txt': 'another file\n', 'b.txt': 'not chosen\n' });
      await fixture.fossil(root, 'add', 'a.txt');
      await fixture.withCheckout(root, (checkout) =>
        commit(checkout, { comment: 'both', user: 'alice', files: ['a.txt'] }),
      );
      const cards = (await manifestOf(fixture, root)).filter((card) => /^F [ac]\.txt/.test(card));
      assert.equal(cards.length, 2);
      assert.match(cards[1] ?? '', /^F c\.txt [0-9a-f]{64} w a\.txt$/);
      assert.match(await fixture.fossil(root, 'changes'), /^EDITED +b\.txt\n$/);
    });

    it('makes the first check-in of an empty repository', async () => {
      await fs.rm(fixture.repository);
      createRepository(fixture.environment, fixture.repository, {
        adminUser: 'alice',
        withInitialCheckin: false,
      }).close();
      // Fossil 2.21 itself cannot work in a checkout of an empty repository.
      const root = path.join(fixture.directory, 'ours');
      (await openCheckout(fixture.environment, fixture.repository, root, { allowPortableWrites: true })).close();
      await fixture.write(root, { 'first.txt': 'first\n' });
      await fixture.withCheckout(root, (checkout) => addFiles(checkout, ['first.txt']));
      const { branch } = await fixture.withCheckout(root, (checkout) =>
        commit(checkout, { comment: 'the first', user: 'alice' }),
      );
      assert.equal(branch, 'trunk');
      assert.equal(await fixture.fossil(root, 'changes'), '');
      const before = await dumpDerived(fixture);
      await fixture.fossil(root, 'rebuild');
      assert.deepEqual(await dumpDerived(fixture), before);
      assert.match(
        await fixture.fossil(root, 'artifact', 'current'),
        /\nT \*branch \* trunk\nT \*sym-trunk \*\nU alice\n/,
      );
    });

    it('stops when a file changes while it is read, and works the second time', async () => {
      const root = await start();
      await fixture.write(root, { 'a.txt': 'first edit\n' });
      await fixture.withCheckout(root, async (checkout) => {
        const meddling = commit(checkout, {
          comment: 'c',
          user: 'alice',
          onProgress: ({ artifacts }) => {
            if (artifacts.done === artifacts.total) writeFileSync(path.join(root, 'a.txt'), 'second edit\n');
          },
        });
        await assert.rejects(meddling, (error) => hasCode(error, 'file-changed-meanwhile'));
        const { files } = await commit(checkout, { comment: 'c', user: 'alice' });
        assert.equal(files, 1);
      });
      assert.equal(await fixture.fossil(root, 'changes'), '');
      assert.equal(await fixture.fossil(root, 'cat', 'a.txt', '-r', 'current'), 'second edit\n');
    });

    it('stops when another program commits meanwhile', async () => {
      const root = await start();
      await fixture.write(root, { 'a.txt': 'edited\n' });
      await fixture.withCheckout(root, async (checkout) => {
        const overtaken = commit(checkout, {
          comment: 'ours',
          user: 'alice',
          onProgress: ({ artifacts }) => {
            if (artifacts.done === artifacts.total) fixture.fossilNow(root, 'commit', '-m', 'theirs');
          },
        });
        await assert.rejects(overtaken, (error) => hasCode(error, 'repository-changed'));
      });
      assert.match(await fixture.fossil(root, 'timeline', '-n', '1'), /theirs/);
      assert.doesNotMatch(await fixture.fossil(root, 'test-integrity'), /[1-9]\d* errors/);
    });

    it('gives the check-in to a user that the repository does not know yet', async () => {
      const root = await start();
      await fixture.write(root, { 'a.txt': 'edited\n' });
      await fixture.withCheckout(root, (checkout) => commit(checkout, { comment: 'c', user: 'new person' }));
      assert.match(await fixture.fossil(root, 'artifact', 'current'), /\nU new\\sperson\n/);
      assert.match(await fixture.fossil(root, 'user', 'list'), /^new person/m);
    });

    it('is repeated by both sides in turn', async () => {
      const root = await start();
      for (let round = 0; round < 3; round++) {
        await fixture.write(root, { 'a.txt': `ours ${round}\n` });
        await fixture.withCheckout(root, (checkout) => commit(checkout, { comment: `ours ${round}`, user: 'bob' }));
        assert.equal(await fixture.fossil(root, 'changes'), '');
        await fixture.write(root, { 'a.txt': `theirs, round ${round}\n` });
        await fixture.fossil(root, 'commit', '--hash', '-m', `theirs ${round}`);
        const { changes: left } = await fixture.withCheckout(root, (checkout) => checkoutStatus(checkout));
        assert.deepEqual(left, []);
      }
      const timeline = await fixture.fossil(root, 'timeline', '-n', '6', '-t', 'ci', '-F', '%c by %a');
      assert.match(timeline, /theirs 2 by alice\s+ours 2 by bob\s+theirs 1 by alice\s+ours 1 by bob/);
    });

    const refusals: {
      name: string;
      code: ErrorCode;
      options?: Partial<CommitOptions>;
      make(root: string): Promise<void>;
    }[] = [
      { name: 'nothing has changed', code: 'nothing-to-commit', make: async () => {} },
      {
        name: 'the chosen files have not changed',
        code: 'nothing-to-commit',
        options: { files: ['b.txt'] },
        make: (root) => fixture.write(root, { 'a.txt': 'changed\n' }),
      },
      { name: 'the comment is blank', code: 'empty-comment', options: { comment: ' \n' }, make: async () => {} },
      { name: 'there is no user', code: 'no-user', options: { user: '' }, make: async () => {} },
      {
        name: 'a chosen file is unknown',
        code: 'file-not-managed',
        options: { files: ['x.txt'] },
        make: async () => {},
      },
      { name: 'a file is missing', code: 'file-missing', make: (root) => fs.rm(path.join(root, 'a.txt')) },
      {
        name: 'a conflict is unresolved',
        code: 'merge-conflict',
        make: (root) =>
          fixture.write(root, {
            'a.txt': 'x\n<<<<<<< BEGIN MERGE CONFLICT: local copy shown first <<<<<<<<<<<<\ny\n',
          }),
      },
      {
        name: 'it would fork',
        code: 'would-fork',
        make: async (root) => {
          await fixture.fossilCommit(root, 'newer', { 'a.txt': 'newer\n' });
          await fixture.fossil(root, 'update', 'prev');
          await fixture.write(root, { 'b.txt': 'changed\n' });
        },
      },
      {
        name: 'the branch is closed',
        code: 'branch-closed',
        make: async (root) => {
          await fixture.fossil(root, 'tag', 'add', 'closed', 'current', '--raw');
          await fixture.write(root, { 'b.txt': 'changed\n' });
        },
      },
      {
        name: 'the new branch has the name of an open one',
        code: 'usage',
        options: { branch: 'trunk' },
        make: (root) => fixture.write(root, { 'b.txt': 'changed\n' }),
      },
      {
        name: 'a merge is committed in part',
        code: 'usage',
        options: { files: ['a.txt'] },
        make: async (root) => {
          await side(fixture, root);
          await fixture.fossil(root, 'merge', 'side');
        },
      },
    ];

    for (const refusal of refusals) {
      it(`refuses when ${refusal.name}, and changes nothing`, async () => {
        const root = await start();
        await refusal.make(root);
        const before = [await dumpCheckout(fixture, root), await dumpDerived(fixture)];
        const attempt = fixture.withCheckout(root, (checkout) =>
          commit(checkout, { comment: 'c', user: 'alice', ...refusal.options }),
        );
        await assert.rejects(attempt, (error) => error instanceof Error && hasCode(error, refusal.code));
        const [{ vvar, vmerge }, derived] = [await dumpCheckout(fixture, root), await dumpDerived(fixture)];
        assert.deepEqual([vvar, vmerge, derived], [before[0]?.['vvar'], before[0]?.['vmerge'], before[1]]);
      });
    }
  });
}
