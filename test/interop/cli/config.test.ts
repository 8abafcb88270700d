import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { settingsNamed } from '../../../src/engine/repository/setting-names';
import { CONFIG_AREAS, namesOfArea } from '../../../src/engine/xfer/config-areas';
import { startFossilServer } from '../../support/fossil-server';
import { drivers } from '../checkout/fossil-fixture';
import { SUBSCRIBER_TABLE } from '../xfer/subscribers';
import { AdminFixture } from './admin-fixture';
import type { Ending } from './command-line';

const SHUNNED = 'abcdef0123'.repeat(4);

for (const driver of drivers) {
  describe(`trilobite config with the ${driver} driver`, () => {
    let fixture: AdminFixture;
    let other: string;
    beforeEach(async () => {
      fixture = await AdminFixture.create(driver);
      other = fixture.line.path('other.fossil');
      await fixture.fossil(['new', '--admin-user', 'alice', other]);
      await fixture.fossil([
        'sql',
        '-R',
        fixture.repository,
        `INSERT INTO config(name,value,mtime) VALUES('project-name','It''s ours',1700000000),
           ('ignore-glob','*.a'||char(10)||'*.b',1700000000),('css','/* ä */',1700000000),
           ('ticket-common','set x 1',1700000000),('walias:/x','/y',1700000000),
           ('interwiki:wp','{"base":"https://en.wikipedia.org/"}',1700000000),('last-sync-url','http://secret/',1700000000);
         INSERT INTO shun(uuid,mtime,scom) VALUES('${SHUNNED}',1700000000,NULL);
         INSERT INTO concealed(hash,mtime,content) VALUES('c0ffee',1700000000,'a@example.com');
         UPDATE user SET mtime=1700000000, photo=x'00ff10' WHERE login='alice';
         UPDATE user SET cap='ghx', mtime=1700000000 WHERE login='reader'`,
      ]);
    });
    afterEach(() => fixture.remove());

    /** What configuration travels, of one repository. */
    async function configuration(repository: string): Promise<string[]> {
      return fixture.query(
        `SELECT 'config', name, value, mtime FROM config WHERE name IN ('project-name','ignore-glob','css','ticket-common','walias:/x',
             'interwiki:wp','last-sync-url') AND mtime IS NOT NULL
         UNION ALL SELECT 'shun', uuid, scom, mtime FROM shun
         UNION ALL SELECT 'concealed', hash, content, mtime FROM concealed
         UNION ALL SELECT 'user', login, cap||coalesce(hex(photo),''), mtime FROM user WHERE mtime IS NOT NULL
         UNION ALL SELECT 'report', title, sqlcode, mtime FROM reportfmt
         ORDER BY 1, 2`,
        repository,
      );
    }

    it('exports to standard output and imports from standard input, as fossil does with the file "-"', async () => {
      const ours = await fixture.inCheckout(['config', 'export', 'project', '-']);
      assert.deepEqual(
        cardLines(ours),
        cardLines(await fixture.fossilInCheckout('configuration', 'export', 'project', '-')),
      );
      assert.match(ours, /It''s ours/);
      await assert.rejects(fs.stat(path.join(fixture.checkout, '-')));
      await fixture.line.succeed(['config', 'import', '-', '-R', other], { input: [ours] });
      assert.ok((await configuration(other)).some((row) => row.includes("It''s ours")));
    });

    it('exports only what has changed since a moment', async () => {
      await fixture.query("UPDATE config SET mtime=1800000000 WHERE name='ignore-glob'");
      const since = async (moment: string): Promise<string> =>
        fixture.inCheckout(['config', 'export', 'project', '-', '--since', moment]);
      const later = await since('2024-01-01');
      assert.match(later, /ignore-glob/);
      assert.doesNotMatch(later, /project-name/);
      assert.match(await since('2023-11-14'), /project-name/);
      assert.match(await since('-40 years'), /project-name/);
      const { complaints } = await fixture.line.run(['config', 'export', 'all', '-', '--since', 'some day'], {
        directory: fixture.checkout,
      });
      assert.match(complaints, /"some day" is no date/);
    });

    it('exports what fossil exports', async () => {
      for (const area of ['all', 'email', 'project', 'skin', 'shun', 'ticket', 'user', 'alias', 'interwiki']) {
        await fixture.inCheckout(['config', 'export', area, `ours-${area}`]);
        await fixture.fossilInCheckout('configuration', 'export', area, `fossils-${area}`);
        const cards = await Promise.all(
          [`ours-${area}`, `fossils-${area}`].map(async (name) => cardsOf(path.join(fixture.checkout, name))),
        );
        assert.deepEqual(cards[0], cards[1], area);
        assert.ok((cards[0] ?? []).length > 0, area);
      }
    });

    it('lets the same names travel as fossil does', async () => {
      // Names that 2.21 does not know yet, and scripts that later versions keep from travelling.
      const exceptions = new Set(['default-skin', 'tcl', 'tcl-setup', 'th1-docs', 'th1-hooks', 'th1-setup']);
      const known = [...settingsNamed('', { exact: false }), ...namesOfArea('all')];
      const names = new Set(known.filter((name) => !exceptions.has(name)));
      const rows = [...names].map((name) => `('${name}','x',1800000000)`).join(',');
      await fixture.query(`REPLACE INTO config(name,value,mtime) VALUES${rows}`);
      for (const area of ['css', 'skin', 'project', 'ticket', 'user', 'xfer']) {
        await fixture.inCheckout(['config', 'export', area, `ours-${area}`]);
        await fixture.fossilInCheckout('configuration', 'export', area, `fossils-${area}`);
        const ours = await cardsOf(path.join(fixture.checkout, `ours-${area}`));
        assert.deepEqual(ours, await cardsOf(path.join(fixture.checkout, `fossils-${area}`)), area);
      }
    });

    it('imports what fossil exports as fossil does, and fossil imports ours', async () => {
      await fixture.fossilInCheckout('configuration', 'export', 'all', 'fossils');
      await fixture.inCheckout(['config', 'export', 'all', 'ours']);
      const byFossil = fixture.line.path('by-fossil.fossil');
      await fs.copyFile(other, byFossil);
      await fixture.line.succeed(['config', 'import', path.join(fixture.checkout, 'fossils'), '-R', other]);
      await fixture.fossil(['configuration', 'import', path.join(fixture.checkout, 'ours'), '-R', byFossil]);
      const imported = await configuration(other);
      assert.deepEqual(await configuration(byFossil), imported);
      assert.ok(imported.some((row) => row.includes("It''s ours")));
      assert.ok(imported.every((row) => !row.includes('http://secret/')));
    });

    it('a clone says what of the tables that a project defines for its tickets was not followed', async () => {
      await fixture.query(
        `REPLACE INTO config(name,value,mtime) VALUES('ticket-table','CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE); DROP TABLE ticket_old;',1800000000)`,
      );
      const server = await startFossilServer(fixture.repository);
      try {
        const file = fixture.line.path('clone.fossil');
        const { warnings, summary } = JSON.parse(await fixture.line.succeed(['clone', server.url, file, '--json'])) as {
          warnings: string[];
          summary: string;
        };
        assert.equal(warnings.length, 1);
        assert.match(warnings[0] ?? '', /without this statement of the project: DROP TABLE ticket_old$/);
        assert.ok(summary.endsWith(warnings[0] ?? '?'), summary);
      } finally {
        await server.stop();
      }
    });

    it('makes the ticket tables that arrive, fills them, and takes them back, as fossil does', async () => {
      const columns = 'tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE, tkt_ctime DATE';
      const changes = 'tkt_id INTEGER, tkt_rid INTEGER, tkt_mtime DATE, tkt_user TEXT';
      const definition = `CREATE TABLE ticket(${columns}, title TEXT, status TEXT, flavour TEXT); CREATE TABLE ticketchng(${changes});`;
      await fixture.query(`REPLACE INTO config(name,value,mtime) VALUES('ticket-table','${definition}',1800000000)`);
      await fixture.fossilInCheckout('configuration', 'export', 'ticket', 'tickets');
      await fixture.fossil(['ticket', 'add', 'title', 'sour', 'status', 'Open', '-R', other]);
      const byFossil = fixture.line.path('by-fossil.fossil');
      await fs.copyFile(other, byFossil);
      const file = path.join(fixture.checkout, 'tickets');
      await fixture.line.succeed(['config', 'import', file, '-R', other]);
      await fixture.fossil(['configuration', 'import', file, '-R', byFossil]);
      const tickets = 'SELECT tkt_uuid, title, status, flavour FROM ticket';
      const rows = await fixture.query(tickets, other);
      assert.equal(rows.length, 1);
      assert.deepEqual(rows, await fixture.query(tickets, byFossil));
      await fixture.line.succeed(['config', 'reset', 'ticket', '-R', other]);
      assert.deepEqual(await fixture.query('SELECT title, severity FROM ticket', other), ["'sour',NULL"]);
    });

    it('merges the younger row, and imports any', async () => {
      const file = path.join(fixture.checkout, 'project');
      await fixture.inCheckout(['config', 'export', 'project', 'project']);
      const name = async (): Promise<string[]> =>
        fixture.query("SELECT value FROM config WHERE name='project-name'", other);
      const set = (value: string, mtime: number): Promise<string> =>
        fixture.fossil([
          'sql',
          '-R',
          other,
          `REPLACE INTO config(name,value,mtime) VALUES('project-name','${value}',${mtime})`,
        ]);
      await set('younger', 1_800_000_000);
      await fixture.line.succeed(['config', 'merge', file, '-R', other]);
      assert.deepEqual(await name(), ["'younger'"]);
      await set('older', 1_600_000_000);
      await fixture.line.succeed(['config', 'merge', file, '-R', other]);
      assert.deepEqual(await name(), ["'It''s ours'"]);
      await set('younger', 1_800_000_000);
      await fixture.line.succeed(['config', 'import', file, '-R', other]);
      assert.deepEqual(await name(), ["'It''s ours'"]);
    });

    it('resets an area, and what was there comes back from the backup', async () => {
      const before = await configuration(fixture.repository);
      const text = await fixture.inCheckout(['config', 'reset', 'all']);
      const backup = /config import (.*)$/m.exec(text)?.[1] ?? '';
      const reset = await configuration(fixture.repository);
      assert.ok(reset.every((row) => !row.includes('ours') && !row.includes(SHUNNED) && !row.includes('photo')));
      assert.deepEqual(await fixture.query('SELECT login FROM user ORDER BY login'), [
        "'alice'", "'anonymous'", "'developer'", "'nobody'", "'reader'",
      ]); // prettier-ignore
      await fixture.inCheckout(['config', 'import', backup]);
      assert.deepEqual(await configuration(fixture.repository), before);
    });

    it('refuses an area that is none, and a file that is something else', async () => {
      const area = await fixture.line.run(['config', 'export', 'nonsense', 'x', '-R', other]);
      assert.match(area.complaints, /no configuration area "nonsense".*subscriber/);
      await fs.writeFile(fixture.line.path('junk'), 'hello\n');
      const junk = await fixture.line.run(['config', 'import', 'junk', '-R', other]);
      assert.match(junk.complaints, /holds no configuration/);
      await fs.writeFile(fixture.line.path('cut'), "# x\nconfig /config 500\n1 'project-name' value 'cut'");
      const before = await configuration(other);
      const cut = await fixture.line.run(['config', 'import', 'cut', '-R', other]);
      assert.match(cut.complaints, /cut off/);
      assert.deepEqual(await configuration(other), before);
    });

    it('pushes, pulls and overwrites every area as fossil does', async () => {
      // The same two repositories for both programs: one that is served, one that talks to it.
      const paths = (who: string): Record<'served' | 'client', string> => ({
        served: fixture.line.path(who, 'served.fossil'),
        client: fixture.line.path(who, 'client.fossil'),
      });
      const stamp = (mtime: number, mark: string): string =>
        `REPLACE INTO config(name,value,mtime) VALUES('project-name','${mark}',${mtime}),('css','/* ${mark} */',${mtime}),
           ('header','<${mark}>',${mtime}),('ticket-common','set ${mark} 1',${mtime}),('xfer-push-script','set ${mark} 2',${mtime}),
           ('walias:/${mark}','/y',${mtime}),('interwiki:${mark}','{"base":"https://${mark}.example/"}',${mtime});
         REPLACE INTO shun(uuid,mtime,scom) VALUES('${mark.repeat(40)}',${mtime},'${mark}');
         REPLACE INTO concealed(hash,mtime,content) VALUES('${mark}',${mtime},'${mark}@example.com');
         REPLACE INTO reportfmt(owner,title,mtime,cols,sqlcode) VALUES('alice','Mine',${mtime},'#fff ${mark}','SELECT 1');
         REPLACE INTO user(login,pw,cap,info,mtime) VALUES('eve','secret','o','${mark}',${mtime});
         INSERT INTO subscriber(semail,suname,sdonotcall,sdigest,ssub,sctime,mtime) VALUES('${mark}@example.com','${mark}',0,0,'a',1,${mtime});`;
      const state = (file: string): Promise<string[]> =>
        fixture.query(
          `SELECT 'config', name, value, mtime FROM config WHERE mtime IN (1800000000,1900000000)
           UNION ALL SELECT 'shun', uuid, scom, mtime FROM shun UNION ALL SELECT 'concealed', hash, content, mtime FROM concealed
           UNION ALL SELECT 'user', login, info, iif(login='alice',0,mtime) FROM user UNION ALL SELECT 'report', title, cols, mtime FROM reportfmt WHERE title='Mine'
           UNION ALL SELECT 'subscriber', semail, ssub, mtime FROM subscriber ORDER BY 1, 2`,
          file,
        );
      const made = { served: other, client: fixture.line.path('made.fossil') };
      await fs.copyFile(other, made.client);
      for (const [file, mtime, mark] of [
        [made.served, 1_800_000_000, 'b'],
        [made.client, 1_900_000_000, 'a'],
      ] as const) {
        await fixture.fossil(['user', 'password', 'alice', 'pw', '-R', file]);
        await fixture.query(SUBSCRIBER_TABLE + stamp(mtime, mark), file);
      }
      const seen: Record<string, string[][]> = {};
      for (const who of ['ours', 'theirs']) {
        const { served, client } = paths(who);
        await fs.mkdir(path.dirname(served));
        await fs.copyFile(made.served, served);
        await fs.copyFile(made.client, client);
        const server = await startFossilServer(served);
        const url = server.url.replace('://', '://alice:pw@');
        const states: string[][] = [];
        try {
          for (const area of CONFIG_AREAS) {
            for (const verb of [['push'], ['pull'], ['pull', '--overwrite']]) {
              const [method = '', ...more] = verb;
              const command = ['config', method, area, url, '-R', client, ...more];
              if (who === 'ours') await fixture.line.succeed(command);
              else await fixture.fossil(command);
              states.push([`${verb.join(' ')} ${area}`, ...(await state(method === 'push' ? served : client))]);
            }
          }
        } finally {
          await server.stop();
        }
        seen[who] = states;
      }
      for (const [index, ours] of (seen['ours'] ?? []).entries()) assert.deepEqual(ours, seen['theirs']?.[index]);
      // What was younger has gone there, and what only the server had has come.
      const last = seen['ours']?.at(-1)?.join('\n') ?? '';
      assert.match(last, /'css','\/\* a/);
      assert.match(last, /'subscriber','a@example\.com'.*\n.*'subscriber','b@example\.com'/);
    });

    it('pulls from fossil server and pushes to it, with the password of an administrator', async () => {
      await fixture.fossil(['user', 'password', 'alice', 'alicepw', '-R', fixture.repository]);
      const served = fixture.line.path('served', 'project.fossil');
      await fs.mkdir(path.dirname(served));
      await fs.copyFile(fixture.repository, served);
      await fixture.fossilInCheckout('configuration', 'reset', 'all');
      await fixture.fossilInCheckout('user', 'password', 'alice', 'alicepw');
      const server = await startFossilServer(served);
      try {
        const url = server.url.replace('://', '://alice@');
        const pull = ['config', 'pull', 'all', url, '--password-stdin'];
        await fixture.inCheckout(pull, ['alicepw']);
        const rows = await configuration(fixture.repository);
        assert.ok(rows.some((row) => row.includes("It''s ours")) && rows.some((row) => row.includes(SHUNNED)));
        await fixture.inCheckout(['settings', 'ignore-glob', '*.pushed']);
        await fixture.inCheckout(['config', 'push', 'project', url, '--password-stdin'], ['alicepw']);
        assert.deepEqual(await fixture.query("SELECT value FROM config WHERE name='ignore-glob'", served), [
          "'*.pushed'",
        ]);
        const push = (address: string, input: string[]): Promise<Ending> =>
          fixture.line.run(['config', 'push', 'project', address, '-R', fixture.repository], { input });
        const refused = await push(server.url, []);
        assert.equal(refused.exitCode, 1);
        const host = server.url.split('/')[2] ?? '';
        assert.equal(
          refused.complaints,
          `${host} does not let anonymous visitors push configuration to it. Give a user name and a password.\n`,
        );
        await fixture.fossil(['user', 'new', 'carol', '', 'carolpw', '-R', served]);
        await fixture.fossil(['user', 'capabilities', 'carol', 'i', '-R', served]);
        const lesser = await push(server.url.replace('://', '://carol@'), ['carolpw']);
        assert.equal(
          lesser.complaints,
          `${host} does not let user "carol" push configuration to it. Ask its administrator for the capability Admin (a).\n`,
        );
      } finally {
        await server.stop();
      }
    });
  });
}

/** The cards of an export, in order of their bytes: what stands above them names the program and the time. */
async function cardsOf(file: string): Promise<string[]> {
  return cardLines(await fs.readFile(file, 'latin1'));
}

function cardLines(text: string): string[] {
  return text
    .split(/^(?=config \/)/m)
    .filter((card) => card.startsWith('config '))
    .sort();
}
