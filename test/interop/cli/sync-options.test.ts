import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { unobscure } from '../../../src/engine/codec/obscure';
import { startFossilServer, type FossilServer } from '../../support/fossil-server';
import { drivers } from '../checkout/fossil-fixture';
import { AdminFixture } from './admin-fixture';

for (const driver of drivers) {
  describe(`Options of trilobite sync, pull and push with the ${driver} driver`, function () {
    this.timeout(120_000);
    let fixture: AdminFixture;
    const servers: FossilServer[] = [];
    beforeEach(async () => (fixture = await AdminFixture.create(driver)));
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.stop();
      await fixture.remove();
    });

    /** Serves a file in which Alice has the password `pw`. @returns its URL */
    async function serve(file: string): Promise<string> {
      await fixture.fossil(['user', 'password', 'alice', 'pw', '-R', file]);
      await fixture.fossil(['user', 'capabilities', 'alice', 'sx', '-R', file]);
      const server = await startFossilServer(file);
      servers.push(server);
      return server.url.replace('://', '://alice:pw@');
    }

    /** A copy of the fixture's repository, served. */
    async function served(name: string): Promise<{ file: string; url: string }> {
      const file = fixture.line.path(name);
      await fs.copyFile(fixture.repository, file);
      return { file, url: await serve(file) };
    }

    /** As fossil does when its user answers that it should remember the password; without a terminal it does not ask. */
    async function remember(url: string, name?: string): Promise<void> {
      const [urlName, passwordName] =
        name === undefined ? ['last-sync-url', 'last-sync-pw'] : [`sync-url:${name}`, `sync-pw:${name}`];
      await fixture.query(
        `REPLACE INTO config(name,value,mtime) VALUES('${urlName}','${url.replace(':pw', '')}',now()),('${passwordName}',obscure('pw'),now())`,
      );
    }

    const artifacts = (file: string): Promise<string[]> =>
      fixture.query('SELECT uuid FROM blob WHERE size>=0 ORDER BY uuid', file);

    it('visit every remote in turn, until all have everything', async () => {
      const one = await served('one.fossil');
      const two = await served('two.fossil');
      await remember(two.url, 'second');
      await remember(one.url);
      await fixture.fossilInCheckout('settings', 'autosync', 'off');
      const elsewhere = fixture.line.path('elsewhere');
      await fs.mkdir(elsewhere);
      await fixture.fossil(['open', two.file], elsewhere);
      await fs.writeFile(path.join(elsewhere, 'b.txt'), 'b');
      await fixture.fossil(['add', 'b.txt'], elsewhere);
      await fixture.fossil(['commit', '-m', 'theirs', '--no-warnings'], elsewhere);
      await fixture.commit({ 'a.txt': 'a' }, 'ours');
      const output = await fixture.inCheckout(['sync', '--all']);
      assert.match(output, /^default: .*\nsecond: Received 2 artifacts, sent 2.*\ndefault: /);
      const all = await artifacts(fixture.repository);
      assert.equal(all.length, 5);
      assert.deepEqual(await artifacts(one.file), all);
      assert.deepEqual(await artifacts(two.file), all);
    });

    it('go on with the other remotes when one fails, and say so in the end', async () => {
      const one = await served('one.fossil');
      // Nobody tries again where the server has answered.
      const web = createServer((_, response) => response.writeHead(404).end());
      await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
      const gone = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
      await fixture.fossilInCheckout('remote', 'add', 'gone', gone);
      await remember(one.url);
      const run = await fixture.line.run(['sync', '--all'], { directory: fixture.checkout });
      await new Promise((resolve) => web.close(resolve));
      assert.equal(run.exitCode, 1);
      assert.match(run.output, /^default: Nothing new.*\ngone: .*127\.0\.0\.1/);
    });

    /** What a repository remembers of servers and the ways to them, passwords in clear. */
    async function remembered(file: string): Promise<string[]> {
      const rows = await fixture.query(
        `SELECT name, value FROM config WHERE value<>'' AND (name GLOB 'sync*' OR name GLOB 'last-sync*'
            OR name GLOB 'parent-project-*' OR name GLOB 'http-auth:*' OR name GLOB 'ss[hl]-*') ORDER BY name`,
        file,
      );
      return rows
        .map((row) => row.split("','").map((word) => word.replace(/^'|'$/g, '')))
        .map(([name = '', value = '']) => [name, /-pw|http-auth/.test(name) ? unobscure(value) : value] as const)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `${name} = ${value}`);
    }

    it('remember servers, names, passwords and ways as fossil does', async () => {
      const one = await served('one.fossil');
      const address = one.url.replace('alice:pw@', '');
      const theirs = fixture.line.path('theirs.fossil');
      await fs.copyFile(fixture.repository, theirs);
      const [code = ''] = await fixture.query("SELECT value FROM config WHERE name='project-code'");
      const parent = `INSERT INTO config(name,value,mtime) VALUES('parent-project-code',${code},0),('parent-project-name','x',0)`;
      for (const file of [fixture.repository, theirs]) await fixture.query(parent, file);
      const steps = [
        ['sync', `${address}once`, '--once', '-c', 'ssh -x', '-B', 'a:b'],
        ['remote', 'add', 'one', `${one.url}x`],
        ['remote', 'add', 'two', `${address}two`],
        ['sync', 'two'],
        ['pull', 'one'],
        ['pull', 'two', '--once'],
        ['uv', 'sync', `${address}uv`],
        ['uv', 'sync', '-c', 'ssh -y'],
        ['config', 'pull', 'project', `${address}config`],
        ['sync', '--all', '-B', 'c:d', '--ssl-identity', 'identity.pem'],
        ['pull', `${address}other`, '--project-code', code.replaceAll("'", '')],
        ['pull', `${address}parent`, '--from-parent-project'],
      ];
      for (const step of steps) {
        await fixture.fossil([...step, '-R', theirs]);
        await fixture.line.succeed([...step, '-R', fixture.repository]);
        assert.deepEqual(await remembered(fixture.repository), await remembered(theirs), step.join(' '));
      }
      assert.match((await remembered(theirs)).join('\n'), /^http-auth:.* = c:d$/m);
    });

    it('of a clone remember the same, too', async () => {
      const one = await served('one.fossil');
      const address = one.url.replace('alice:pw@', '');
      const [ours, theirs] = [fixture.line.path('ours.fossil'), fixture.line.path('theirs.fossil')];
      const ways = ['-c', 'ssh -x', '-B', 'a:b', '--ssl-identity', 'identity.pem'];
      await fixture.line.succeed(['clone', address, ours, ...ways]);
      await fixture.fossil(['clone', address, theirs, '--no-open', ...ways]);
      assert.deepEqual(await remembered(ours), await remembered(theirs));
    });

    it('never keep a password for another server than the one it belongs to', async () => {
      const one = await served('one.fossil');
      await remember(one.url.replace(/127.*/, '127.0.0.1:1/'));
      await fixture.inCheckout(['sync', one.url.replace('alice:pw@', '')]);
      assert.deepEqual(await fixture.query("SELECT value FROM config WHERE name='last-sync-pw'"), []);
    });

    it('never try a remembered password as that of another user', async () => {
      const one = await served('one.fossil');
      await remember(one.url);
      const { complaints } = await fixture.line.run(['sync', '-R', fixture.repository, '--user', 'bob']);
      assert.match(complaints, /needs the password of user bob, and none was given/);
      const visiting = ['pull', '--once', one.url.replace('alice:pw', 'anonymous')];
      assert.match(await fixture.inCheckout(visiting), /Nothing new/, 'a visitor was asked for a password');
    });

    it('share private branches on demand', async () => {
      const one = await served('one.fossil');
      await remember(one.url);
      await fs.writeFile(path.join(fixture.checkout, 'secret'), 'secret');
      await fixture.fossilInCheckout('add', 'secret');
      await fixture.fossilInCheckout('settings', 'autosync', 'off');
      await fixture.fossilInCheckout('commit', '--private', '-m', 'secret', '--no-warnings');
      await fixture.inCheckout(['push', '--verily']);
      assert.equal((await artifacts(one.file)).length, 1);
      await fixture.inCheckout(['push', '--private']);
      assert.equal((await artifacts(one.file)).length, 3);
      await fixture.inCheckout(['clone', one.url, fixture.line.path('all.fossil'), '--private']);
      assert.deepEqual(await artifacts(fixture.line.path('all.fossil')), await artifacts(one.file));
    });

    it('push nothing where the setting dont-push is on', async () => {
      const one = await served('one.fossil');
      await remember(one.url);
      await fixture.fossilInCheckout('settings', 'dont-push', 'on');
      await fixture.fossilInCheckout('settings', 'autosync', 'off');
      await fixture.commit({ 'a.txt': 'a' }, 'ours');
      assert.match(await fixture.inCheckout(['sync']), /^Nothing new on the server, /);
      assert.equal((await artifacts(one.file)).length, 1);
      const run = await fixture.line.run(['push'], { directory: fixture.checkout });
      assert.match(run.complaints, /dont-push/);
      assert.notEqual(run.exitCode, 0);
    });

    it('take over what the default remote has shunned, unless the setting auto-shun is off', async () => {
      const one = await served('one.fossil');
      await remember(one.url);
      const shun = (digit: string): Promise<string[]> =>
        fixture.query(`INSERT INTO shun VALUES('${digit.repeat(40)}',now(),'spam')`, one.file);
      const shunned = (): Promise<string[]> => fixture.query('SELECT substr(uuid,1,1) FROM shun ORDER BY 1');
      await shun('a');
      await fixture.inCheckout(['push']);
      await fixture.inCheckout(['sync', one.url]);
      assert.deepEqual(await shunned(), []);
      await fixture.inCheckout(['pull']);
      assert.deepEqual(await shunned(), ["'a'"]);
      await shun('b');
      await fixture.fossilInCheckout('settings', 'auto-shun', 'off');
      await fixture.inCheckout(['sync']);
      assert.deepEqual(await shunned(), ["'a'"]);
    });

    it('pull from the project that this one was split off from, and push nothing there', async () => {
      const parent = fixture.line.path('parent.fossil');
      await fixture.fossil(['new', '--admin-user', 'alice', parent]);
      const url = await serve(parent);
      const [code = ''] = await fixture.query("SELECT value FROM config WHERE name='project-code'", parent);
      await fixture.query(
        `INSERT INTO config(name,value,mtime) VALUES('parent-project-code',${code},0),('parent-project-name','parent',0),` +
          `('parent-project-url','${url.replace(':pw', '')}',0),('parent-project-pw',obscure('pw'),0)`,
      );
      const before = (await artifacts(fixture.repository)).length;
      const parents = ['pull', '--from-parent-project', '-R', fixture.repository];
      const { complaints } = await fixture.line.run([...parents, '--user', 'bob']);
      assert.match(complaints, /needs the password of user bob, and none was given/);
      assert.match(await fixture.inCheckout(['pull', '--from-parent-project']), /^Received 1 artifact/);
      assert.equal((await artifacts(fixture.repository)).length, before + 1);
      assert.equal((await artifacts(parent)).length, 1);
      assert.equal(await fixture.fossilInCheckout('remote'), 'off\n');
      const again = ['pull', url, '--project-code', code.replaceAll("'", '')];
      assert.match(await fixture.inCheckout(again), /^Nothing new/);
    });
  });
}
