import assert from 'node:assert/strict';
import { isHash, type Hash, type Rid } from '../../../src/engine/identifiers';
import { Repository } from '../../../src/engine/repository/repository';
import { updateTarget } from '../../../src/engine/repository/versions';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { hashOf, makeHistory } from './history';

for (const driver of drivers) {
  describe(`where an update goes without a version, with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    after(() => fixture.remove());

    it('is where fossil update goes, from every check-in of a history with branches, merges and a closed leaf', async () => {
      const root = await makeHistory(fixture);
      const expected = new Map<Hash, string>();
      for (const checkin of checkinsOf(fixture)) {
        await fixture.fossil(root, 'update', checkin);
        await fixture.fossil(root, 'update');
        expected.set(checkin, await hashOf(fixture, root, 'current'));
      }
      assert.ok(new Set(expected.values()).size > 1);
      const repository = Repository.open(fixture.environment, fixture.repository, { mode: 'read' });
      for (const [checkin, target] of expected) {
        const rid = repository.blobs.rid(checkin);
        assert.ok(rid !== undefined);
        assert.equal(repository.blobs.hash(updateTarget(repository, rid)).slice(0, 40), target, `from ${checkin}`);
      }
      repository.close();
    });
  });
}

function checkinsOf(fixture: FossilFixture): Hash[] {
  const repository = Repository.open(fixture.environment, fixture.repository, { mode: 'read' });
  const rows = repository.db.prepare("SELECT objid AS rid FROM event WHERE type='ci'").all<{ rid: Rid }>();
  const hashes = rows.map(({ rid }) => repository.blobs.hash(rid)).filter(isHash);
  repository.close();
  return hashes;
}
