import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { derivedTables } from '../../support/derived-tables';
import { type FossilServer, startFossilServer } from '../../support/fossil-server';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine, type Ending } from './command-line';

for (const driver of drivers) {
  describe(`the daily loop on the command line with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let server: FossilServer;
    let line: CommandLine;
    let root: string;
    /** A checkout on the server's side, of the stock `fossil`. */
    let theirs: string;

    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      theirs = await fixture.fossilOpen('theirs');
      await fixture.fossilCommit(theirs, 'first', { 'a.txt': 'one\ntwo\nthree\n', 'dir/b.txt': 'b\n' });
      await fixture.fossil(fixture.directory, 'user', 'new', 'bob', 'Bob', 'bobpw', '-R', fixture.repository);
      await fixture.fossil(fixture.directory, 'user', 'capabilities', 'bob', 'dei', '-R', fixture.repository);
      server = await startFossilServer(fixture.repository);
      line = await CommandLine.create(driver);
      await line.succeed(['clone', server.url, 'mine.fossil', '--user', 'bob', '--password-stdin'], {
        input: ['bobpw'],
      });
      await line.succeed(['open', 'mine.fossil', 'mine']);
      root = line.path('mine');
    });
    afterEach(async () => {
      await server.stop();
      await line.remove();
      await fixture.remove();
    });

    const at = (): { directory: string } => ({ directory: root });

    it('carries a check-in of ours to the server, and fossil update gets it', async () => {
      assert.deepEqual(changesIn(await line.succeed(['status', '--json'], at())), []);
      await fs.appendFile(`${root}/a.txt`, 'four\n');
      await fs.writeFile(`${root}/new file.txt`, 'new\n');
      await line.succeed(['add', 'new file.txt'], at());
      assert.deepEqual(changesIn(await line.succeed(['status', '--json'], at())), [
        'edited a.txt',
        'added new file.txt',
      ]);
      await line.succeed(['commit', '-m', 'ours', '--user', 'bob', '--nosync'], at());
      assert.deepEqual(changesIn(await line.succeed(['status', '--json'], at())), []);
      assert.match(
        await line.succeed(['sync'], at()),
        /^Received 0 artifacts, sent 3, [\d.]+ k?B?(bytes)?, \d round trips?/,
      );

      await fixture.fossil(theirs, 'update');
      assert.equal(await fs.readFile(`${theirs}/a.txt`, 'utf8'), 'one\ntwo\nthree\nfour\n');
      assert.equal(await fs.readFile(`${theirs}/new file.txt`, 'utf8'), 'new\n');
      await fixture.fossil(theirs, 'test-integrity', '--quiet');
      await fixture.fossil(root, 'test-integrity', '--quiet', '-R', line.path('mine.fossil'));
      assert.equal((await fixture.fossil(root, 'changes')).trim(), '');
      const ours = await derivedTables(line.path('mine.fossil'));
      await fixture.fossil(root, 'rebuild', line.path('mine.fossil'));
      assert.deepEqual(ours, await derivedTables(line.path('mine.fossil')));
    });

    it('pulls before a commit and an update and pushes after a commit, for autosync is on', async () => {
      await fs.appendFile(`${root}/a.txt`, 'four\n');
      const said = await line.succeed(['commit', '-m', 'ours', '--user', 'bob'], at());
      assert.match(said, /^Committed 1 file as [0-9a-f]{10} on trunk$/m);
      await fixture.fossil(theirs, 'update');
      await fixture.fossilCommit(theirs, 'on top', { 'c.txt': 'theirs\n' });
      assert.equal(await fs.readFile(`${theirs}/a.txt`, 'utf8'), 'one\ntwo\nthree\nfour\n');
      await line.succeed(['update'], at());
      assert.equal(await fs.readFile(`${root}/c.txt`, 'utf8'), 'theirs\n');
    });

    it('commits nothing when the server is away and nobody can be asked, unless it need not sync', async () => {
      await server.stop();
      await fs.appendFile(`${root}/a.txt`, 'four\n');
      const { exitCode, complaints } = await line.run(['commit', '-m', 'ours', '--user', 'bob'], at());
      assert.equal(exitCode, 1);
      assert.match(complaints, /Nothing was changed here/);
      await line.succeed(['commit', '-m', 'ours', '--user', 'bob', '--nosync'], at());
    });

    it('brings a check-in of theirs into our checkout', async () => {
      await fixture.fossilCommit(theirs, 'theirs', { 'a.txt': 'ONE and more\ntwo\nthree\n', 'c.txt': 'c\n' });
      assert.match(await line.succeed(['pull'], at()), /^Received 3 artifacts/);
      const { incoming, updateTarget } = JSON.parse(await line.succeed(['status', '--json'], at())) as Status;
      assert.equal(incoming, 1);
      assert.equal(updateTarget?.comment, 'theirs');
      assert.match(await line.succeed(['update'], at()), /^Updated to [0-9a-f]{10}: 2 files written/);
      assert.equal(await fs.readFile(`${root}/a.txt`, 'utf8'), 'ONE and more\ntwo\nthree\n');
      assert.equal(await fs.readFile(`${root}/c.txt`, 'utf8'), 'c\n');
      assert.match(await line.succeed(['update'], at()), /^Already up to date/);
      assert.equal((await fixture.fossil(root, 'changes')).trim(), '');
    });

    it('moves an unmanaged file out of the way of an update, and says where it is', async () => {
      await fixture.fossilCommit(theirs, 'theirs', { 'c.txt': 'theirs\n' });
      await line.succeed(['pull'], at());
      await fs.writeFile(`${root}/c.txt`, 'mine, never added\n');
      assert.match(await line.succeed(['update'], at()), /your c\.txt is now c\.txt-original/);
      assert.equal(await fs.readFile(`${root}/c.txt`, 'utf8'), 'theirs\n');
      assert.equal(await fs.readFile(`${root}/c.txt-original`, 'utf8'), 'mine, never added\n');
    });

    it('refuses an update where a local edit would need a merge, names the file, and changes nothing', async () => {
      await fixture.fossilCommit(theirs, 'theirs', { 'a.txt': 'ONE and more\ntwo\nthree\n', 'c.txt': 'c\n' });
      await line.succeed(['pull'], at());
      await fs.writeFile(`${root}/a.txt`, 'mine\n');
      const { exitCode, complaints } = await line.run(['update'], at());
      assert.equal(exitCode, 1);
      assert.match(complaints, /a\.txt/);
      assert.equal(complaints.trim().split('\n').length, 1);
      assert.equal(await fs.readFile(`${root}/a.txt`, 'utf8'), 'mine\n');
      await assert.rejects(fs.access(`${root}/c.txt`));
    });

    it('says when a sync leaves two leaves on one branch', async () => {
      await fixture.fossilCommit(theirs, 'theirs', { 'b.txt': 'theirs\n' });
      await fs.writeFile(`${root}/a.txt`, 'mine\n');
      await line.succeed(['commit', '-m', 'mine', '--user', 'bob', '--nosync'], at());
      const said = await line.succeed(['sync'], at());
      assert.match(said, /Branch trunk has 2 open leaves now \([0-9a-f]{10}, [0-9a-f]{10}\)/);
    });

    it('speaks of a pull and of a push as of what they have looked at, and no more', async () => {
      assert.match(await line.succeed(['sync'], at()), /^Nothing new on either side, /);
      await fs.writeFile(`${root}/a.txt`, 'mine\n');
      await line.succeed(['commit', '-m', 'mine', '--user', 'bob', '--branch', 'side', '--nosync'], at());
      assert.match(await line.succeed(['pull'], at()), /^Nothing new on the server, \d/);
      await fixture.fossilCommit(theirs, 'theirs', { 'b.txt': 'theirs\n' });
      assert.match(await line.succeed(['push'], at()), /^Sent 2 artifacts, \d/);
      assert.match(await line.succeed(['push'], at()), /^Nothing new to send, \d/);
      assert.match(await line.succeed(['pull'], at()), /^Received 2 artifacts, \d/);
    });

    it('names the options for a commit that would fork, or whose parent somebody has locked', async () => {
      const commit = (...options: string[]): Promise<Ending> =>
        line.run(['commit', '-m', 'mine', '--user', 'bob', ...options], at());
      const tip = (
        await fixture.fossil(root, 'sql', "SELECT uuid FROM blob JOIN vvar ON rid=value AND name='checkout'")
      )
        .replaceAll("'", '')
        .trim();
      const lock = JSON.stringify({ login: 'eve', clientid: '9'.repeat(40) });
      const sql = `INSERT INTO config(name,value,mtime) VALUES('ci-lock-${tip}','${lock}',now())`;
      await fixture.fossil(root, 'sql', '-R', fixture.repository, sql);
      await fs.writeFile(`${root}/a.txt`, 'mine\n');
      const options = /\. --branch NAME .*, --allow-fork or --override-lock .*\.$/m;
      const locked = await commit();
      assert.match(locked.complaints, /^eve is about to commit to the same version/);
      assert.match(locked.complaints, options);
      assert.equal((await commit('--override-lock')).exitCode, 0);
      await line.succeed(['update', '--version', tip, '--nosync'], at());
      await fs.writeFile(`${root}/dir/b.txt`, 'mine, too\n');
      const forking = await commit();
      assert.match(forking.complaints, /^Somebody has committed on top/);
      assert.match(forking.complaints, options);
    });

    it('tells that a push was refused, and the pull still happens', async () => {
      await fixture.fossil(fixture.directory, 'user', 'capabilities', 'bob', 'g', '-R', fixture.repository);
      await fixture.fossilCommit(theirs, 'theirs', { 'b.txt': 'theirs\n' });
      await fs.writeFile(`${root}/a.txt`, 'mine\n');
      await line.succeed(['commit', '-m', 'mine', '--user', 'bob', '--nosync'], at());
      const said = await line.succeed(['sync'], at());
      assert.match(said, /^Received 2 artifacts, sent 0/);
      assert.match(said, /The server does not let you push/);
      assert.match(
        await line.succeed(['sync'], at()),
        /^Nothing new on the server, .*\. The server does not let you push, so your check-ins stay here/,
      );
      const { outgoing } = JSON.parse(await line.succeed(['status', '--json'], at())) as Status;
      assert.ok(outgoing >= 2, 'what was not sent still waits');
    });

    it('verifies a repository, and finds a byte that was changed in it', async () => {
      assert.match(await line.succeed(['verify', 'mine.fossil']), /Nothing is wrong\.$/m);
      await fixture.fossil(
        fixture.directory,
        'sql',
        '-R',
        line.path('mine.fossil'),
        'UPDATE blob SET content=(SELECT content FROM blob WHERE uuid=(SELECT max(uuid) FROM blob)) WHERE uuid=(SELECT min(uuid) FROM blob)',
      );
      const { exitCode, output } = await line.run(['verify', 'mine.fossil']);
      assert.equal(exitCode, 1);
      assert.match(output, /artifact [0-9a-f]{64} (does not match its name|is damaged and cannot be read)/i);
    });

    it('serves what it has: fossil clones it and gets the same artifacts', async () => {
      const stop = new AbortController();
      const url = await new Promise<string>((resolve, reject) => {
        line
          .run(['serve', 'mine.fossil', '--port', '0', '--json'], {
            interrupted: stop.signal,
            onOutput: (text) => {
              const started = JSON.parse(text) as { url?: string };
              if (started.url !== undefined) resolve(started.url);
            },
          })
          .then(() => reject(new Error('The server ended before it started.')), reject);
      });
      try {
        await fixture.fossil(fixture.directory, 'clone', url, 'from-ours.fossil', '--admin-user', 'alice');
        const { blob } = await derivedTables(`${fixture.directory}/from-ours.fossil`);
        assert.deepEqual(blob, (await derivedTables(line.path('mine.fossil'))).blob);
      } finally {
        stop.abort();
      }
    });
  });
}

interface Status {
  changes: { kind: string; path: string }[];
  incoming: number;
  outgoing: number;
  updateTarget?: { comment: string };
}

function changesIn(json: string): string[] {
  return (JSON.parse(json) as Status).changes.map(({ kind, path }) => `${kind} ${path}`);
}
