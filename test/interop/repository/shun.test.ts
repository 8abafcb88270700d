import assert from 'node:assert/strict';
import { rebuildRepository } from '../../../src/engine/operations/rebuild';
import { verifyRepository } from '../../../src/engine/operations/verify';
import type { Hash } from '../../../src/engine/identifiers';
import { acceptShunned, removeShunned, shun, shunnedArtifacts } from '../../../src/engine/repository/shun';
import { EngineError } from '../../../src/engine/errors';
import { startFossilServer } from '../../support/fossil-server';
import { derivedTables } from '../../support/derived-tables';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from '../cli/command-line';

for (const driver of drivers) {
  describe(`shunning with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let root: string;
    /** Of the second version of a.txt: stored as a delta of the third, and the first as a delta of it. */
    let hash: Hash;
    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      root = await fixture.fossilOpen();
      const lines = (count: number): string => 'a line of a file that is long enough\n'.repeat(count);
      for (const count of [20, 21, 22]) {
        await fixture.fossilCommit(root, `version ${count}`, {
          'a.txt': `${count}\n${lines(count)}`,
          'b.txt': lines(1),
        });
      }
      hash = await valueOf(`uuid FROM blob WHERE size=${3 + 21 * 37}`);
      const [chain] = await fixture.query(
        fixture.repository,
        `SELECT count(*) FROM delta WHERE rid IN (SELECT rid FROM blob WHERE uuid='${hash}') OR srcid IN (SELECT rid FROM blob WHERE uuid='${hash}')`,
      );
      assert.equal(chain, '2');
    });
    afterEach(() => fixture.remove());

    async function valueOf(sql: string): Promise<Hash> {
      const [quoted = ''] = await fixture.query(fixture.repository, `SELECT ${sql}`);
      return quoted.replaceAll("'", '') as Hash;
    }

    it('lists, and takes from the list, what fossil keeps in the same table', () => {
      fixture.inTransaction((repository) => {
        shun(repository, [hash.toUpperCase(), '34'.repeat(20)]);
        shun(repository, [hash]);
        const listed = shunnedArtifacts(repository);
        assert.deepEqual(
          listed.map(({ hash: name, isStored }) => [name, isStored]),
          [
            ['34'.repeat(20), false],
            [hash, true],
          ].sort(),
        );
        assert.ok(Math.abs((listed[0]?.time ?? 0) - Date.now() / 1000) < 600);
        acceptShunned(repository, ['34'.repeat(20)]);
        assert.deepEqual(
          shunnedArtifacts(repository).map((artifact) => artifact.hash),
          [hash],
        );
        for (const wrong of [() => shun(repository, ['1234']), () => acceptShunned(repository, ['56'.repeat(20)])])
          assert.throws(wrong, EngineError);
      });
    });

    it('removes the content and keeps what was stored as a delta of it', async () => {
      const twin = await fixture.twin();
      fixture.inTransaction((repository) => {
        shun(repository, [hash]);
        assert.equal(removeShunned(repository), 1);
        assert.equal(repository.blobs.rid(hash), undefined);
        assert.equal(removeShunned(repository), 0);
      });
      await fixture.fossil(fixture.directory, 'test-integrity', '-R', fixture.repository);
      await twin.query(twin.repository, `INSERT INTO shun VALUES('${hash}',1,NULL)`);
      await twin.fossil(twin.directory, 'rebuild', twin.repository);
      await fixture.fossil(fixture.directory, 'rebuild', fixture.repository);
      const contents = (file: string): Promise<string[]> =>
        fixture.query(file, 'SELECT uuid, size FROM blob ORDER BY uuid');
      assert.deepEqual(await contents(fixture.repository), await contents(twin.repository));
      assert.deepEqual(await derivedTables(fixture.repository), await derivedTables(twin.repository));
      await twin.remove();
    });

    it('leaves the tables of fossil rebuild when a check-in that others descend from, or that is tagged, is shunned', async () => {
      await fixture.fossil(root, 'tag', 'add', 'marked', 'prev');
      for (const sql of [
        'uuid FROM blob WHERE rid=(SELECT max(pid) FROM plink)',
        'uuid FROM blob WHERE rid=(SELECT min(pid) FROM plink)',
      ]) {
        const checkin = await valueOf(sql);
        const twin = await fixture.twin();
        await twin.query(twin.repository, `INSERT INTO shun VALUES('${checkin}',1,NULL)`);
        const ours = await fixture.twin();
        await ours.query(ours.repository, `INSERT INTO shun VALUES('${checkin}',1,NULL)`);
        await twin.fossil(twin.directory, 'rebuild', twin.repository);
        const questions = {
          credentials: () => Promise.resolve(undefined),
          userName: () => Promise.resolve(undefined),
          allowPortableWrites: () => Promise.resolve(true),
        };
        await rebuildRepository(ours.environment, { path: ours.repository, user: 'alice' }, { questions });
        assert.deepEqual(await derivedTables(ours.repository), await derivedTables(twin.repository));
        await ours.remove();
        await twin.remove();
      }
    });

    it('leaves nothing that verify would find wrong after a rebuild', async () => {
      fixture.inTransaction((repository) => {
        shun(repository, [hash]);
        removeShunned(repository);
      });
      await fixture.fossil(fixture.directory, 'rebuild', fixture.repository);
      const questions = {
        credentials: () => Promise.resolve(undefined),
        userName: () => Promise.resolve(undefined),
        allowPortableWrites: () => Promise.resolve(false),
      };
      assert.deepEqual((await verifyRepository(fixture.environment, fixture.repository, { questions })).findings, []);
    });

    it('does not take back what is shunned when it syncs, until it is accepted again', async () => {
      const line = await CommandLine.create(driver);
      const server = await startFossilServer(fixture.repository);
      try {
        await line.succeed(['clone', server.url, 'clone.fossil']);
        const file = line.path('clone.fossil');
        assert.match(
          await line.succeed(['shun', 'add', hash, '-R', file]),
          /1 artifact shunned\. Run "trilobite rebuild"/,
        );
        assert.match(await line.succeed(['rebuild', file]), /Removed 1 shunned artifact/);
        await line.succeed(['pull', '-R', file]);
        assert.deepEqual(await fixture.query(file, `SELECT count(*) FROM blob WHERE uuid='${hash}'`), ['0']);
        assert.match(await line.succeed(['shun', 'ls', '-R', file]), new RegExp(`^${hash}$`, 'm'));
        assert.equal(
          await line.succeed(['shun', 'remove', hash.toUpperCase(), '-R', file]),
          '1 artifact accepted. Run "trilobite rebuild", then sync, to have back what was removed.\n',
        );
        await line.succeed(['rebuild', file]);
        await line.succeed(['pull', '-R', file]);
        assert.deepEqual(await fixture.query(file, `SELECT size FROM blob WHERE uuid='${hash}'`), [
          String(3 + 21 * 37),
        ]);
        await line.succeed(['shun', 'add', hash, '-R', file]);
        assert.equal(await line.succeed(['shun', 'remove', hash, '-R', file]), '1 artifact accepted.\n');
      } finally {
        await server.stop();
        await line.remove();
      }
    });
  });
}
