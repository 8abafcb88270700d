import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { CloneResult } from '../../../src/engine/operations/clone';
import { startFossilServer, type FossilServer } from '../../support/fossil-server';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine, type Ending } from './command-line';

const execute = promisify(execFile);

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
      await alike('hash', '--debug');
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

    describe('edited', () => {
      /** A program that adds a line with its name and its options to the file. */
      async function editor(name: string): Promise<string> {
        const file = line.path(name);
        const script =
          '#!/bin/sh\nfor file; do :; done\n[ $# -gt 1 ] && word="$1"\necho "$(basename "$0") $word" >> "$file"\n';
        await fs.writeFile(file, script, { mode: 0o755 });
        return file;
      }

      const edit = (variables: Record<string, string>, ...args: string[]): Promise<Ending> =>
        line.run(['uv', 'edit', ...args, '-R', ours], { ...at(), variables });

      it('by the program that fossil would start, options and all', async () => {
        const [one, two, three] = [await editor('one'), await editor('two'), await editor("it's three")];
        await alike('add', 'a.txt', '--mtime', '2026-01-02');
        const quoted = `"${three}" -x`;
        for (const [setting, variables] of [
          [undefined, { EDITOR: one }],
          [undefined, { EDITOR: one, VISUAL: two }],
          [quoted, { EDITOR: one, VISUAL: two }],
        ] as const) {
          if (setting !== undefined) {
            for (const file of [ours, theirs])
              await fixture.fossil(line.path('.'), 'settings', 'editor', setting, '-R', file);
          }
          const env = { PATH: process.env['PATH'], HOME: line.path('home'), USER: 'alice', ...variables };
          await execute('fossil', ['uv', 'edit', 'a.txt', '--mtime', '2026-01-03', '-R', theirs], { env });
          assert.equal((await edit(variables, 'a.txt', '--mtime', '2026-01-03')).complaints, '');
          await alike('cat', 'a.txt');
          await alike('ls', '-l');
        }
        assert.match(await trilobite('cat', 'a.txt'), /a\.txt\none \ntwo \nit's three -x\n$/);
        assert.match(await fixture.fossil(line.path('.'), 'test-integrity', '-R', ours), / 0 errors/);
      });

      it('not at all without an editor, when that fails, and where there is no text', async () => {
        await fs.writeFile(line.path('binary'), Buffer.from([0, 1, 2]));
        for (const name of ['a.txt', 'binary']) await trilobite('add', name, '--mtime', '2026-01-02');
        const before = await trilobite('ls', '-l');
        for (const [variables, name, complaint] of [
          [{}, 'a.txt', /No text editor is known/],
          [{ EDITOR: 'false' }, 'a.txt', /editor failed/],
          [{ EDITOR: 'true' }, 'binary', /no text/],
          [{ EDITOR: 'true' }, 'missing', /no unversioned file/],
        ] as const) {
          const { exitCode, complaints } = await edit(variables, name);
          assert.equal(exitCode, 1);
          assert.match(complaints, complaint);
        }
        assert.equal(await trilobite('ls', '-l'), before);
      });

      it('gives way to what has changed meanwhile, and keeps what was written', async () => {
        await trilobite('add', 'a.txt');
        const program = line.path('slow');
        await fs.writeFile(
          program,
          `#!/bin/sh\necho mine >> "$1"\nfossil uv add '${line.path('c.txt')}' --as a.txt -R '${ours}'\n`,
          { mode: 0o755 },
        );
        const { exitCode, complaints } = await edit({ EDITOR: program, HOME: line.path('home') }, 'a.txt');
        assert.equal(exitCode, 1);
        const kept = /meanwhile\. What you have written is in (\S+)\.\n$/.exec(complaints)?.[1] ?? '';
        assert.equal(await fs.readFile(kept, 'utf8'), `${'a.txt\n'.repeat(50)}mine\n`);
        assert.equal(await trilobite('cat', 'a.txt'), 'c.txt\n'.repeat(50));
        await fs.rm(path.dirname(kept), { recursive: true });
      });
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
        assert.match(await trilobite('sync', '-v'), /^UV-PUSH: c\.txt\nUV-PULL: a\.txt\nReceived 1 .*, sent 1/m);
        assert.equal(await fossil('ls'), 'a.txt\nc.txt\n');
        await trilobite('add', 'c.txt', '--as', 'a.txt');
        assert.match(await trilobite('revert', '-v'), /^UV-PULL: a\.txt\n/m);
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
        const said = await clone('-u', '-v');
        const rounds = [...said.matchAll(/^Sent: /gm)].length;
        assert.match(said, /^Received: .*uvfile/m);
        assert.match(said, new RegExp(`^Cloned .* in ${rounds} round trips\\. Received 1 unversioned file\\.$`, 'm'));
        assert.equal(await trilobite('cat', 'a.txt'), 'a.txt\n'.repeat(50));
        await line.succeed(['verify', ours]);
        await fs.rm(ours);
        const { roundTrips, unversioned } = JSON.parse(await clone('-u', '--json')) as CloneResult;
        assert.equal(roundTrips, rounds);
        assert.deepEqual(unversioned?.moves, [{ name: 'a.txt', action: 'pull', bytes: 300 }]);
      });

      it('says where younger files stay here that nothing new is on the server, and no more', async () => {
        await clone('-u');
        await fixture.fossil(line.path('.'), 'user', 'capabilities', 'alice', 'oi', '-R', theirs);
        await trilobite('add', 'c.txt');
        assert.match(
          await trilobite('sync'),
          /^Nothing new among unversioned files on the server, .*\. The server does not let you write/,
        );
      });

      it('comes with every clone of a server with the setting uv-sync, as with one by fossil', async () => {
        await clone();
        assert.equal(await trilobite('ls'), '');
        await fixture.fossil(line.path('.'), 'settings', 'uv-sync', 'on', '-R', theirs);
        await fs.rm(ours);
        await clone();
        const byFossil = line.path('by-fossil.fossil');
        await fixture.fossil(line.path('.'), 'clone', server.url, byFossil, '--no-open');
        const listing = await fixture.fossil(line.path('.'), 'uv', 'ls', '-l', '-R', byFossil);
        assert.equal(await trilobite('ls', '-l'), listing);
        assert.match(listing, / a\.txt$/m);
        assert.deepEqual(await fixture.query(ours, "SELECT name FROM config WHERE name GLOB 'trilobite-clone-*'"), []);
      });
    });
  });
}
