import assert from 'node:assert/strict';
import * as path from 'node:path';
import type { Rid } from '../../../src/engine/identifiers';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { ReceivedArtifact } from '../../../src/engine/repository/receive';
import { Repository } from '../../../src/engine/repository/repository';
import { applyReceived } from '../../../src/engine/xfer/apply-received';
import { derivedTables } from '../../support/derived-tables';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { makeHistory } from './history';

/** Artifacts of one reply. */
const REPLY = 7;

for (const driver of drivers) {
  describe(`the derived tables of pulls that bring children before their parents, with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    after(() => fixture.remove());

    it('equal those of fossil rebuild', async () => {
      const root = await makeHistory(fixture);
      for (const text of ['one', 'three']) {
        await fixture.write(root, { 'last.txt': `${text}, in a delta manifest\n` });
        await fixture.fossil(root, 'commit', '-m', text, '--delta', '--no-warnings');
      }
      const newestFirst = artifactsOf(fixture, fixture.repository).reverse();
      const file = path.join(fixture.directory, 'pulled.fossil');
      const repository = createRepository(fixture.environment, file, { adminUser: 'alice', withInitialCheckin: false });
      for (let start = 0; start < newestFirst.length; start += REPLY) {
        await applyReceived(repository, newestFirst.slice(start, start + REPLY), {});
      }
      repository.db.persist();
      repository.close();
      const ours = await derivedTables(file);
      assert.equal(ours.blob.length, newestFirst.length);
      await fixture.fossil(fixture.directory, 'rebuild', file);
      assert.deepEqual(ours, await derivedTables(file));
    });
  });
}

/** Every artifact in full, in the order of its rid. */
function artifactsOf(fixture: FossilFixture, file: string): ReceivedArtifact[] {
  const repository = Repository.open(fixture.environment, file, { mode: 'read' });
  const artifacts: ReceivedArtifact[] = [];
  for (let rid = 1 as Rid; rid <= repository.blobs.highestRid(); rid++) {
    const content = repository.blobs.contentIfHere(rid);
    if (content === undefined) continue;
    artifacts.push({ hash: repository.blobs.hash(rid), payload: content.slice(), isPrivate: false });
  }
  repository.close();
  return artifacts;
}
