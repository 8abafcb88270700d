import assert from 'node:assert/strict';
import { formatArtifact } from '../../../src/engine/artifact/format';
import type { TagCard } from '../../../src/engine/artifact/types';
import { CrosslinkSession } from '../../../src/engine/repository/crosslink-session';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { removePrivate } from '../../../src/engine/repository/private';
import { receiveArtifact } from '../../../src/engine/repository/receive';
import { derivedTables } from '../../support/derived-tables';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from '../cli/command-line';

for (const driver of drivers) {
  describe(`private artifacts with the ${driver} driver`, () => {
    let original: FossilFixture;
    let fixture: FossilFixture;
    let line: CommandLine;
    before(async () => {
      original = await FossilFixture.create(driver);
      const root = await original.fossilOpen();
      const text = (count: number): string => 'a line of a file that is long enough\n'.repeat(count);
      await original.fossilCommit(root, 'public', { 'a.txt': text(20), 'b.txt': 'b\n' });
      await original.fossilCommit(root, 'hidden one', { 'a.txt': text(21) }, '--branch', 'secret', '--private');
      await original.fossilCommit(root, 'hidden two', { 'a.txt': text(22), 'c.txt': 'c\n' });
      await original.fossil(root, 'tag', 'add', 'mark', 'current');
      await original.query(
        original.repository,
        "INSERT OR IGNORE INTO private SELECT objid FROM event WHERE type='g'; DELETE FROM unsent; DELETE FROM unclustered",
      );
    });
    beforeEach(async () => {
      fixture = await original.twin();
      line = await CommandLine.create(driver);
    });
    afterEach(async () => {
      await line.remove();
      await fixture.remove();
    });
    after(() => original.remove());

    const publicity = `SELECT 'private', uuid FROM private JOIN blob USING(rid) UNION ALL SELECT 'unsent', uuid FROM unsent JOIN blob USING(rid)
      UNION ALL SELECT 'unclustered', uuid FROM unclustered JOIN blob USING(rid) ORDER BY 1, 2`;

    for (const args of [['secret'], ['tip'], ['tip', '--only'], ['secret', '--only'], ['trunk']]) {
      it(`publishes with "${args.join(' ')}" what fossil publishes`, async () => {
        const twin = await fixture.twin();
        await twin.fossil(twin.directory, 'publish', ...args, '-R', twin.repository);
        const text = await line.succeed(['publish', ...args, '-R', fixture.repository]);
        const ours = await fixture.query(fixture.repository, publicity);
        assert.deepEqual(ours, await twin.query(twin.repository, publicity));
        const published = ours.filter((row) => row.startsWith("'unsent'")).length;
        assert.match(text, new RegExp(`^Published ${published} artifacts?\\.`));
        assert.ok(published > 0);
        await twin.remove();
      });
    }

    it('lists private check-ins, and everything private', async () => {
      const listing = await line.succeed(['unpublished', '-R', fixture.repository]);
      assert.deepEqual(
        listing
          .trim()
          .split('\n')
          .map((row) => row.slice(11))
          .sort(),
        ['hidden one', 'hidden two'],
      );
      const all = await line.succeed(['unpublished', '--all', '-R', fixture.repository]);
      const [count] = await fixture.query(fixture.repository, 'SELECT count(*) FROM private');
      const rows = all.trim().split('\n');
      assert.equal(String(rows.length), count);
      const theirs = await fixture.fossil(fixture.directory, 'unpublished', '--all', '-R', fixture.repository);
      const files = (text: string): string[] => (text.match(/ file \S+/g) ?? []).sort();
      assert.ok(files(theirs).length > 0);
      assert.deepEqual(files(all), files(theirs));
    });

    it('are removed for good, what was stored as a delta of them kept', async () => {
      fixture.inTransaction((repository) => {
        const ridOf = (lines: number): Rid =>
          repository.db.prepare('SELECT rid FROM blob WHERE size=?').get<{ rid: Rid }>(37 * lines)?.rid ?? (0 as Rid);
        const { db, blobs } = repository;
        db.prepare('DELETE FROM private WHERE rid=?').run(ridOf(21));
        assert.ok(blobs.deltify(ridOf(20), [ridOf(21)], { force: true }) !== 0);
        db.prepare('INSERT INTO private VALUES(?)').run(ridOf(21));
        assert.deepEqual(blobs.deltasOf(ridOf(21)), [ridOf(20)]);
      });
      const twin = await fixture.twin();
      await twin.fossil(twin.directory, 'scrub', '--private', '--force', twin.repository);
      assert.ok(fixture.inTransaction(removePrivate) >= 5);
      await fixture.fossil(fixture.directory, 'rebuild', fixture.repository);
      const artifacts = 'SELECT uuid, size FROM blob ORDER BY uuid';
      assert.deepEqual(
        await fixture.query(fixture.repository, artifacts),
        await twin.query(twin.repository, artifacts),
      );
      assert.deepEqual(await derivedTables(fixture.repository), await derivedTables(twin.repository));
      await fixture.fossil(fixture.directory, 'test-integrity', '-R', fixture.repository);
      await twin.remove();
    });

    for (const option of ['--private', '--verily', '']) {
      it(`are scrubbed as by fossil scrub ${option}`, async () => {
        await fixture.fossil(fixture.directory, 'remote', 'http://example.com/x', '-R', fixture.repository);
        await fixture.query(fixture.repository, "INSERT INTO concealed VALUES('c0ffee',1,'a@example.com')");
        const twin = await fixture.twin();
        const options = option === '' ? [] : [option];
        await twin.fossil(twin.directory, 'scrub', ...options, '--force', twin.repository);
        const asked = await line.run(['scrub', ...options, fixture.repository], { input: ['n'] });
        assert.equal(asked.exitCode, 1);
        await line.succeed(['scrub', ...options, '--force', fixture.repository]);
        const left = `SELECT uuid, size FROM blob UNION ALL SELECT login, pw||cap||info FROM user UNION ALL SELECT name, 0 FROM config
          WHERE name<>'rebuilt' UNION ALL SELECT hash, content FROM concealed UNION ALL SELECT ipaddr, 0 FROM rcvfrom ORDER BY 1, 2`;
        assert.deepEqual(await fixture.query(fixture.repository, left), await twin.query(twin.repository, left));
        assert.deepEqual(await derivedTables(fixture.repository), await derivedTables(twin.repository));
        await fixture.fossil(fixture.directory, 'test-integrity', '-R', fixture.repository);
        await twin.remove();
      });
    }

    it('are scrubbed whole where something public is damaged', async () => {
      await fixture.query(
        fixture.repository,
        `UPDATE blob SET content=x'00000006789ccb48cdc9c9e70200084b021f' WHERE uuid NOT IN (SELECT uuid FROM blob JOIN private USING(rid)) AND size=2`,
      );
      await line.succeed(['scrub', '--private', '--force', fixture.repository]);
      const left = await fixture.query(
        fixture.repository,
        `SELECT count(*) FROM private UNION ALL SELECT count(*) FROM mlink WHERE mid NOT IN (SELECT rid FROM blob)
         UNION ALL SELECT count(*) FROM event WHERE objid NOT IN (SELECT rid FROM blob)`,
      );
      assert.deepEqual(left, ['0', '0', '0']);
    });

    it('become public when somebody sends them openly, and are not sent back', async () => {
      const [quoted = ''] = await fixture.query(
        fixture.repository,
        'SELECT uuid FROM blob JOIN private USING(rid) WHERE size=2',
      );
      const hash = quoted.replaceAll("'", '') as Hash;
      fixture.inTransaction((repository) => {
        const { blobs } = repository;
        const session = new CrosslinkSession(repository, { isBulk: true });
        const payload = Uint8Array.from([0x63, 0x0a]);
        receiveArtifact(repository, session, { hash, payload, isPrivate: true });
        assert.ok(blobs.isPrivate(blobs.rid(hash) ?? (0 as Rid)));
        const rid = receiveArtifact(repository, session, { hash, payload, isPrivate: false });
        session.end();
        assert.ok(rid !== undefined && !blobs.isPrivate(rid));
        assert.ok(!blobs.unsent().includes(rid));
      });
    });

    it('stay private when they are new to the repository and arrive so', () => {
      const payload = Uint8Array.from([0x78, 0x0a]);
      const hash = fixture.environment.hash.hex('sha3-256', payload) as Hash;
      fixture.inTransaction((repository) => {
        const { blobs, db } = repository;
        const session = new CrosslinkSession(repository, { isBulk: true });
        const rid = receiveArtifact(repository, session, { hash, payload, isPrivate: true });
        assert.ok(rid !== undefined && blobs.isPrivate(rid));
        assert.equal(db.prepare('SELECT 1 FROM unclustered WHERE rid=?').get(rid), undefined);
        session.end();
      });
    });

    it('are asked for in private alone where only a private check-in names them, as after a rebuild', async () => {
      const file = 'ab'.repeat(32) as Hash;
      const { hash: hashing } = fixture.environment;
      const receiveCheckin = (comment: string, isPrivate: boolean): void =>
        fixture.inTransaction((repository) => {
          const files = [{ name: 'new.txt', hash: file, permission: 'regular' as const }];
          const content = { type: 'checkin' as const, comment, date: 1e12, files, user: 'x' };
          const payload = formatArtifact(
            { ...content, parents: [], cherrypicks: [], tags: isPrivate ? privateBranch : [] },
            hashing,
          );
          const session = new CrosslinkSession(repository, { isBulk: true });
          const hash = hashing.hex('sha3-256', payload) as Hash;
          receiveArtifact(repository, session, { hash, payload, isPrivate });
          session.end();
        });
      const isWanted = (withPrivate: boolean): boolean =>
        fixture.inTransaction(({ blobs }) => blobs.wanted({ withPrivate }).includes(file));
      receiveCheckin('hidden three', true);
      assert.deepEqual([isWanted(false), isWanted(true)], [false, true]);
      const before = await fixture.query(
        fixture.repository,
        'SELECT uuid FROM private JOIN blob USING(rid) ORDER BY 1',
      );
      await fixture.fossil(fixture.directory, 'rebuild', fixture.repository);
      assert.deepEqual(
        await fixture.query(fixture.repository, 'SELECT uuid FROM private JOIN blob USING(rid) ORDER BY 1'),
        before,
      );
      receiveCheckin('no longer hidden', false);
      assert.equal(isWanted(false), true);
    });
  });
}

const privateBranch: TagCard[] = [{ sign: '*', name: 'private', target: '*' }];
