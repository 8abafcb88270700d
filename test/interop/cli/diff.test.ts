import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture, treeOf } from '../checkout/fossil-fixture';
import { CommandLine } from './command-line';

const ADDED = { 'added.txt': 'brand\nnew\n' };

for (const driver of drivers) {
  describe(`trilobite diff with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let line: CommandLine;
    let root: string;
    const seeded = new Seeded(3);
    const text = (edits: number, from: string): string => {
      const lines = from.split('\n');
      for (let i = 0; i < edits; i++)
        lines.splice(seeded.below(lines.length), seeded.below(3), `edit ${seeded.below(1e6)}`);
      return lines.join('\n');
    };

    before(async () => {
      fixture = await FossilFixture.create(driver);
      line = await CommandLine.create(driver);
      root = await fixture.fossilOpen();
      const base = Array.from({ length: 120 }, (_, at) => `line ${at} of the file`).join('\n') + '\n';
      await fixture.fossilCommit(root, 'one', {
        'a.txt': base,
        'dir/b.txt': base,
        'old.txt': base,
        'gone.txt': 'x\n',
        bin: '\0a',
        'open.txt': 'a\nb',
      });
      await fixture.fossil(root, 'tag', 'add', 'one', 'current');
      await fixture.fossilCommit(root, 'two', {
        'a.txt': text(6, base),
        'dir/b.txt': text(2, base),
        ...ADDED,
        bin: '\0longer',
      });
      await fixture.fossil(root, 'rm', '--hard', 'gone.txt');
      await fixture.fossil(root, 'tag', 'add', 'two', 'current');
      await fixture.fossilCommit(root, 'three', { 'a.txt': text(9, base) });
      // On disk: an edit, an addition, a removal, something missing.
      await fixture.write(root, { 'a.txt': text(12, base), 'fresh.txt': 'fresh\nfile\n', 'dir/c.txt': 'c\n' });
      await fixture.fossil(root, 'add', 'fresh.txt', 'dir/c.txt');
      await fixture.fossil(root, 'rm', '--hard', 'added.txt');
      await fs.rm(`${root}/dir/b.txt`);
    });
    after(async () => {
      await line.remove();
      await fixture.remove();
    });

    it('prints what fossil diff prints', async () => {
      const cases: readonly string[][] = [
        [],
        ['-c', '2'],
        ['--context', '0'],
        ['--brief'],
        ['--numstat'],
        ['-v', 'a.txt', 'fresh.txt'],
        ['-N'],
        ['-w', 'a.txt'],
        ['-Z', 'a.txt'],
        ['dir'],
        ['--from', 'one', 'a.txt'],
        ['--from', 'two'],
        ['--from', 'one', '--to', 'two'],
        ['--from', 'one', '--to', 'two', '--brief'],
        ['--from', 'one', '--to', 'two', '--numstat', 'a.txt', 'dir'],
        ['--from', 'two', '--to', 'one', 'dir/b.txt'],
        ['--checkin', 'two', '-c', '3'],
        ['-ci', 'two'],
        ['-r', 'one', '--to', 'prev'],
        ['-y'],
        ['-y', '-v', '-W', '50', '--versions'],
        ['--side-by-side', '--width', '20', '--from', 'one', '--to', 'two'],
        ['-y', '-c', '1', '-w', 'a.txt'],
        ['-y', '--brief'],
        ['-y', '--unified', 'a.txt'],
        ['-y', '--from', 'two', '--to', 'one', '-N'],
      ];
      for (const args of cases) {
        const expected = await fixture.fossil(root, 'diff', '--internal', ...args);
        assert.equal(await line.succeed(['diff', ...args], { directory: root }), expected, args.join(' '));
      }
      assert.equal(
        await line.succeed(['diff', '-i', 'a.txt'], { directory: root }),
        await fixture.fossil(root, 'diff', 'a.txt'),
      );
      const ofFile = ['diff', '--from', 'one', '--to', 'two', '-R', fixture.repository];
      assert.equal(await line.succeed(ofFile), await fixture.fossil(fixture.directory, ...ofFile));
    });

    it('prints a patch that turns the one version into the other', async () => {
      for (const [from, to] of [
        ['one', 'two'],
        ['two', 'one'],
        ['one', 'trunk'],
        ['trunk', 'one'],
      ] as const) {
        const [before, after] = [await filesAt(from), await filesAt(to)];
        const args = ['diff', '--from', from, '--to', to, '-v', '--no-renames', '-R', fixture.repository];
        const patched = await patch(before, await line.succeed(args));
        delete patched['bin'];
        delete after['bin'];
        assert.deepEqual(patched, after, `${from} to ${to}`);
      }
    });

    it('prints a patch that turns the checked-out version into what is on disk', async () => {
      const before = await filesAt('current');
      const patched = await patch(before, await line.succeed(['diff', '-v'], { directory: root }));
      assert.deepEqual(patched, await treeOf(root));
    });

    it('makes right patches of files that end without a line feed', async () => {
      const before = { 'open.txt': 'a\nb' };
      for (const content of ['a\nb\n', 'a\nbb', 'a', '', 'x\na\nb']) {
        await fixture.write(root, { 'open.txt': content });
        const said = await line.succeed(['diff', 'open.txt'], { directory: root });
        const expected = content === '' ? [{}, { 'open.txt': '' }] : [{ 'open.txt': content }];
        const patched = await patch(before, said);
        assert.ok(
          expected.some((tree) => JSON.stringify(tree) === JSON.stringify(patched)),
          `${content}: ${said}`,
        );
      }
      await fixture.write(root, { 'open.txt': 'a\nb' });
    });

    it('follows a renamed file, in the checkout and between versions', async () => {
      await fixture.fossil(root, 'mv', '--hard', 'old.txt', 'moved.txt');
      const kept = await fs.readFile(`${root}/moved.txt`, 'utf8');
      await fs.writeFile(`${root}/moved.txt`, kept.replace('line 5 of', 'line five of'));
      const change = '-line 5 of the file\n+line five of the file\n';
      const said = await line.succeed(['diff', 'moved.txt'], { directory: root });
      assert.match(said, /^RENAMED {2}old.txt -> moved.txt\nIndex: moved.txt\n=+\n--- old.txt\n\+\+\+ moved.txt\n@@/);
      assert.ok(said.includes(change));
      assert.ok((await line.succeed(['diff', 'old.txt', '--from', 'one'], { directory: root })).includes(change));
      const plain = await line.succeed(['diff', 'moved.txt', '--no-renames'], { directory: root });
      assert.equal(plain, await fixture.fossil(root, 'diff', 'moved.txt'));
      await fixture.fossilCommit(root, 'moved', {}, 'moved.txt');
      const { files } = JSON.parse(await line.succeed(['diff', '--checkin', 'tip', '--json'], { directory: root })) as {
        files: { path: string; formerPath?: string; change: string; diff: { inserted: number; deleted: number } }[];
      };
      const moved = files.find(({ path }) => path === 'moved.txt');
      assert.equal(moved?.change, 'renamed');
      assert.equal(moved.formerPath, 'old.txt');
      assert.deepEqual([moved.diff.inserted, moved.diff.deleted], [1, 1]);
    });

    it('names the moments of the versions as fossil rounds them, down as well as up', async () => {
      const seconds: string[] = [];
      for (const second of ['02.001', '04.999', '05.500']) {
        const options = ['--date-override', `2030-01-01T00:00:${second}`, '--tag', `at-${second}`];
        await fixture.fossilCommit(root, second, { 'moments.txt': second }, ...options, 'moments.txt');
        const args = ['diff', '--from', 'one', '--to', `at-${second}`, '--versions', 'moments.txt'];
        const ours = await line.succeed(args, { directory: root });
        assert.equal(ours, await fixture.fossil(root, ...args));
        seconds.push(/To: .*:(\d\d) UTC/.exec(ours)?.[1] ?? '');
      }
      assert.deepEqual(seconds, ['01', '05', '05']);
    });

    it('names a path that is nowhere, behind what differs elsewhere, and is silent about one without changes', async () => {
      const between = ['--from', 'one', '--to', 'two'];
      for (const ends of [[], ['--from', 'one'], between, [...between, '--brief']]) {
        for (const paths of [['old.tx'], ['a.txt', 'old.tx'], ['old.tx', 'a.txt']]) {
          const args = ['diff', ...ends, ...paths];
          const ours = await line.run(args, { directory: root });
          await assert.rejects(fixture.fossil(root, ...args), {
            message: `fossil ${args.join(' ')} ended with ${ours.exitCode}\n${ours.output}not found: 'old.tx'\n`,
          });
          assert.match(ours.complaints, /^There is no file or directory "old\.tx" in .*\n$/);
        }
      }
      assert.equal(await line.succeed(['diff', 'bin'], { directory: root }), '');
      const ofFile = ['diff', ...between, '-R', fixture.repository];
      assert.match((await line.run([...ofFile, 'old.tx'])).complaints, /"old\.tx" in either version/);
      assert.equal(await line.succeed([...ofFile, 'open.txt']), '');
    });

    it('says what is missing or too much', async () => {
      const complaint = async (...args: string[]): Promise<string> =>
        (await line.run(['diff', ...args], { directory: root })).complaints;
      assert.match(await complaint('--to', 'one'), /Beside --to, give --from/);
      assert.match(await complaint('--checkin', 'two', '--from', 'one'), /only one of/);
      assert.match(await complaint('--checkin', 'root:trunk~'), /no version called/);
      assert.match(await complaint('-R', fixture.repository), /Files on disk are those of a checkout/);
      assert.match(await complaint('--checkin', await initial()), /has no parent/);
    });

    const initial = async (): Promise<string> => {
      const roots = 'SELECT uuid FROM blob JOIN plink ON rid=pid ORDER BY rid LIMIT 1';
      return /[0-9a-f]{40,64}/.exec((await fixture.query(fixture.repository, roots)).join(''))?.[0] ?? '';
    };

    const filesAt = async (version: string): Promise<Record<string, string>> => {
      const directory = `${fixture.directory}/at-${version}`;
      await fs.rm(directory, { recursive: true, force: true });
      await fs.mkdir(directory);
      const hash = /^(?:hash|checkout): +(\w+)/m.exec(await fixture.fossil(root, 'info', version))?.[1] ?? '';
      await fixture.fossil(directory, 'open', fixture.repository, hash, '--nested');
      const tree = await treeOf(directory);
      await fixture.fossil(directory, 'close', '--force');
      return tree;
    };
    /** The files after `patch` has applied a difference to them. */
    const patch = async (files: Record<string, string>, difference: string): Promise<Record<string, string>> => {
      const directory = `${fixture.directory}/patched`;
      await fs.rm(directory, { recursive: true, force: true });
      await fs.mkdir(directory);
      await fixture.write(directory, files);
      const { status, stdout, stderr } = spawnSync('patch', ['-p0', '--no-backup-if-mismatch', '-E'], {
        cwd: directory,
        input: difference,
      });
      assert.equal(status, 0, `${stdout.toString()}${stderr.toString()}\n${difference}`);
      return treeOf(directory);
    };
  });
}
