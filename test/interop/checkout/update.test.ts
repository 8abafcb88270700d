import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { checkoutStatus } from '../../../src/engine/checkout/status';
import { updateCheckout, type UpdateResult } from '../../../src/engine/checkout/update';
import { EngineError, hasCode } from '../../../src/engine/errors';
import type { Environment } from '../../../src/engine/platform/environment';
import { resolveVersion } from '../../../src/engine/repository/versions';
import { Checkout } from '../../../src/engine/checkout/checkout';
import { dumpCheckout } from './database-dump';
import { drivers, FossilFixture, treeOf } from './fossil-fixture';

for (const driver of drivers) {
  describe(`Update of a checkout, compared with fossil update (${driver})`, () => {
    let fixture: FossilFixture;
    let root: string;

    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      root = await fixture.fossilOpen();
      await fixture.fossilCommit(root, 'one', {
        'a.txt': 'a one\n',
        'b.txt': 'b\n',
        'gone.txt': 'gone\n',
        'run.sh': 'run\n',
        'dir/only.txt': 'only\n',
        'old name.txt': 'renamed later\n',
      });
      await fixture.fossil(root, 'tag', 'add', 'one', 'current');
      await fixture.fossil(root, 'rm', 'gone.txt', 'dir/only.txt', '--hard');
      await fixture.fossil(root, 'mv', 'old name.txt', 'new name.txt', '--hard');
      await fs.chmod(path.join(root, 'run.sh'), 0o755);
      await fixture.fossilCommit(root, 'two', {
        'a.txt': 'a two, longer\n',
        'new.txt': 'new\n',
        'deep/er/file.txt': 'deep\n',
      });
      await fixture.fossil(root, 'tag', 'add', 'two', 'current');
      await fixture.fossil(root, 'update', 'one');
    });
    afterEach(() => fixture.remove());

    function update(version: string, at = root): Promise<UpdateResult> {
      return fixture.withCheckout(at, (checkout) =>
        updateCheckout(checkout, resolveVersion(checkout.repository, version)),
      );
    }

    it('goes there and back, leaving the files and tables that fossil leaves', async () => {
      for (const version of ['two', 'one', 'two']) {
        const twin = await fixture.twin();
        try {
          const twinRoot = path.join(twin.directory, 'work');
          await update(version);
          await twin.fossil(twinRoot, 'checkout', version);
          assert.deepEqual(await treeOf(root), await treeOf(twinRoot));
          assert.deepEqual(await dumpCheckout(fixture, root), await dumpCheckout(twin, twinRoot));
          assert.equal(await fixture.fossil(root, 'changes', '--differ'), '');
        } finally {
          await twin.remove();
        }
      }
    });

    it('says what it wrote, removed and kept', async () => {
      await fixture.write(root, { 'b.txt': 'edited\n' });
      const result = await update('two');
      assert.deepEqual(result.kept, ['b.txt']);
      assert.deepEqual(result.removed.sort(), ['dir/only.txt', 'gone.txt', 'old name.txt']);
      assert.deepEqual(result.written.sort(), ['a.txt', 'deep/er/file.txt', 'new name.txt', 'new.txt', 'run.sh']);
      assert.equal(await fs.stat(path.join(root, 'dir')).catch(() => 'gone'), 'gone');
    });

    it('keeps local work that the target does not touch, as fossil does', async () => {
      await fixture.write(root, { 'b.txt': 'edited here\n', 'added.txt': 'added\n', 'extra.txt': 'extra\n' });
      await fixture.fossil(root, 'add', 'added.txt');
      await fs.rm(path.join(root, 'run.sh'));
      const twin = await fixture.twin();
      try {
        const twinRoot = path.join(twin.directory, 'work');
        await update('two');
        await twin.fossil(twinRoot, 'update', 'two');
        assert.deepEqual(await treeOf(root), await treeOf(twinRoot));
        const differences = await fixture.fossil(root, 'changes', '--differ');
        assert.equal(differences, await twin.fossil(twinRoot, 'changes', '--differ'));
        assert.match(differences, /ADDED +added\.txt\nEDITED +b\.txt\nEXTRA +extra\.txt\n/);
      } finally {
        await twin.remove();
      }
    });

    it('turns files into directories and back, which fossil update cannot', async () => {
      await fixture.fossil(root, 'update', 'two');
      await fixture.fossil(root, 'rm', 'b.txt', 'deep/er/file.txt', '--hard');
      await fs.rm(path.join(root, 'deep'), { recursive: true });
      await fixture.fossilCommit(root, 'three', { 'b.txt/now': 'in a directory\n', deep: 'now a file\n' });
      await fixture.fossil(root, 'tag', 'add', 'three', 'current');
      const three = await treeOf(root);
      await update('two');
      await update('three');
      assert.deepEqual(await treeOf(root), three);
      await update('two');
      await fixture.write(root, { 'deep/er/mine': 'unmanaged\n' });
      await assert.rejects(update('three'), /"deep"/);
    });

    it('keeps a local rename and a local deletion', async () => {
      await fixture.fossil(root, 'mv', 'b.txt', 'c.txt', '--hard');
      await update('two');
      await fixture.fossil(root, 'rm', 'new.txt', '--hard');
      await update('two');
      const { changes } = await fixture.withCheckout(root, (checkout) => checkoutStatus(checkout));
      assert.deepEqual(changes, [
        { path: 'c.txt', kind: 'renamed', formerPath: 'b.txt' },
        { path: 'new.txt', kind: 'deleted' },
      ]);
    });

    it('keeps an unmanaged file in the way as NAME-original', async () => {
      await fixture.write(root, {
        'new.txt': 'not yours\n',
        'new.txt-original': 'taken\n',
        'deep/er/file.txt': 'deep\n',
      });
      const { movedAside } = await update('two');
      assert.deepEqual(movedAside, [{ path: 'new.txt', to: 'new.txt-original-1' }]);
      const tree = await treeOf(root);
      assert.equal(tree['new.txt'], 'new\n');
      assert.equal(tree['new.txt-original-1'], 'not yours\n');
    });

    const conflicts: { name: string; files: string[]; make(): Promise<unknown> }[] = [
      {
        name: 'an edited file that the target changes',
        files: ['a.txt'],
        make: () => fixture.write(root, { 'a.txt': 'mine\n' }),
      },
      {
        name: 'an edited file that the target lacks',
        files: ['gone.txt'],
        make: () => fixture.write(root, { 'gone.txt': 'mine\n' }),
      },
      {
        name: 'an edited file that the target renames',
        files: ['old name.txt'],
        make: () => fixture.write(root, { 'old name.txt': 'mine\n' }),
      },
      {
        name: 'an added file that the target has too',
        files: ['new.txt'],
        make: async () => {
          await fixture.write(root, { 'new.txt': 'mine\n' });
          await fixture.fossil(root, 'add', 'new.txt');
        },
      },
      {
        name: 'a deleted file that the target changes',
        files: ['a.txt'],
        make: () => fixture.fossil(root, 'rm', 'a.txt', '--hard'),
      },
      {
        name: 'a renamed file that the target changes',
        files: ['z.txt'],
        make: () => fixture.fossil(root, 'mv', 'a.txt', 'z.txt', '--hard'),
      },
      {
        name: 'an unmanaged file where a directory must go',
        files: ['deep/er/file.txt'],
        make: () => fixture.write(root, { deep: 'a file\n' }),
      },
      {
        name: 'a link where a directory must go',
        files: ['deep/er/file.txt'],
        make: () => fs.symlink(fixture.directory, path.join(root, 'deep')),
      },
      {
        name: 'an unmanaged directory where a file must go',
        files: ['new.txt'],
        make: () => fixture.write(root, { 'new.txt/inside': 'x' }),
      },
    ];

    for (const conflict of conflicts) {
      it(`refuses ${conflict.name}, and touches nothing`, async () => {
        await conflict.make();
        const [tree, tables] = [await treeOf(root), await dumpCheckout(fixture, root)];
        await assert.rejects(update('two'), (error) => {
          assert.ok(hasCode(error, 'would-merge'));
          for (const file of conflict.files) assert.ok(error.message.includes(`"${file}"`), error.message);
          return true;
        });
        assert.deepEqual(await treeOf(root), tree);
        const after = await dumpCheckout(fixture, root);
        assert.deepEqual(after['vvar'], tables['vvar']);
        assert.equal(after['vfile']?.length, tables['vfile']?.length);
      });
    }

    it('is finished by a second run wherever the first one stops', async () => {
      const whole = await fixture.twin();
      await whole.fossil(path.join(whole.directory, 'work'), 'update', 'two');
      const expected = await treeOf(path.join(whole.directory, 'work'));
      await whole.remove();
      for (let steps = 0; steps < 14; steps++) {
        const twin = await fixture.twin();
        try {
          const twinRoot = path.join(twin.directory, 'work');
          const failing = await Checkout.open(failingAfter(fixture.environment, steps), twinRoot, {
            allowPortableWrites: true,
          });
          const target = resolveVersion(failing.repository, 'two');
          const before = failing.variable('checkout-hash');
          const outcome = await updateCheckout(failing, target).catch((error: unknown) => error);
          const recorded = failing.variable('checkout-hash');
          failing.close();
          if (outcome instanceof EngineError) {
            assert.equal(outcome.code, 'disk-full');
            assert.equal(recorded, before);
            await twin.fossil(twinRoot, 'changes');
            await update('two', twinRoot);
          }
          assert.deepEqual(await treeOf(twinRoot), expected);
          assert.equal(await twin.fossil(twinRoot, 'changes', '--differ'), '');
        } finally {
          await twin.remove();
        }
      }
    });

    it('follows a repository file that was replaced by a clone with other row ids', async () => {
      await fixture.write(root, { 'b.txt': 'edited here\n', 'added.txt': 'added\n' });
      await fixture.fossil(root, 'add', 'added.txt');
      const before = await dumpCheckout(fixture, root);
      const clone = path.join(fixture.directory, 'clone.fossil');
      await fixture.fossil(fixture.directory, 'clone', fixture.repository, clone);
      await fs.rename(clone, fixture.repository);
      const { changes } = await fixture.withCheckout(root, (checkout) => checkoutStatus(checkout));
      assert.deepEqual(changes, [
        { path: 'added.txt', kind: 'added' },
        { path: 'b.txt', kind: 'edited' },
      ]);
      assert.deepEqual((await dumpCheckout(fixture, root))['vfile'], before['vfile']);
      assert.doesNotMatch(await fixture.fossil(root, 'status'), /WARNING/);
    });
  });
}

/** The same environment on a disk that is full after some writes and removals. */
function failingAfter(environment: Environment, steps: number): Environment {
  let left = steps;
  const spend = (): void => {
    if (left-- <= 0) throw new EngineError('disk-full', 'The disk is full.');
  };
  return {
    ...environment,
    fs: {
      ...environment.fs,
      write: async (...args) => {
        spend();
        return environment.fs.write(...args);
      },
      remove: async (...args) => {
        spend();
        return environment.fs.remove(...args);
      },
      setExecutable: async (...args) => {
        spend();
        return environment.fs.setExecutable(...args);
      },
    },
  };
}
