import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { FileSystem } from '../../src/engine/platform/file-system';
import { withCode } from './error-code';

/** What every disk must do (src/engine/platform/file-system.ts). */
export function fileSystemConformance(name: string, disk: FileSystem): void {
  describe(`The disk by ${name}`, () => {
    let directory: string;
    const at = (...names: string[]): string => path.join(directory, ...names);
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const text = async (file: string): Promise<string> => new TextDecoder().decode(await disk.read(file));
    beforeEach(() => (directory = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), 'trilobite-disk-')))));
    afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

    it('reads what it wrote, in directories that it made', async () => {
      await disk.write(at('a', 'b', 'c.txt'), bytes('hello'));
      const content = await disk.read(at('a', 'b', 'c.txt'));
      assert.equal(Object.getPrototypeOf(content), Uint8Array.prototype);
      assert.deepEqual(content, bytes('hello'));
      await disk.write(at('a', 'b', 'c.txt'), new Uint8Array(0));
      assert.equal((await disk.status(at('a', 'b', 'c.txt')))?.size, 0);
      assert.deepEqual(await disk.list(at('a', 'b')), [{ name: 'c.txt', kind: 'file' }]);
    });

    it('replaces a file whole: who has the old one open keeps it', async () => {
      await disk.write(at('f'), bytes('old'));
      const handle = fs.openSync(at('f'), 'r');
      await disk.write(at('f'), bytes('new and longer'));
      assert.equal(fs.readFileSync(handle, 'utf8'), 'old');
      fs.closeSync(handle);
      assert.equal(await text(at('f')), 'new and longer');
    });

    it('replaces a link, not what it points to', async () => {
      await disk.write(at('target'), bytes('target'));
      await disk.writeLink(at('link'), 'target');
      assert.equal(await disk.readLink(at('link')), 'target');
      await disk.write(at('link'), bytes('file'));
      assert.equal((await disk.status(at('link'), { followLinks: false }))?.kind, 'file');
      assert.equal(await text(at('target')), 'target');
      await disk.writeLink(at('link'), 'elsewhere');
      assert.equal(await disk.readLink(at('link')), 'elsewhere');
    });

    it('writes into what the user has named, which keeps its names and its permissions', async () => {
      await disk.write(at('target'), bytes('a longer text'));
      await disk.writeLink(at('link'), 'target');
      fs.linkSync(at('target'), at('other name'));
      fs.chmodSync(at('target'), 0o600);
      await disk.writeInto(at('link'), bytes('into'));
      assert.equal(await disk.readLink(at('link')), 'target');
      assert.equal(await text(at('other name')), 'into');
      assert.equal(fs.statSync(at('target')).mode & 0o777, 0o600);
      assert.deepEqual((await disk.list(directory)).map((entry) => entry.name).sort(), [
        'link',
        'other name',
        'target',
      ]);
    });

    it('makes what the user has named where nothing is, also where a link points to', async () => {
      await disk.writeInto(at('a', 'b'), bytes('new'));
      assert.equal(await text(at('a', 'b')), 'new');
      await disk.writeLink(at('link'), 'later');
      await disk.writeInto(at('link'), bytes('made'));
      assert.equal(await text(at('later')), 'made');
      assert.equal((await disk.status(at('link'), { followLinks: false }))?.kind, 'symlink');
    });

    it('writes into a FIFO and into a device, which stay what they are', async function () {
      if (process.platform === 'win32') return this.skip();
      execFileSync('mkfifo', [at('fifo')]);
      // Who opens both ends waits for nobody, and finds out when nothing came.
      const reader = fs.openSync(at('fifo'), fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
      try {
        await disk.writeInto(at('fifo'), bytes('through'));
        const read = Buffer.alloc(100);
        assert.equal(read.toString('utf8', 0, fs.readSync(reader, read)), 'through');
      } finally {
        fs.closeSync(reader);
      }
      assert.ok(fs.lstatSync(at('fifo')).isFIFO());
      // One like /dev/null: only root can make it.
      if (process.getuid?.() !== 0 || spawnSync('mknod', [at('null'), 'c', '1', '3']).status !== 0) return;
      await disk.writeInto(at('null'), bytes('away'));
      assert.ok(fs.lstatSync(at('null')).isCharacterDevice());
    });

    it('tells kind, size, time and whether it can be executed', async () => {
      await disk.write(at('program'), bytes('#!'), { isExecutable: true });
      await disk.writeLink(at('link'), 'program');
      await disk.writeLink(at('dangling'), 'nowhere');
      await disk.makeDirectory(at('d', 'e'));
      fs.utimesSync(at('program'), 1_000_000_000, 1_000_000_000.25);
      const { identity, ...status } = (await disk.status(at('program'))) ?? {};
      assert.deepEqual(status, { kind: 'file', size: 2, mtimeMs: 1_000_000_000_250, isExecutable: true });
      assert.equal((await disk.status(at('link')))?.identity, identity);
      assert.notEqual((await disk.status(at('d')))?.identity, identity);
      assert.equal((await disk.status(at('link')))?.kind, 'file');
      assert.equal((await disk.status(at('link'), { followLinks: false }))?.kind, 'symlink');
      assert.equal(await disk.status(at('dangling')), undefined);
      assert.equal((await disk.status(at('d')))?.kind, 'directory');
      assert.equal(await disk.status(at('none')), undefined);
      assert.equal(await disk.status(at('program', 'below')), undefined);
      const entries = (await disk.list(directory)).map(({ name: entry, kind }) => `${entry} ${kind}`).sort();
      assert.deepEqual(entries, ['d directory', 'dangling symlink', 'link symlink', 'program file']);
    });

    it('makes a file executable and back', async () => {
      await disk.write(at('f'), bytes(''));
      for (const isExecutable of [false, true, true, false]) {
        await disk.setExecutable(at('f'), isExecutable);
        assert.equal((await disk.status(at('f')))?.isExecutable, isExecutable);
      }
    });

    it('removes files, links and empty directories, and what is not there without complaint', async () => {
      await disk.write(at('d', 'f'), bytes('x'));
      await disk.writeLink(at('link'), at('d'));
      await disk.remove(at('link'));
      assert.equal(await disk.removeEmptyDirectory(at('d')), false);
      await disk.remove(at('d', 'f'));
      await disk.remove(at('d', 'f'));
      assert.equal(await disk.removeEmptyDirectory(at('d')), true);
      assert.equal(await disk.removeEmptyDirectory(at('d')), false);
      assert.deepEqual(await disk.list(directory), []);
    });

    it('moves a file, replacing another only when told to', async () => {
      await disk.write(at('from'), bytes('from'));
      await disk.write(at('to'), bytes('to'));
      await assert.rejects(disk.rename(at('from'), at('to')), withCode('file-access'));
      assert.equal(await text(at('to')), 'to');
      await disk.rename(at('from'), at('to'), { replace: true });
      assert.equal(await text(at('to')), 'from');
      await disk.rename(at('to'), at('free'));
      assert.deepEqual(await disk.list(directory), [{ name: 'free', kind: 'file' }]);
      await assert.rejects(disk.rename(at('none'), at('other')), withCode('file-missing'));
    });

    it('moves a directory, but not over another', async () => {
      await disk.write(at('from', 'f'), bytes('x'));
      await disk.makeDirectory(at('to'));
      await assert.rejects(disk.rename(at('from'), at('to')), withCode('file-access'));
      await disk.rename(at('from'), at('free'));
      assert.equal(await text(at('free', 'f')), 'x');
    });

    it('finds the path without links', async () => {
      await disk.makeDirectory(at('d'));
      await disk.writeLink(at('link'), 'd');
      assert.equal(await disk.realPath(at('link')), at('d'));
      assert.equal(await disk.realPath(at('none')), at('none'));
    });

    it('gives a lock to one at a time, and takes it over from a process that is dead', () => {
      const first = disk.lock(at('f'));
      assert.throws(() => disk.lock(at('f')), withCode('repository-locked'));
      const [file] = fs.readdirSync(directory);
      const content = fs.readFileSync(at(file ?? ''), 'utf8');
      first.release();
      assert.deepEqual(fs.readdirSync(directory), []);

      const { pid } = spawnSync(process.execPath, ['--version']);
      for (const dead of [pid, process.pid]) {
        fs.writeFileSync(at(file ?? ''), content.replace(String(process.pid), String(dead)));
        const second = disk.lock(at('f'));
        assert.ok(second.isHeld());
        second.release();
      }
      assert.deepEqual(fs.readdirSync(directory), []);
    });

    it('names the path and the trouble when it fails, and leaves nothing', async () => {
      await disk.makeDirectory(at('d'));
      const failures: [() => Promise<unknown>, Parameters<typeof withCode>[0]][] = [
        [() => disk.read(at('none')), 'file-missing'],
        [() => disk.list(at('none')), 'file-missing'],
        [() => disk.readLink(at('none')), 'file-missing'],
        [() => disk.read(at('d')), 'file-access'],
        [() => disk.write(at('d'), bytes('x')), 'file-access'],
        [() => disk.writeInto(at('d'), bytes('x')), 'file-access'],
        [() => disk.remove(at('d')), 'file-access'],
      ];
      for (const [work, code] of failures) {
        await assert.rejects(work, (error) => {
          assert.ok(String(error).includes(directory));
          return withCode(code)(error);
        });
      }
      assert.deepEqual(await disk.list(directory), [{ name: 'd', kind: 'directory' }]);
    });
  });
}
