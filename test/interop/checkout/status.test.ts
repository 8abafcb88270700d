import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { checkoutStatus, type CheckoutStatus } from '../../../src/engine/checkout/status';
import { drivers, FossilFixture } from './fossil-fixture';

/** Where a kind is not simply the word in lower case. */
const fossilWords: Record<string, string> = { unexecutable: 'UNEXEC' };

/** Our status in the words of `fossil changes --differ`. Fossil 2.21 does not show former names. */
function asFossilTells({ changes, extras }: CheckoutStatus): string[] {
  const lines = changes.map(({ path: name, kind }) => {
    const word = fossilWords[kind] ?? kind.toUpperCase().replaceAll('-', '_');
    return `${word} ${name}`;
  });
  return [...lines, ...extras.map((name) => `EXTRA ${name}`)].sort();
}

async function fossilTells(fixture: FossilFixture, root: string): Promise<string[]> {
  const output = await fixture.fossil(root, 'changes', '--differ', '--abs-paths', '--classify');
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^(\S+) +/, '$1 '))
    .sort();
}

const odd = [
  'a b.txt',
  "it's.txt",
  'say "hi".txt',
  'größe/naïve.txt',
  '日本/語.txt',
  'tab\there',
  '$x;`y`',
  '-dash',
  '#hash',
  'a[1].txt',
];

interface Shape {
  name: string;
  make(fixture: FossilFixture, root: string): Promise<void>;
}

const shapes: Shape[] = [
  { name: 'nothing changed', make: async () => {} },
  {
    name: 'edits of all kinds',
    make: async (fixture, root) => {
      await fixture.write(root, { 'plain.txt': 'longer than before\n', 'same.txt': 'BBBB\n' });
      // Fossil itself misses an edit of the same size within the second of the commit.
      await fs.utimes(path.join(root, 'same.txt'), 1, 1);
      await fs.rm(path.join(root, 'gone.txt'));
    },
  },
  {
    name: 'an edit that was taken back',
    make: async (fixture, root) => {
      await fixture.write(root, { 'same.txt': 'XXXX\n' });
      await fixture.fossil(root, 'changes');
      await fixture.write(root, { 'same.txt': 'bbbb\n' });
    },
  },
  {
    name: 'added, deleted, renamed',
    make: async (fixture, root) => {
      await fixture.write(root, { 'new.txt': 'n', 'sub/new too.txt': '' });
      await fixture.fossil(root, 'add', 'new.txt', 'sub/new too.txt');
      await fixture.fossil(root, 'rm', 'plain.txt', '--hard');
      await fixture.fossil(root, 'rm', 'same.txt', '--soft');
      await fixture.fossil(root, 'mv', 'sub/deep/file.txt', 'moved.txt', '--hard');
      await fixture.fossil(root, 'mv', 'gone.txt', 'renamed but not there.txt', '--soft');
    },
  },
  {
    name: 'added and then missing, or a directory',
    make: async (fixture, root) => {
      await fixture.write(root, { 'brief.txt': 'b', folder: 'f' });
      await fixture.fossil(root, 'add', 'brief.txt', 'folder');
      await fs.rm(path.join(root, 'brief.txt'));
      await fs.rm(path.join(root, 'folder'));
      await fs.mkdir(path.join(root, 'folder'));
      await fs.rm(path.join(root, 'plain.txt'));
      await fs.mkdir(path.join(root, 'plain.txt'));
    },
  },
  {
    name: 'executable bits',
    make: async (_fixture, root) => {
      await fs.chmod(path.join(root, 'plain.txt'), 0o755);
      await fs.chmod(path.join(root, 'run.sh'), 0o644);
    },
  },
  {
    name: 'symbolic links where links are followed',
    make: async (_fixture, root) => {
      await fs.rm(path.join(root, 'plain.txt'));
      await fs.symlink('same.txt', path.join(root, 'plain.txt'));
      await fs.symlink('same.txt', path.join(root, 'link'));
      await fs.symlink('nowhere', path.join(root, 'dangling'));
      await fs.symlink('sub', path.join(root, 'link to directory'));
    },
  },
  {
    name: 'symbolic links where links are managed',
    make: async (fixture, root) => {
      await fixture.fossil(root, 'settings', 'allow-symlinks', 'on');
      await fs.symlink('same.txt', path.join(root, 'link'));
      await fixture.fossil(root, 'add', 'link');
      await fixture.fossil(root, 'commit', '-m', 'link');
      await fs.rm(path.join(root, 'link'));
      await fs.symlink('plain.txt', path.join(root, 'link'));
      await fs.rm(path.join(root, 'plain.txt'));
      await fs.symlink('same.txt', path.join(root, 'plain.txt'));
      await fs.symlink('nowhere', path.join(root, 'dangling'));
      await fs.symlink('sub', path.join(root, 'link to directory'));
    },
  },
  {
    name: 'a managed link where links are not managed any more',
    make: async (fixture, root) => {
      await fixture.fossil(root, 'settings', 'allow-symlinks', 'on');
      await fs.symlink('same.txt', path.join(root, 'link'));
      await fixture.fossil(root, 'add', 'link');
      await fixture.fossil(root, 'commit', '-m', 'link');
      await fixture.fossil(root, 'settings', 'allow-symlinks', 'off');
    },
  },
  {
    name: 'a merge in progress',
    make: async (fixture, root) => {
      await fixture.fossilCommit(
        root,
        'side',
        { 'plain.txt': 'from the side\n', 'side.txt': 's\n', 'same.txt': 'from the side\n' },
        '--branch',
        'side',
      );
      await fixture.fossil(root, 'update', 'trunk');
      await fixture.fossilCommit(root, 'main', { 'same.txt': 'from the main\n' });
      await fixture.fossil(root, 'merge', 'side');
    },
  },
  {
    name: 'an integration in progress, edited on',
    make: async (fixture, root) => {
      await fixture.fossilCommit(
        root,
        'side',
        { 'plain.txt': 'from the side\n', 'side.txt': 's\n' },
        '--branch',
        'side',
      );
      await fs.rm(path.join(root, 'gone.txt'));
      await fixture.fossilCommit(root, 'side 2', { 'side2.txt': 's\n' });
      await fixture.fossil(root, 'update', 'trunk');
      await fixture.fossil(root, 'merge', '--integrate', 'side');
      await fixture.write(root, { 'side2.txt': 'edited\n' });
    },
  },
  {
    name: 'odd names',
    make: async (fixture, root) => {
      await fixture.write(root, Object.fromEntries(odd.map((name) => [name, 'x'])));
      await fixture.fossil(root, 'add', ...odd.slice(0, 6).map((name) => `./${name}`));
    },
  },
  {
    name: 'ignored files, dotfiles and nested checkouts',
    make: async (fixture, root) => {
      await fixture.write(root, {
        '.fossil-settings/ignore-glob': 'build,*.o\n"with space/*"\n',
        'build/out.txt': '',
        'x.o': '',
        'sub/y.o': '',
        'with space/z': '',
        '.hidden': '',
        '.dir/inside': '',
        'shown.txt': '',
        'sub/.fslckout': 'too small for a database',
      });
      await fs.mkdir(path.join(root, 'nested'));
      await fixture.fossil(path.join(root, 'nested'), 'open', fixture.repository, '--nested');
    },
  },
  {
    name: "dotfiles shown, versioned setting over the repository's",
    make: async (fixture, root) => {
      await fixture.fossil(root, 'settings', 'dotfiles', 'on');
      await fixture.fossil(root, 'settings', 'ignore-glob', '*.txt');
      await fixture.write(root, { '.fossil-settings/ignore-glob': '*.o', '.hidden': '', 'a.txt': '', 'a.o': '' });
    },
  },
  {
    name: 'manifest files and a repository inside the checkout',
    make: async (fixture, root) => {
      await fixture.fossil(root, 'settings', 'manifest', 'rut');
      await fixture.fossilCommit(root, 'with manifest', { 'm.txt': 'm' });
      await fixture.write(root, { 'project.fossil-wal': '', _FOSSIL_: 'x', '.fos': 'y', manifest: 'edited' });
    },
  },
];

for (const driver of drivers) {
  describe(`Status of a checkout, compared with fossil (${driver})`, () => {
    let fixture: FossilFixture;

    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
    });
    afterEach(() => fixture.remove());

    for (const shape of shapes) {
      it(`agrees on ${shape.name}`, async () => {
        const root = await fixture.fossilOpen();
        await fixture.fossilCommit(root, 'start', {
          'plain.txt': 'plain\n',
          'same.txt': 'bbbb\n',
          'gone.txt': 'gone\n',
          'sub/deep/file.txt': 'deep\n',
          'run.sh': 'run\n',
        });
        await fs.chmod(path.join(root, 'run.sh'), 0o755);
        await fixture.fossil(root, 'commit', '-m', 'executable');
        await shape.make(fixture, root);
        // Before fossil looks, and after it has refreshed the cache.
        const first = asFossilTells(await fixture.withCheckout(root, (checkout) => checkoutStatus(checkout)));
        const expected = await fossilTells(fixture, root);
        const second = asFossilTells(await fixture.withCheckout(root, (checkout) => checkoutStatus(checkout)));
        assert.deepEqual(first, expected);
        assert.deepEqual(second, expected);
      });
    }

    it('tells the former name of a renamed file', async () => {
      const root = await fixture.fossilOpen();
      await fixture.fossilCommit(root, 'start', { 'a.txt': 'a\n', 'b.txt': 'b\n' });
      await fixture.fossil(root, 'mv', 'a.txt', 'c.txt', '--hard');
      const { changes } = await fixture.withCheckout(root, (checkout) => checkoutStatus(checkout));
      assert.deepEqual(changes, [{ path: 'c.txt', kind: 'renamed', formerPath: 'a.txt' }]);
    });

    it('agrees on 5,000 files, a few of them changed', async () => {
      const root = await fixture.fossilOpen();
      const files = Object.fromEntries(
        Array.from({ length: 5000 }, (_, index) => [
          `d${index % 70}/e${index % 7}/f${index}.txt`,
          `content ${index}\n`,
        ]),
      );
      await fixture.fossilCommit(root, 'many', files);
      await fixture.write(root, { 'd1/e1/f1.txt': 'changed', 'd2/e2/f2.txt': 'CONTENT 2\n', 'd3/extra': '' });
      await fs.rm(path.join(root, 'd3/e3/f3.txt'));
      const ours = asFossilTells(await fixture.withCheckout(root, (checkout) => checkoutStatus(checkout)));
      assert.deepEqual(ours, ['EDITED d1/e1/f1.txt', 'EDITED d2/e2/f2.txt', 'EXTRA d3/extra', 'MISSING d3/e3/f3.txt']);
    });

    it('notices an edit of the same size within the second in which fossil committed', async () => {
      const root = await fixture.fossilOpen();
      await fixture.fossilCommit(root, 'start', { 'a.txt': 'one\n' });
      await fixture.write(root, { 'a.txt': 'two\n' });
      const { changes } = await fixture.withCheckout(root, (checkout) => checkoutStatus(checkout));
      assert.deepEqual(changes, [{ path: 'a.txt', kind: 'edited' }]);
    });
  });
}
