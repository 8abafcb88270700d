import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { initRepository } from '../../../src/engine/operations/init';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Repository } from '../../../src/engine/repository/repository';
import { EngineError } from '../../../src/engine/errors';
import { derivedTables, fossilSql } from '../../support/derived-tables';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';

for (const driver of drivers) {
  describe(`a new repository with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let file: string;
    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      file = path.join(fixture.directory, 'made.fossil');
    });
    afterEach(() => fixture.remove());

    it('is one that fossil finds whole, and its derived tables are those of a rebuild', async () => {
      await initRepository(fixture.environment, { path: file, user: 'alice', projectName: 'Made here' });
      await fixture.fossil(fixture.directory, 'test-integrity', '-R', file);
      const before = await derivedTables(file);
      assert.equal(before.event.length, 1);
      assert.equal(before.leaf.length, 1);
      await fixture.fossil(fixture.directory, 'rebuild', file);
      assert.deepEqual(await derivedTables(file), before);
    });

    it('has the tables, indexes and users that fossil new makes', async () => {
      await initRepository(fixture.environment, { path: file, user: 'alice' });
      const schema =
        "SELECT type, name, tbl_name FROM repository.sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1,2";
      assert.deepEqual(await fossilSql(file, schema), await fossilSql(fixture.repository, schema));
      const columns = `SELECT s.name, c.name, c.type, c.pk FROM repository.sqlite_schema s, pragma_table_info(s.name) c
        WHERE s.type='table' AND s.name NOT LIKE 'sqlite_%' ORDER BY 1, c.cid`;
      assert.deepEqual(await fossilSql(file, columns), await fossilSql(fixture.repository, columns));
      const users = 'SELECT login, cap, info FROM user ORDER BY uid';
      assert.deepEqual(await fossilSql(file, users), await fossilSql(fixture.repository, users));
    });

    it('takes a commit of fossil', async () => {
      await initRepository(fixture.environment, { path: file, user: 'alice' });
      const root = path.join(fixture.directory, 'checkout');
      await fs.mkdir(root);
      await fixture.fossil(root, 'open', file);
      await fixture.fossilCommit(root, 'a first file', { 'a.txt': 'a\n' });
      const repository = Repository.open(fixture.environment, file, { mode: 'read' });
      assert.equal(repository.blobs.count(), 3);
      repository.close();
    });

    it('is made by one of two who begin at once, with what that one was told', async () => {
      const made = await Promise.allSettled(
        ['alice', 'bob'].map((user) => initRepository(fixture.environment, { path: file, user })),
      );
      const [winner, ...others] = made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      const [loser] = made.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
      assert.ok(loser instanceof EngineError && ['repository-locked', 'repository-exists'].includes(loser.code));
      assert.deepEqual(others, []);
      const told = "SELECT value, (SELECT pw FROM user WHERE uid=1) FROM config WHERE name='project-code'";
      assert.deepEqual(await fossilSql(file, told), [`'${winner?.projectCode}','${winner?.password}'`]);
      assert.deepEqual(
        await fs.readdir(fixture.directory).then((names) => names.filter((name) => /trilobite/.test(name))),
        [],
      );
    });

    it('is refused where a file stands already, and that file stays as it was', async () => {
      await fs.writeFile(file, 'precious');
      assert.throws(
        () => createRepository(fixture.environment, file, { adminUser: 'alice' }),
        (error) => error instanceof EngineError && error.code === 'repository-exists',
      );
      assert.equal(await fs.readFile(file, 'utf8'), 'precious');
    });
  });
}
