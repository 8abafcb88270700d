import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { serveRepository } from '../../../src/engine/operations/serve';
import type { Repository } from '../../../src/engine/repository/repository';
import { corpusPath } from '../../support/corpus';
import { startFossilServer } from '../../support/fossil-server';
import { drivers } from '../checkout/fossil-fixture';
import { addBob, XferFixture } from './xfer-fixture';

for (const driver of drivers) {
  describe(`Serving fossil with the ${driver} driver`, function () {
    this.timeout(300_000);
    let fixture: XferFixture;
    const closing: (() => Promise<void> | void)[] = [];
    beforeEach(async () => (fixture = await XferFixture.create(driver)));
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
      await fixture.remove();
    });

    async function serve(name: string, options: { isReadOnly?: boolean; login?: string } = {}): Promise<string> {
      const repository: Repository = fixture.open(name);
      const server = await serveRepository(repository, { port: 0, ...options });
      closing.push(() => repository.close());
      closing.push(() => server.close());
      return options.login === undefined ? server.url : server.url.replace('://', `://${options.login}@`);
    }

    /** Stops serving, so that fossil sees the file as it is. */
    async function stop(): Promise<void> {
      for (const close of closing.splice(0).reverse()) await close();
    }

    async function commit(repository: string, files: Record<string, string>): Promise<string> {
      const directory = fixture.path(`${repository}.d`);
      await mkdir(directory);
      const run = (...args: string[]): Promise<string> => fixture.sandbox.fossil(args, { cwd: directory });
      await run('open', '--nosync', fixture.path(repository));
      await run('settings', 'autosync', 'off');
      for (const [name, content] of Object.entries(files)) await writeFile(`${directory}/${name}`, content);
      await run('addremove');
      return run('commit', '--no-warnings', '-m', 'change');
    }

    // The portable driver shows by the smaller one what it can.
    const corpora = ['svn-scm.fossil', ...(driver === 'native' ? ['automerge-repo.fossil'] : [])];
    for (const corpus of corpora) {
      it(`lets fossil clone all of ${corpus}`, async function () {
        const source = corpusPath(corpus);
        if (source === undefined) this.skip();
        await copyFile(source, fixture.path('ours.fossil'));
        await chmod(fixture.path('ours.fossil'), 0o644);
        const url = await serve('ours.fossil', { isReadOnly: true });
        await fixture.fossil('clone', url, fixture.path('clone.fossil'));
        assert.deepEqual(await fixture.artifacts('clone.fossil'), await fixture.artifacts('ours.fossil'));
        assert.match(
          await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path('clone.fossil')),
          / 0 errors/,
        );
      });
    }

    it('lets fossil clone, push with a login, and others pull, making clusters on the way', async () => {
      await fixture.newRepository('ours.fossil');
      await addBob(fixture, 'ours.fossil', 'gio');
      await fixture.sandbox.sql(
        fixture.path('ours.fossil'),
        "REPLACE INTO config VALUES('project-name','Demo',now());",
      );
      let url = await serve('ours.fossil', { login: 'bob:bobpw' });
      await fixture.fossil('clone', url, fixture.path('one.fossil'));
      await fixture.fossil('clone', url, fixture.path('two.fossil'));
      assert.deepEqual(
        await fixture.sandbox.sql(fixture.path('one.fossil'), "SELECT value FROM config WHERE name='project-name';"),
        ['Demo'],
      );

      const files = Object.fromEntries(
        Array.from({ length: 150 }, (_, index) => [`file${index}`, `content ${index}\n`]),
      );
      await commit('one.fossil', files);
      await fixture.fossil('push', url, '-R', fixture.path('one.fossil'));
      await fixture.fossil('pull', url, '-R', fixture.path('two.fossil'));
      await stop();
      const all = await fixture.artifacts('ours.fossil');
      // The empty check-in, the new one, its files and a cluster of them all.
      assert.equal(all.length, 1 + 1 + 150 + 1);
      assert.deepEqual(await fixture.artifacts('two.fossil'), all);
      const file = fixture.path('ours.fossil');
      assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', file), / 0 errors/);
      assert.deepEqual(await fixture.sandbox.sql(file, 'SELECT count(*) FROM unclustered;'), ['1']);
      assert.deepEqual(
        await fixture.sandbox.sql(
          file,
          'SELECT login, nonce IS NOT NULL FROM rcvfrom JOIN user USING(uid) WHERE nonce IS NOT NULL GROUP BY 1;',
        ),
        ['bob|1'],
      );
      const timeline = await fixture.fossil('timeline', '-n', '5', '-R', file);
      await fixture.fossil('rebuild', file);
      assert.equal(await fixture.fossil('timeline', '-n', '5', '-R', file), timeline);

      url = await serve('ours.fossil');
      assert.match(
        await fixture.fossil('push', url, '-R', fixture.path('two.fossil')),
        /Error: not authorized to write/,
      );
    });

    it('refuses a wrong password, another project and anybody where nobody may clone', async () => {
      await fixture.newRepository('ours.fossil');
      await addBob(fixture, 'ours.fossil', 'gio');
      await fixture.newRepository('other.fossil');
      await fixture.fossil('user', 'capabilities', 'nobody', 'o', '-R', fixture.path('ours.fossil'));
      const wrong = await serve('ours.fossil', { login: 'bob:wrong' });
      await assert.rejects(fixture.fossil('clone', wrong, fixture.path('a.fossil')), /login failed/);
      const anonymous = wrong.replace('bob:wrong@', '');
      await assert.rejects(fixture.fossil('clone', anonymous, fixture.path('b.fossil')), /not authorized to clone/);
      assert.match(await fixture.fossil('pull', anonymous, '-R', fixture.path('other.fossil')), /Error: wrong project/);
    });

    it('takes nothing when it is read-only', async () => {
      await fixture.newRepository('ours.fossil');
      const url = await serve('ours.fossil', { isReadOnly: true, login: 'tester:testerpw' });
      await fixture.fossil('clone', url, fixture.path('one.fossil'));
      await commit('one.fossil', { a: 'a' });
      assert.match(
        await fixture.fossil('sync', url, '-R', fixture.path('one.fossil')),
        /Error: not authorized to write/,
      );
      await stop();
      assert.equal((await fixture.artifacts('ours.fossil')).length, 1);
    });

    it('never serves private content, nor deltas that nobody can read', async () => {
      await fixture.newRepository('ours.fossil');
      const directory = fixture.path('work');
      await mkdir(directory);
      const run = (...args: string[]): Promise<string> => fixture.sandbox.fossil(args, { cwd: directory });
      await run('open', fixture.path('ours.fossil'));
      await writeFile(`${directory}/secret`, 'secret');
      await run('add', 'secret');
      await run('commit', '--no-warnings', '--private', '-m', 'secret');
      await fixture.sandbox.sql(
        fixture.path('ours.fossil'),
        `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(100,0,-1,'${'f'.repeat(40)}',NULL); INSERT INTO phantom VALUES(100);` +
          `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,1,30,'${'e'.repeat(40)}',compress('U\nU@0,0;'));` +
          'INSERT INTO delta VALUES(101,100); INSERT INTO unclustered VALUES(101);',
      );
      const url = await serve('ours.fossil');
      await fixture.fossil('clone', url, fixture.path('clone.fossil'));
      await fixture.fossil('pull', '--verily', url, '-R', fixture.path('clone.fossil'));
      assert.equal((await fixture.artifacts('clone.fossil')).length, 1);
    });

    it('answers /json/stat and /json/version in the shape that fossil gives', async () => {
      await fixture.newRepository('ours.fossil');
      await copyFile(fixture.path('ours.fossil'), fixture.path('theirs.fossil'));
      const ours = await serve('ours.fossil');
      const theirs = await startFossilServer(fixture.path('theirs.fossil'));
      closing.push(() => theirs.stop());
      const payload = async (base: string, path: string): Promise<Record<string, unknown>> => {
        const answer = (await (await fetch(base + path)).json()) as { payload: Record<string, unknown> };
        return answer.payload;
      };
      const [mine, model] = [await payload(ours, 'json/stat?full=1'), await payload(theirs.url, 'json/stat?full=1')];
      for (const key of [
        'projectCode',
        'blobCount',
        'deltaCount',
        'uncompressedArtifactSize',
        'maxArtifactSize',
        'repositorySize',
      ])
        assert.deepEqual(mine[key], model[key], key);
      assert.equal((await payload(ours, 'json/stat'))['blobCount'], undefined);
      const version = await payload(ours, 'json/version');
      const modelVersion = await payload(theirs.url, 'json/version');
      assert.equal(version['releaseVersionNumber'], modelVersion['releaseVersionNumber']);
    });
  });
}
