import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { startFossilServer, type FossilServer } from '../../support/fossil-server';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from './command-line';

for (const driver of drivers) {
  describe(`trilobite unversioned with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let line: CommandLine;
    let ours: string;
    let theirs: string;

    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      line = await CommandLine.create(driver);
      [ours, theirs] = [line.path('ours.fossil'), line.path('theirs.fossil')];
      for (const file of [ours, theirs]) await fixture.fossil(fixture.directory, 'init', file, '--admin-user', 'alice');
      await fs.mkdir(line.path('dir'));
      for (const name of ['a.txt', 'dir/b.bin', 'c.txt']) await fs.writeFile(line.path(name), `${name}\n`.repeat(50));
    });
    afterEach(async () => {
      await line.remove();
      await fixture.remove();
    });

    const at = (): { directory: string } => ({ directory: line.path('.') });
    const fossil = (...args: string[]): Promise<string> => fixture.fossil(line.path('.'), 'uv', ...args, '-R', theirs);
    const trilobite = (...args: string[]): Promise<string> => line.succeed(['uv', ...args, '-R', ours], at());

    /** Does the same with both, and compares what they say and what they list then. */
    async function alike(...args: string[]): Promise<void> {
      assert.equal((await trilobite(...args)).trim(), (await fossil(...args)).trim(), args.join(' '));
      for (const listing of [['list', '-a'], ['ls'], ['hash']])
        assert.equal((await trilobite(...listing)).trim(), (await fossil(...listing)).trim(), listing.join(' '));
    }

    it('does what fossil does: add, list, cat, export, hash, touch, remove', async () => {
      await alike('add', 'a.txt', 'dir/b.bin', '--mtime', '2026-01-02 03:04:05');
      await alike('add', 'c.txt', '--as', 'other/name', '--mtime', '2026-01-03');
      await alike('ls', '--glob', '*.txt');
      await alike('ls', '-l', '--like', '%B.BIN');
      await alike('cat', 'a.txt', 'other/name');
      await alike('touch', 'a.txt', '--mtime', '2026-02-02');
      await alike('add', 'c.txt', '--as', 'a.txt', '--mtime', '2026-02-03');
      await alike('rm', 'dir/b.bin', '--mtime', '2026-02-04');
      await alike('ls', '-l', '-a');
      await alike('delete', '--glob', 'other/*', '--mtime', '2026-02-05');
      await alike('remove', '--like', 'A%', '--mtime', '2026-02-05');
      await trilobite('add', 'a.txt');
      await trilobite('export', 'a.txt', 'exported');
      assert.equal(await fs.readFile(line.path('exported'), 'utf8'), 'a.txt\n'.repeat(50));
      assert.match(await fixture.fossil(line.path('.'), 'test-integrity', '-R', ours), / 0 errors/);
    });

    it('refuses in a sentence what has no file, no good name or no good time', async () => {
      for (const args of [
        ['cat', 'none'],
        ['rm', 'none'],
        ['touch', 'none'],
        ['export', 'none', 'x'],
        ['rm'],
        ['frob'],
      ]) {
        const { exitCode, complaints } = await line.run(['uv', ...args, '-R', ours], at());
        assert.equal(exitCode, 1, args.join(' '));
        assert.equal(complaints.trim().split('\n').length, 1);
      }
      for (const args of [['a.txt', '--as', 'white space'], ['a.txt', '--mtime', 'some day'], ['missing.txt']]) {
        const { exitCode } = await line.run(['uv', 'add', ...args, '-R', ours], at());
        assert.equal(exitCode, 1, args.join(' '));
      }
      assert.equal(await trilobite('ls', '-a'), '');
    });

    describe('with a server', () => {
      let server: FossilServer;
      let url: string;
      beforeEach(async () => {
        await fixture.fossil(line.path('.'), 'user', 'password', 'alice', 'alicepw', '-R', theirs);
        await fixture.fossil(line.path('.'), 'user', 'capabilities', 'alice', 'sy', '-R', theirs);
        await fossil('add', 'a.txt', '--mtime', '2026-01-02');
        server = await startFossilServer(theirs);
        url = server.url.replace('://', '://alice@');
        await fs.rm(ours);
      });
      afterEach(() => server.stop());

      const clone = (...options: string[]): Promise<string> =>
        line.succeed(['clone', url, ours, '--password-stdin', ...options], { input: ['alicepw'] });

      it('syncs and reverts, tells in a dry run what would move, and remembers the server', async () => {
        await clone();
        await trilobite('add', 'c.txt', '--mtime', '2026-01-02');
        assert.match(await trilobite('sync', '-n'), /^UV-PULL: a\.txt\nUV-PUSH: c\.txt\nWould have received 1/);
        assert.match(await trilobite('sync', '-v'), /^UV-PUSH: c\.txt\nUV-PULL: a\.txt\nReceived 1 .*, sent 1/);
        assert.equal(await fossil('ls'), 'a.txt\nc.txt\n');
        await trilobite('add', 'c.txt', '--as', 'a.txt');
        assert.match(await trilobite('revert', '-v'), /^UV-PULL: a\.txt\n/);
        assert.equal((await trilobite('hash')).trim(), (await fossil('hash', '--debug')).trim().split('\n').at(-1));
        assert.match(await trilobite('sync'), /^Nothing new among unversioned files/);
      });

      it('goes along with a sync where -u or the setting uv-sync says so', async () => {
        await clone();
        assert.doesNotMatch(await line.succeed(['sync', '-R', ours]), /unversioned/);
        assert.match(await line.succeed(['sync', '-u', '-R', ours]), /Received 1 unversioned file/);
        await trilobite('add', 'c.txt');
        await fixture.fossil(line.path('.'), 'settings', 'uv-sync', 'on', '-R', ours);
        await line.succeed(['pull', '-R', ours]);
        assert.equal(await fossil('ls'), 'a.txt\n');
        await line.succeed(['sync', '-R', ours]);
        assert.equal(await fossil('ls'), 'a.txt\nc.txt\n');
      });

      it('comes with a clone where -u says so', async () => {
        await clone('-u');
        assert.equal(await trilobite('cat', 'a.txt'), 'a.txt\n'.repeat(50));
        await line.succeed(['verify', ours]);
      });
    });
  });
}
