import assert from 'node:assert/strict';
import * as path from 'node:path';
import { nameOf } from '../../../src/engine/codec/artifact-name';
import { createDelta } from '../../../src/engine/codec/delta-create';
import type { Hash, Rid } from '../../../src/engine/identifiers';
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
        await fixture.fossil(root, 'commit', '--hash', '-m', text, '--delta', '--no-warnings');
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

for (const driver of drivers) {
  describe(`a delta whose source comes later, with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let repository: Repository;
    const source = new TextEncoder().encode('the source of a delta, long enough to be one\n'.repeat(4));
    const target = Uint8Array.from([...source, 33]);
    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      repository = createRepository(fixture.environment, path.join(fixture.directory, 'pulled.fossil'), {
        adminUser: 'alice',
      });
    });
    afterEach(async () => {
      repository.close();
      await fixture.remove();
    });

    const nameOfBytes = (bytes: Uint8Array): Hash => nameOf(fixture.environment.hash, bytes, 'sha3-256');
    const arrive = (hash: Hash, payload: Uint8Array, deltaSource?: Hash): Promise<unknown> =>
      applyReceived(repository, [{ hash, payload, isPrivate: false, ...(deltaSource && { deltaSource }) }], {});

    it('is read once the source is there', async () => {
      await arrive(nameOfBytes(target), createDelta(source, target), nameOfBytes(source));
      assert.deepEqual(repository.blobs.wanted(), [nameOfBytes(source)]);
      await arrive(nameOfBytes(source), source);
      const rid = repository.blobs.rid(nameOfBytes(target));
      assert.ok(rid !== undefined);
      assert.deepEqual(repository.blobs.content(rid), target);
      assert.deepEqual(repository.blobs.wanted(), []);
    });

    it('is asked for anew when it turns out wrong, and the source is kept', async () => {
      const wrong = Uint8Array.from([...source, 63]);
      await arrive(nameOfBytes(target), createDelta(source, wrong), nameOfBytes(source));
      await arrive(nameOfBytes(source), source);
      const rid = repository.blobs.rid(nameOfBytes(source));
      assert.ok(rid !== undefined);
      assert.deepEqual(repository.blobs.content(rid), source);
      assert.deepEqual(repository.blobs.wanted(), [nameOfBytes(target)]);
      repository.db.persist();
      await fixture.fossil(fixture.directory, 'test-integrity', '--quiet', '-R', repository.path);
      await arrive(nameOfBytes(target), target);
      assert.deepEqual(repository.blobs.wanted(), []);
    });
  });
}

/** Every artifact in full, in the order of its rid. */
function artifactsOf(fixture: FossilFixture, file: string): ReceivedArtifact[] {
  const repository = Repository.open(fixture.environment, file, { mode: 'read' });
  const artifacts: ReceivedArtifact[] = [];
  for (const { rid } of repository.db.prepare('SELECT rid FROM blob ORDER BY rid').all<{ rid: Rid }>()) {
    const content = repository.blobs.contentIfHere(rid);
    if (content === undefined) continue;
    artifacts.push({ hash: repository.blobs.hash(rid), payload: content.slice(), isPrivate: false });
  }
  repository.close();
  return artifacts;
}
