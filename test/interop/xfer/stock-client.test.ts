import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import { utf8 } from '../../../src/engine/codec/utf8';
import { serveRepository } from '../../../src/engine/operations/serve';
import { CertificateMaker } from '../../support/certificates';
import { drivers } from '../checkout/fossil-fixture';
import { FossilCheckout } from './fossil-checkout';
import { SUBSCRIBER_TABLE, SUBSCRIBERS } from './subscribers';
import { addBob, XferFixture } from './xfer-fixture';

/** Of two twins in one directory, who is served by us and who by fossil. */
const TWINS = ['ours', 'stock'] as const;
type Twin = (typeof TWINS)[number];

for (const driver of drivers) {
  describe(`fossil as the client of our server, as of its own, with the ${driver} driver`, function () {
    this.timeout(120_000);
    let fixture: XferFixture;
    const closing: (() => Promise<void> | void)[] = [];
    beforeEach(async () => {
      fixture = await XferFixture.create(driver);
      await fixture.newRepository('seed.fossil');
      await addBob(fixture, 'seed.fossil', 'gioxy');
    });
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
      await fixture.remove();
    });

    const file = (name: string, twin: Twin): string => fixture.path(`${name}-${twin}.fossil`);
    const sql = (name: string, twin: Twin, statements: string): Promise<string[]> =>
      fixture.sandbox.sql(file(name, twin), statements);

    /** Two copies of a repository. */
    async function twins(source: string, name: string): Promise<void> {
      for (const twin of TWINS) await copyFile(fixture.path(source), file(name, twin));
    }

    /** Serves two copies of a repository, one with our server, one with fossil's. @returns their addresses */
    async function serveTwins(source: string, login: string): Promise<Record<Twin, string>> {
      await twins(source, 'server');
      const repository = fixture.open('server-ours.fossil');
      const server = await serveRepository(repository, { port: 0 });
      closing.push(
        () => repository.close(),
        () => server.close(),
      );
      return {
        ours: server.url.replace('://', `://${login}@`),
        stock: await fixture.serve('server-stock.fossil', login),
      };
    }

    /** What fossil says of its traffic, without bytes and addresses. */
    function traffic(output: string): string[] {
      return output.split(/[\r\n]+/).filter((line) => /^(?:Round-trips|Error|Server says)/.test(line));
    }

    it('exchanges private branches on demand alone', async () => {
      // Where everybody may clone, fossil clones without having logged in, and so without them.
      await fixture.fossil('user', 'capabilities', 'nobody', '', '-R', fixture.path('seed.fossil'));
      const url = await serveTwins('seed.fossil', 'bob:bobpw');
      await fixture.fossil('clone', fixture.path('seed.fossil'), fixture.path('client.fossil'), '--no-open');
      const work = await FossilCheckout.open(fixture, 'client.fossil');
      await work.commit('public', { 'a.txt': 'a\n'.repeat(200) });
      await work.commit('secret', { 'b.txt': 'b', 'a.txt': `${'a\n'.repeat(200)}secret\n` }, '--private');
      await twins('client.fossil', 'client');
      const both = async (step: (twin: Twin) => Promise<unknown>): Promise<void> => {
        const [ours, stock] = [await step('ours'), await step('stock')];
        assert.deepEqual(ours, stock);
      };
      const state = (name: string, twin: Twin): Promise<string[]> =>
        sql(name, twin, 'SELECT uuid, size<0, rid IN (SELECT rid FROM private) FROM blob ORDER BY 1;');
      const privates = async (name: string, twin: Twin): Promise<number> =>
        Number((await sql(name, twin, 'SELECT count(*) FROM private JOIN blob USING(rid) WHERE size>=0;'))[0]);
      const run = async (twin: Twin, name: string, ...args: string[]): Promise<unknown> => {
        const said = traffic(await fixture.fossil(...args, '-R', file(name, twin)));
        return [said, await state('server', twin), await state(name, twin)];
      };
      await both((twin) => run(twin, 'client', 'push', url[twin]));
      assert.equal(await privates('server', 'ours'), 0);
      await both((twin) => run(twin, 'client', 'push', '--private', url[twin]));
      assert.equal(await privates('server', 'ours'), 3);
      for (const [name, options] of [
        ['all', ['--private']],
        ['public', []],
      ] as const) {
        await both(async (twin) => {
          await fixture.fossil('clone', '--no-open', ...options, url[twin], file(name, twin));
          return state(name, twin);
        });
      }
      assert.equal(await privates('all', 'ours'), 3);
      assert.equal(await privates('public', 'ours'), 0);
      await both((twin) => run(twin, 'public', 'sync', url[twin]));
      assert.equal(await privates('public', 'ours'), 0);
      await both((twin) => run(twin, 'public', 'sync', '--private', url[twin]));
      assert.equal(await privates('public', 'ours'), 3);
      for (const name of ['server', 'all', 'public'])
        assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', file(name, 'ours')), / 0 errors/);
    });

    it('may not have private branches without the capability for them', async () => {
      await fixture.fossil('user', 'capabilities', 'bob', 'gio', '-R', fixture.path('seed.fossil'));
      const url = await serveTwins('seed.fossil', 'bob:bobpw');
      await fixture.fossil('clone', fixture.path('seed.fossil'), fixture.path('client.fossil'), '--no-open');
      const work = await FossilCheckout.open(fixture, 'client.fossil');
      await work.commit('secret', { 'b.txt': 'b' }, '--private');
      await twins('client.fossil', 'client');
      const said: Record<Twin, string[]> = { ours: [], stock: [] };
      for (const twin of TWINS) {
        said[twin] = traffic(await fixture.fossil('push', '--private', url[twin], '-R', file('client', twin)));
        assert.deepEqual(await sql('server', twin, 'SELECT count(*) FROM blob;'), ['1']);
      }
      assert.deepEqual(said.ours, said.stock);
      assert.match(said.ours.join(), /Error: not authorized to sync private content/);
    });

    it('pushes and pulls configuration of every area', async () => {
      await fixture.fossil('user', 'capabilities', 'bob', 'se', '-R', fixture.path('seed.fossil'));
      const changes = `REPLACE INTO config(name,value,mtime) VALUES('project-name','It''s ours',1900000000),
          ('ignore-glob','*.a'||char(10)||'*.b',1900000000),('css','/* ä */',1900000000),('header','<h1>',1900000000),
          ('ticket-common','set x 1',1900000000),('walias:/x','/y',1900000000),('xfer-push-script','set y 2',1900000000),
          ('interwiki:wp','{"base":"https://en.wikipedia.org/"}',1900000000),('last-sync-url','http://secret/',1900000000);
        INSERT INTO shun(uuid,mtime,scom) VALUES('${'abcdef0123'.repeat(4)}',1900000000,'spam');
        INSERT INTO concealed(hash,mtime,content) VALUES('c0ffee',1900000000,'a@example.com');
        INSERT INTO reportfmt(owner,title,mtime,cols,sqlcode) VALUES('bob','Mine',1900000000,'#fff one','SELECT 1');
        INSERT INTO user(login,pw,cap,info,mtime,photo) VALUES('eve','secret','o','Eve',1900000000,x'00ff10');`;
      const areas = [
        'email',
        'project',
        'skin',
        'shun',
        'ticket',
        'user',
        'xfer',
        'alias',
        'interwiki',
        'all',
      ] as const;
      /** All that travels, and what must not. */
      const configuration = (name: string, twin: Twin): Promise<string[]> =>
        sql(
          name,
          twin,
          `SELECT 'config', name, value, mtime FROM config WHERE mtime=1900000000
           UNION ALL SELECT 'shun', uuid, scom, mtime FROM shun
           UNION ALL SELECT 'concealed', hash, content, mtime FROM concealed
           UNION ALL SELECT 'user', login, pw||cap||info||coalesce(hex(photo),''), mtime FROM user WHERE login='eve'
           UNION ALL SELECT 'report', title, owner||cols||sqlcode, mtime FROM reportfmt
           ORDER BY 1, 2;`,
        );
      const url = await serveTwins('seed.fossil', 'bob:bobpw');
      await twins('seed.fossil', 'client');
      await twins('seed.fossil', 'other');
      for (const twin of TWINS) await sql('client', twin, changes);
      let count = (await configuration('server', 'ours')).length;
      for (const area of areas) {
        const said: string[][] = [];
        for (const twin of TWINS)
          said.push(traffic(await fixture.fossil('config', 'push', area, url[twin], '-R', file('client', twin))));
        const [ours, stock] = [await configuration('server', 'ours'), await configuration('server', 'stock')];
        assert.deepEqual(ours, stock, area);
        assert.deepEqual(said[0], said[1], area);
        if (area !== 'all') assert.ok(ours.length > count, `nothing of ${area} has come`);
        count = ours.length;
      }
      assert.ok((await configuration('server', 'ours')).every((row) => !row.includes('http://secret/')));
      for (const twin of TWINS) await fixture.fossil('config', 'pull', 'all', url[twin], '-R', file('other', twin));
      assert.deepEqual(await configuration('other', 'ours'), await configuration('other', 'stock'));
      assert.equal((await configuration('other', 'ours')).length, count);
    });

    it('pushes and pulls subscribers, also to repositories that never had any', async () => {
      await fixture.fossil('user', 'capabilities', 'bob', 's', '-R', fixture.path('seed.fossil'));
      const url = await serveTwins('seed.fossil', 'bob:bobpw');
      const subscribers = (name: string, twin: Twin): Promise<string[]> =>
        sql(name, twin, 'SELECT semail, suname, sverified, sdigest, ssub, sctime, mtime FROM subscriber ORDER BY 1;');
      await twins('seed.fossil', 'client');
      await twins('seed.fossil', 'other');
      for (const twin of TWINS) {
        await sql('client', twin, `${SUBSCRIBER_TABLE}${SUBSCRIBERS}`);
        await fixture.fossil('config', 'push', 'subscriber', url[twin], '-R', file('client', twin));
      }
      const rows = await subscribers('server', 'ours');
      assert.deepEqual(rows, await subscribers('server', 'stock'));
      assert.deepEqual(rows, ['ann@example.com|ann|1|0|ac|5|1900000000']);
      for (const twin of TWINS) {
        // The older row loses.
        await sql('client', twin, "UPDATE subscriber SET ssub='x', mtime=1 WHERE suname='ann';");
        await fixture.fossil('config', 'push', 'subscriber', url[twin], '-R', file('client', twin));
        assert.deepEqual(await subscribers('server', twin), rows);
        await fixture.fossil('config', 'pull', 'subscriber', url[twin], '-R', file('other', twin));
        assert.deepEqual(await subscribers('other', twin), rows);
      }
    });

    it('may not push configuration without being an administrator', async () => {
      const url = await serveTwins('seed.fossil', 'bob:bobpw');
      for (const twin of TWINS) {
        await sql('server', twin, "REPLACE INTO config(name,value,mtime) VALUES('project-name','theirs',5);");
      }
      await twins('seed.fossil', 'client');
      for (const twin of TWINS) {
        await sql('client', twin, "REPLACE INTO config(name,value,mtime) VALUES('project-name','ours',now());");
        const said = traffic(await fixture.fossil('config', 'push', 'project', url[twin], '-R', file('client', twin)));
        assert.match(said.join(), /Error: not authorized to push configuration/);
        assert.deepEqual(await sql('server', twin, "SELECT value FROM config WHERE name='project-name';"), ['theirs']);
      }
    });

    it('comes over https where it trusts who vouches for our certificate, and not otherwise', async () => {
      await mkdir(fixture.path('certificates'));
      const maker = new CertificateMaker(fixture.path('certificates'));
      const authority = await maker.selfSigned();
      const { certificate, key } = await maker.issued(authority, 'DNS:localhost,IP:127.0.0.1');
      await twins('seed.fossil', 'server');
      const repository = fixture.open('server-ours.fossil');
      const server = await serveRepository(repository, {
        port: 0,
        tls: { certificate: utf8(certificate), key: utf8(key) },
      });
      closing.push(
        () => repository.close(),
        () => server.close(),
      );
      assert.match(server.url, /^https:/);
      const url = server.url.replace(/\/\/[^:/]+/, '//bob:bobpw@localhost');
      await assert.rejects(
        fixture.fossil('clone', '--no-open', url, fixture.path('clone.fossil')),
        /SSL cert declined/,
      );
      await fixture.fossil('settings', '--global', 'ssl-ca-location', authority.certificateFile);
      await fixture.fossil('clone', '--no-open', url, fixture.path('clone.fossil'));
      await fixture.fossil('remote', 'off', '-R', fixture.path('clone.fossil'));
      const work = await FossilCheckout.open(fixture, 'clone.fossil');
      await work.commit('over tls', { 'a.txt': 'a'.repeat(300_000) }, '--user', 'bob');
      await work.fossil('sync', url, '--user', 'bob');
      assert.deepEqual(await fixture.artifacts('server-ours.fossil'), await fixture.artifacts('clone.fossil'));
    });
  });
}
