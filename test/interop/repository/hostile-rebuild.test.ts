import assert from 'node:assert/strict';
import { hasCode } from '../../../src/engine/errors';
import type { Interaction } from '../../../src/engine/operations/interaction';
import { rebuildRepository } from '../../../src/engine/operations/rebuild';
import { derivedTables } from '../../support/derived-tables';
import { drivers } from '../checkout/fossil-fixture';
import { XferFixture } from '../xfer/xfer-fixture';
import { HOSTILE_REPOSITORIES } from './hostile-repositories';

for (const driver of drivers) {
  describe(`rebuild of a hostile repository with the ${driver} driver`, function () {
    this.timeout(120_000);
    let fixture: XferFixture;
    let path: string;
    beforeEach(async () => {
      fixture = await XferFixture.create(driver);
      await fixture.newRepository('hostile.fossil');
      path = fixture.path('hostile.fossil');
    });
    afterEach(() => fixture.remove());

    const rows = 'SELECT type, comment FROM event; SELECT count(*) FROM plink; SELECT count(*) FROM filename;';

    for (const { name, sql } of HOSTILE_REPOSITORIES) {
      it(`gives up on ${name} and changes nothing; with force it leaves out what is damaged alone`, async () => {
        const healthy = await fixture.sandbox.sql(path, rows);
        await fixture.sandbox.sql(path, sql);
        const odd = await fixture.sandbox.sql(path, 'SELECT uuid FROM blob WHERE rid>100 ORDER BY 1;');
        assert.ok(odd.length > 0);
        const before = await derivedTables(path);
        await assert.rejects(rebuildRepository(fixture.environment, { path }, PERMITTED), (error: unknown) => {
          assert.ok(hasCode(error, 'content-corrupt', 'hash-mismatch'), String(error));
          assert.ok(
            odd.some((hash) => error.message.includes(hash)),
            error.message,
          );
          return true;
        });
        assert.deepEqual(await derivedTables(path), before);
        const { rebuild } = await rebuildRepository(fixture.environment, { path, force: true }, PERMITTED);
        assert.deepEqual(rebuild?.wrong.map(({ hash }) => hash).sort(), odd);
        assert.deepEqual(await fixture.sandbox.sql(path, rows), healthy);
        assert.deepEqual(await fixture.sandbox.sql(path, 'PRAGMA integrity_check;'), ['ok']);
      });
    }

    it('has nothing against a delta that waits for what it builds on', async () => {
      await fixture.sandbox.sql(
        path,
        `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,0,-1,'${'7'.repeat(40)}',NULL),
           (102,1,30,'${'8'.repeat(40)}',compress('U'||char(10)||'U@0,0;'));
         INSERT INTO phantom VALUES(101); INSERT INTO delta VALUES(102,101);`,
      );
      const { rebuild } = await rebuildRepository(fixture.environment, { path }, PERMITTED);
      assert.deepEqual(rebuild?.wrong, []);
      assert.deepEqual(await fixture.sandbox.sql(path, 'SELECT rid FROM phantom;'), ['101']);
    });
  });
}

const PERMITTED: Interaction = {
  questions: {
    credentials: () => Promise.resolve(undefined),
    userName: () => Promise.resolve(undefined),
    allowPortableWrites: () => Promise.resolve(true),
  },
};
