import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { hasCode, type ErrorCode } from '../../../src/engine/errors';
import type { Progress } from '../../../src/engine/progress';
import { corpusPath } from '../../support/corpus';
import { drivers } from '../checkout/fossil-fixture';
import { addBob, XferFixture } from './xfer-fixture';

/** What fossil itself says of a repository that we cloned. */
async function acceptedByFossil(fixture: XferFixture, name: string): Promise<void> {
  const file = fixture.path(name);
  assert.match(
    await fixture.fossil('test-integrity', '--quiet', '-R', file),
    / 0 errors\s+low-level database integrity-check: ok/,
  );
  const timeline = ['timeline', '-n', '200', '-W', '0', '-F', '%H %d %a %b %c', '-R', file];
  const before = await fixture.fossil(...timeline);
  assert.match(before, /^[0-9a-f]{40}/m);
  await fixture.fossil('rebuild', file);
  assert.equal(await fixture.fossil(...timeline), before);
  await mkdir(fixture.path(`${name}-checkout`));
  await fixture.sandbox.fossil(['open', file], { cwd: fixture.path(`${name}-checkout`) });
  assert.equal(await fixture.sandbox.fossil(['changes', '--differ'], { cwd: fixture.path(`${name}-checkout`) }), '');
}

for (const driver of drivers) {
  describe(`Cloning from fossil server with the ${driver} driver`, function () {
    this.timeout(300_000);
    let fixture: XferFixture;
    beforeEach(async () => (fixture = await XferFixture.create(driver)));
    afterEach(() => fixture.remove());

    // The portable driver shows by the smaller one what it can.
    const corpora = ['svn-scm.fossil', ...(driver === 'native' ? ['automerge-repo.fossil'] : [])];
    for (const corpus of corpora) {
      it(`brings all of ${corpus}, in a repository that fossil accepts`, async function () {
        const source = corpusPath(corpus);
        if (source === undefined) this.skip();
        await copyFile(source, fixture.path('server.fossil'));
        await chmod(fixture.path('server.fossil'), 0o644);
        const reports: Progress[] = [];
        const url = await fixture.serve('server.fossil');
        const statistics = await fixture.clone(url, 'clone.fossil', {
          onProgress: (progress) => reports.push(progress),
        });

        const expected = await fixture.artifacts('server.fossil');
        assert.deepEqual(await fixture.artifacts('clone.fossil'), expected);
        assert.equal(statistics.received, expected.length);
        assert.deepEqual(statistics.unresolved, []);
        const fractions = reports.map((progress) => progress.fraction);
        assert.ok(new Set(fractions).size >= 10, `${new Set(fractions).size} different values`);
        assert.deepEqual(
          fractions,
          [...fractions].sort((a, b) => a - b),
        );
        assert.equal(fractions.at(-1), 1);
        assert.deepEqual(reports.at(-1)?.artifacts, { done: expected.length, total: expected.length });
        assert.equal(reports.at(-1)?.bytes.done, statistics.bytesReceived);
        await acceptedByFossil(fixture, 'clone.fossil');
      });
    }

    it('takes over the configuration of the server, but not its users', async () => {
      await fixture.newRepository('server.fossil');
      await fixture.sandbox.sql(
        fixture.path('server.fossil'),
        "REPLACE INTO config VALUES('project-name','Demo ''x''',now()); REPLACE INTO config VALUES('ignore-glob','*.o',now());" +
          "REPLACE INTO config VALUES('odd-setting','1',now()); REPLACE INTO shun VALUES('" +
          'd'.repeat(40) +
          "',now(),'spam');",
      );
      await addBob(fixture, 'server.fossil', 'v');
      await fixture.clone(await fixture.serve('server.fossil'), 'clone.fossil', {
        then: ({ config, projectCode, db }) => {
          assert.equal(config.get('project-name'), "Demo 'x'");
          assert.equal(config.get('ignore-glob'), '*.o');
          assert.equal(config.get('hash-policy'), '2');
          assert.equal(config.get('odd-setting'), undefined);
          assert.equal(config.get('trilobite-clone-sequence'), undefined);
          assert.match(projectCode ?? '', /^[0-9a-f]{40}$/);
          assert.equal(db.prepare('SELECT count(*) AS n FROM shun').get<{ n: number }>()?.n, 1);
          assert.equal(db.prepare("SELECT count(*) AS n FROM user WHERE login='bob'").get<{ n: number }>()?.n, 0);
        },
      });
      await acceptedByFossil(fixture, 'clone.fossil');
    });

    it('takes over the users of the server, as fossil does, where an administrator has logged in', async () => {
      await fixture.newRepository('server.fossil');
      await addBob(fixture, 'server.fossil', 's');
      await fixture.fossil('user', 'new', 'eve', 'Eve', 'evepw', '-R', fixture.path('server.fossil'));
      const url = await fixture.serve('server.fossil', 'bob:bobpw');
      await fixture.fossil('clone', url, fixture.path('theirs.fossil'), '--admin-user', 'tester', '--no-open');
      await fixture.clone(url, 'ours.fossil');
      const users = (name: string): Promise<string[]> =>
        fixture.sandbox.sql(fixture.path(name), 'SELECT login, cap, info FROM user ORDER BY login;');
      const passwords = (name: string): Promise<string[]> =>
        fixture.sandbox.sql(fixture.path(name), "SELECT pw FROM user WHERE login IN ('bob','eve') ORDER BY login;");
      assert.deepEqual(await users('ours.fossil'), await users('theirs.fossil'));
      assert.deepEqual(await passwords('ours.fossil'), await passwords('server.fossil'));
      assert.equal((await passwords('ours.fossil')).length, 2);
    });

    it('logs in where nobody may clone, whether or not the server tells its statistics', async () => {
      await fixture.newRepository('server.fossil');
      await addBob(fixture, 'server.fossil', 'gio');
      for (const nobody of ['o', '']) {
        await fixture.fossil(
          'user',
          'capabilities',
          'nobody',
          nobody === '' ? ' ' : nobody,
          '-R',
          fixture.path('server.fossil'),
        );
        const url = await fixture.serve('server.fossil', 'bob:bobpw');
        const { received, roundTrips } = await fixture.clone(url, `clone${nobody}.fossil`);
        assert.equal(received, 1);
        assert.equal(roundTrips, nobody === 'o' ? 2 : 3);
      }
    });

    it('goes on where an interrupted clone stopped', async function () {
      const source = corpusPath('automerge-repo.fossil');
      if (source === undefined) this.skip();
      await copyFile(source, fixture.path('server.fossil'));
      await chmod(fixture.path('server.fossil'), 0o644);
      const url = await fixture.serve('server.fossil');
      const cancel = new AbortController();
      const onProgress = ({ roundTrips }: Progress): void => {
        if (roundTrips === 3) cancel.abort();
      };
      const first = fixture.clone(url, 'clone.fossil', { onProgress, signal: cancel.signal });
      await assert.rejects(first, (error: unknown) => hasCode(error, 'cancelled'));
      const kept = (await fixture.artifacts('clone.fossil')).length;
      assert.ok(kept > 10_000, String(kept));

      const { received, roundTrips } = await fixture.resume(url, 'clone.fossil');
      assert.equal(received, (await fixture.artifacts('server.fossil')).length);
      assert.ok(roundTrips < 5, String(roundTrips));
    });
  });
}

describe('A clone that cannot be', () => {
  let fixture: XferFixture;
  before(async () => {
    fixture = await XferFixture.create();
    await fixture.newRepository('server.fossil');
    await addBob(fixture, 'server.fossil', 'o');
    await fixture.fossil('user', 'capabilities', 'nobody', 'o', '-R', fixture.path('server.fossil'));
  });
  after(() => fixture.remove());

  let clones = 0;
  async function fails(login: string, code: ErrorCode, sentence: RegExp): Promise<void> {
    const url = await fixture.serve('server.fossil', login);
    await assert.rejects(fixture.clone(url, `clone${++clones}.fossil`), (error: unknown) => {
      assert.ok(hasCode(error, code), String(error));
      assert.match(error.message, sentence);
      return true;
    });
  }

  it('for want of a login', () =>
    fails('', 'not-authorized', /does not let anonymous visitors clone.*Give a user name/));
  it('for want of a login, for which "anonymous" does not count', () =>
    fails('anonymous', 'not-authorized', /does not let anonymous visitors clone.*Give a user name/));
  it('for want of a password', () => fails('bob', 'password-needed', /wants the password of user "bob"/));
  it('for a wrong password', () => fails('bob:wrong', 'login-failed', /did not accept the password of user "bob"/));
  it('for want of the capability', () =>
    fails('bob:bobpw', 'not-authorized', /does not let user "bob" clone.*Clone \(g\)/));

  it('for a wrong byte in one artifact, which is named', async () => {
    await fixture.newRepository('damaged.fossil');
    const [name] = await fixture.artifacts('damaged.fossil');
    await fixture.sandbox.sql(
      fixture.path('damaged.fossil'),
      "UPDATE blob SET content=compress(replace(content(uuid),'initial','Initial'));",
    );
    const url = await fixture.serve('damaged.fossil');
    await assert.rejects(fixture.clone(url, 'wrong.fossil'), (error: unknown) => {
      assert.ok(hasCode(error, 'hash-mismatch'), String(error));
      assert.ok(error.message.includes(name ?? '?'), error.message);
      return true;
    });
  });

  it('leaves out, and names, what the server never sends the source of', async () => {
    await fixture.newRepository('dangling.fossil');
    const lost = 'e'.repeat(40);
    await fixture.sandbox.sql(
      fixture.path('dangling.fossil'),
      `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(100,0,-1,'${'f'.repeat(40)}',NULL);` +
        `INSERT INTO phantom VALUES(100); INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,1,30,'${lost}',compress('U\nU@0,0;'));` +
        'INSERT INTO delta VALUES(101,100);',
    );
    const { unresolved, received } = await fixture.clone(await fixture.serve('dangling.fossil'), 'rest.fossil');
    assert.deepEqual(unresolved, [lost]);
    assert.equal(received, 1);
    assert.ok(existsSync(fixture.path('rest.fossil')));
    await acceptedByFossil(fixture, 'rest.fossil');
  });
});
