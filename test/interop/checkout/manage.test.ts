import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { addFiles, baselineContent, removeFiles, revertFiles } from '../../../src/engine/checkout/manage';
import { hasCode, type ErrorCode } from '../../../src/engine/errors';
import { dumpCheckout } from './database-dump';
import { drivers, FossilFixture, treeOf } from './fossil-fixture';

for (const driver of drivers) {
  describe(`Adding, removing and reverting, compared with fossil (${driver})`, () => {
    let fixture: FossilFixture;
    let root: string;

    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      root = await fixture.fossilOpen();
      await fixture.fossilCommit(root, 'start', {
        'a.txt': 'a\n',
        'b.txt': 'b\n',
        'sub/c.txt': 'c\n',
        'sub/d.txt': 'd\n',
      });
    });
    afterEach(() => fixture.remove());

    /** Does the same with ours and with fossil in a twin. @returns tables and files of both */
    async function both(
      our: (root: string) => Promise<unknown>,
      theirs: (twin: FossilFixture, root: string) => Promise<unknown>,
    ): Promise<{ our: unknown[]; their: unknown[] }> {
      const twin = await fixture.twin();
      try {
        const twinRoot = path.join(twin.directory, 'work');
        await our(root);
        await theirs(twin, twinRoot);
        await fixture.fossil(root, 'changes');
        await twin.fossil(twinRoot, 'changes');
        const state = async (side: FossilFixture, at: string): Promise<unknown[]> => {
          const { vfile, vmerge } = await dumpCheckout(side, at);
          return [vfile, vmerge, await treeOf(at), await side.fossil(at, 'changes', '--differ')];
        };
        return { our: await state(fixture, root), their: await state(twin, twinRoot) };
      } finally {
        await twin.remove();
      }
    }

    async function failsWith(work: Promise<unknown>, code: ErrorCode): Promise<void> {
      await assert.rejects(work, (error) => hasCode(error, code));
    }

    it('adds files and directories as fossil does', async () => {
      await fixture.fossil(root, 'settings', 'ignore-glob', '*.o');
      await fixture.write(root, {
        'new one.txt': '',
        'more/x.txt': 'x',
        'more/y.o': 'y',
        'more/.hidden': '',
        'tool.sh': 't',
      });
      await fs.chmod(path.join(root, 'tool.sh'), 0o755);
      await fixture.fossil(root, 'rm', 'a.txt', '--soft');
      let added: string[] = [];
      const { our, their } = await both(
        async (at) => {
          added = await fixture.withCheckout(at, (checkout) =>
            addFiles(checkout, ['new one.txt', 'more', path.join(at, 'tool.sh'), 'a.txt', 'b.txt']),
          );
        },
        (twin, at) => twin.fossil(at, 'add', 'new one.txt', 'more', 'tool.sh', 'a.txt', 'b.txt'),
      );
      assert.deepEqual(our, their);
      assert.deepEqual(added.sort(), ['a.txt', 'more/x.txt', 'new one.txt', 'tool.sh']);
    });

    it('refuses what cannot be added', async () => {
      await fixture.write(root, { 'back\\slash': '', 'aux.txt': '', '😀.txt': '', '.fslckout-wal': '' });
      await fs.symlink(fixture.directory, path.join(root, 'out'));
      await fixture.write(fixture.directory, { outside: 'x' });
      const add = (name: string): Promise<unknown> =>
        fixture.withCheckout(root, (checkout) => addFiles(checkout, [name]));
      await failsWith(add('nowhere.txt'), 'file-missing');
      for (const name of [
        'back\\slash',
        'aux.txt',
        '😀.txt',
        '.fslckout',
        '.fslckout-wal',
        'out/outside',
        '../outside',
        '/etc/passwd',
      ]) {
        await failsWith(add(name), 'file-name-refused');
      }
      assert.equal(await fixture.fossil(root, 'changes'), '');
    });

    it('removes files and directories as fossil does', async () => {
      await fixture.write(root, { 'new.txt': 'n' });
      await fixture.fossil(root, 'add', 'new.txt');
      let removed: string[] = [];
      const { our, their } = await both(
        async (at) => {
          removed = await fixture.withCheckout(at, (checkout) => removeFiles(checkout, ['a.txt', 'sub', 'new.txt']));
        },
        (twin, at) => twin.fossil(at, 'rm', 'a.txt', 'sub', 'new.txt', '--soft'),
      );
      assert.deepEqual(our, their);
      assert.deepEqual(removed.sort(), ['a.txt', 'new.txt', 'sub/c.txt', 'sub/d.txt']);
      await failsWith(
        fixture.withCheckout(root, (checkout) => removeFiles(checkout, ['unknown.txt'])),
        'file-not-managed',
      );
    });

    async function changeEverything(): Promise<void> {
      await fixture.write(root, { 'a.txt': 'edited, longer\n', 'new.txt': 'n\n' });
      await fixture.fossil(root, 'add', 'new.txt');
      await fixture.fossil(root, 'rm', 'b.txt', '--hard');
      await fixture.fossil(root, 'mv', 'sub/c.txt', 'moved.txt', '--hard');
      await fs.rm(path.join(root, 'sub/d.txt'));
    }

    it('reverts everything as fossil does', async () => {
      await changeEverything();
      const { our, their } = await both(
        (at) => fixture.withCheckout(at, (checkout) => revertFiles(checkout, ['.'])),
        (twin, at) => twin.fossil(at, 'revert'),
      );
      assert.deepEqual(our, their);
    });

    it('reverts a merge as fossil does', async () => {
      await fixture.fossilCommit(root, 'side', { 'a.txt': 'from the side\n', 'side.txt': 's\n' }, '--branch', 'side');
      await fixture.fossil(root, 'update', 'trunk');
      await fixture.fossil(root, 'merge', 'side');
      const { our, their } = await both(
        (at) => fixture.withCheckout(at, (checkout) => revertFiles(checkout, ['.'])),
        (twin, at) => twin.fossil(at, 'revert'),
      );
      assert.deepEqual(our, their);
    });

    it('reverts chosen files only', async () => {
      await changeEverything();
      const { our, their } = await both(
        (at) => fixture.withCheckout(at, (checkout) => revertFiles(checkout, ['a.txt', 'moved.txt', 'new.txt'])),
        (twin, at) => twin.fossil(at, 'revert', 'a.txt', 'moved.txt', 'new.txt'),
      );
      assert.deepEqual(our, their);
    });

    it('keeps a file that was never stored when a renamed one comes back to its name', async () => {
      await fixture.fossil(root, 'mv', 'a.txt', 'z.txt', '--hard');
      await fixture.write(root, { 'a.txt': 'never stored\n' });
      await fixture.fossil(root, 'add', 'a.txt');
      await fixture.withCheckout(root, (checkout) => revertFiles(checkout, ['z.txt']));
      const tree = await treeOf(root);
      assert.equal(tree['a.txt'], 'a\n');
      assert.equal(tree['a.txt-original'], 'never stored\n');
      assert.match(await fixture.fossil(root, 'changes', '--differ'), /^EXTRA +a\.txt-original\n$/);
    });

    it('gives files as the checked-out version has them', async () => {
      await changeEverything();
      await fixture.withCheckout(root, (checkout) => {
        const text = (name: string): string => new TextDecoder().decode(baselineContent(checkout, name));
        assert.equal(text('a.txt'), 'a\n');
        assert.equal(text('b.txt'), 'b\n');
        assert.equal(text('moved.txt'), 'c\n');
        assert.equal(text('sub/c.txt'), 'c\n');
        assert.throws(
          () => text('new.txt'),
          (error) => hasCode(error, 'file-not-managed'),
        );
      });
    });
  });
}
