import assert from 'node:assert/strict';
import type { Rid } from '../../../src/engine/identifiers';
import { Repository } from '../../../src/engine/repository/repository';
import { type TimelineCursor, timelinePage } from '../../../src/engine/repository/timeline';
import type { TimelineFilter } from '../../../src/engine/repository/timeline-filter';
import { findNamed } from '../../../src/engine/repository/version-names';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { makeHistory } from './history';

for (const driver of drivers) {
  describe(`the timeline with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let repository: Repository;

    before(async () => {
      fixture = await FossilFixture.create(driver);
      const root = await makeHistory(fixture);
      await fixture.write(root, { 'page.txt': 'A page\n' });
      await fixture.fossil(root, 'wiki', 'create', 'Some Page', 'page.txt');
      // Three moments for all events: order and pages must not depend on time alone.
      await fixture.fossil(
        fixture.directory,
        ...['sql', '-R', fixture.repository, 'UPDATE event SET mtime=2459000.5+round(objid%3)/7 WHERE objid%7'],
      );
      repository = Repository.open(fixture.environment, fixture.repository, { mode: 'read' });
    });
    after(async () => {
      repository.close();
      await fixture.remove();
    });

    const inPages = (filter: TimelineFilter, limit: number): Rid[] => {
      const seen: Rid[] = [];
      let after: TimelineCursor | undefined;
      do {
        const page = timelinePage(repository, filter, { limit, ...(after === undefined ? {} : { after }) });
        assert.ok(page.entries.length <= limit);
        assert.equal(page.entries.length === limit || page.next === undefined, true, 'only the last page is short');
        seen.push(...page.entries.map(({ rid }) => rid));
        after = page.next;
      } while (after !== undefined);
      return seen;
    };
    const where = (condition: string): Rid[] =>
      repository.db
        .prepare(`SELECT objid AS rid FROM event WHERE ${condition} ORDER BY mtime DESC, objid DESC`)
        .all<{ rid: Rid }>()
        .map(({ rid }) => rid);
    const named = (name: string): Rid => {
      const rid = findNamed(repository, name, { type: 'ci' });
      assert.ok(rid !== undefined, name);
      return rid;
    };

    it('is paged through without a gap or a repeat at every page size, though many events share a moment', () => {
      const all = where('1');
      assert.ok(all.length > 15);
      for (let limit = 1; limit <= all.length + 1; limit++)
        assert.deepEqual(inPages({}, limit), all, `pages of ${limit}`);
    });

    it('is paged through by every filter as by none', () => {
      const filters: readonly TimelineFilter[] = [
        { types: ['ci'] },
        { branch: 'trunk' },
        { user: 'alice' },
        { path: 'a.txt' },
        { lineage: { of: named('trunk'), direction: 'ancestors' } },
      ];
      for (const filter of filters) {
        const whole = inPages(filter, 1000);
        assert.ok(whole.length > 1, JSON.stringify(filter));
        for (const limit of [1, 2, 3, 5]) assert.deepEqual(inPages(filter, limit), whole, JSON.stringify(filter));
      }
    });

    it('is filtered by type, user, tag, time, path and lineage', () => {
      const trunk = named('trunk');
      const middle = repository.db
        .prepare('SELECT mtime FROM event WHERE objid=?')
        .get<{ mtime: number }>(trunk)?.mtime;
      const edge = (from: string, to: string, start: Rid): string =>
        `objid IN (WITH RECURSIVE line(rid) AS (SELECT ${start} UNION SELECT ${to} FROM plink JOIN line ON ${from}=rid) SELECT rid FROM line)`;
      const cases: readonly [TimelineFilter, string][] = [
        [{ types: ['w', 'g'] }, "type IN ('w','g')"],
        [{ user: 'bob' }, "coalesce(euser,user)='bob'"],
        [
          { tag: 'campaign' },
          "objid IN (SELECT rid FROM tagxref JOIN tag USING(tagid) WHERE tagname='sym-campaign' AND tagtype>0)",
        ],
        [{ until: middle as never }, `mtime<=${middle}`],
        [{ since: middle as never, types: ['ci'] }, `mtime>=${middle} AND type='ci'`],
        [{ path: 'dir' }, "objid IN (SELECT mid FROM mlink JOIN filename USING(fnid) WHERE name GLOB 'dir/*')"],
        [{ path: 'dir/b.txt' }, "objid IN (SELECT mid FROM mlink JOIN filename USING(fnid) WHERE name='dir/b.txt')"],
        [{ path: 'di' }, '0'],
        [{ lineage: { of: named('root:trunk'), direction: 'descendants' } }, edge('pid', 'cid', named('root:trunk'))],
        [{ lineage: { of: named('feature'), direction: 'ancestors' } }, edge('cid', 'pid', named('feature'))],
      ];
      for (const [filter, condition] of cases) {
        const expected = where(condition);
        assert.equal(expected.length > 0, condition !== '0', condition);
        assert.deepEqual(inPages(filter, 4), expected, JSON.stringify(filter));
      }
    });

    it('counts the check-ins that were cherry-picked among the ancestors, but not their own ancestors', () => {
      const picked = repository.db
        .prepare('SELECT parentid AS picked, childid AS child FROM cherrypick')
        .get<{ picked: Rid; child: Rid }>();
      assert.ok(picked !== undefined);
      const above = inPages({ lineage: { of: picked.child, direction: 'ancestors' } }, 100);
      assert.ok(above.includes(picked.picked));
      const own = repository.db.prepare('SELECT pid FROM plink WHERE cid=?').get<{ pid: Rid }>(picked.picked)?.pid;
      assert.ok(own !== undefined && !above.includes(own));
    });
  });
}
