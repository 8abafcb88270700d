import assert from 'node:assert/strict';
import * as path from 'node:path';
import { EngineError } from '../../../src/engine/errors';
import type { Rid } from '../../../src/engine/identifiers';
import { storeCloned, type ClonedArtifact } from '../../../src/engine/repository/clone-store';
import { verifyAndCrosslinkClone } from '../../../src/engine/repository/clone-verification';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Repository } from '../../../src/engine/repository/repository';
import { derivedTables } from '../../support/derived-tables';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { makeHistory } from './history';

/** Everything a server would send of a repository, in the order of its rids. */
function artifactsOf(fixture: FossilFixture, file: string): ClonedArtifact[] {
  const repository = Repository.open(fixture.environment, file, { mode: 'read' });
  const artifacts: ClonedArtifact[] = [];
  for (const { rid } of repository.db.prepare('SELECT rid FROM blob ORDER BY rid').all<{ rid: Rid }>()) {
    const stored = repository.blobs.stored(rid);
    if (stored === undefined) continue;
    const { hash, size, container, source } = stored;
    artifacts.push({ hash, size, container, ...(source === undefined ? {} : { deltaSource: source.hash }) });
  }
  repository.close();
  return artifacts;
}

/** A clone in an environment whose clock leaps: a slice of the crosslinking then holds a few steps. */
async function cloneFrom(fixture: FossilFixture, artifacts: ClonedArtifact[], file: string): Promise<void> {
  const { clock } = fixture.environment;
  let leaps = 0;
  const leapingClock = { ...clock, now: () => clock.now() + 25 * leaps++ };
  const repository = createRepository({ ...fixture.environment, clock: leapingClock }, file, {
    adminUser: 'alice',
    withInitialCheckin: false,
    isPrivate: true,
  });
  try {
    repository.transaction(() => storeCloned(repository, artifacts));
    await verifyAndCrosslinkClone(repository, {});
  } finally {
    repository.close();
  }
}

for (const driver of drivers) {
  describe(`the derived tables of a clone with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    after(() => fixture.remove());

    it('equal those of fossil rebuild for branches, merges, cherry-picks, renames, tags and edits', async () => {
      await makeHistory(fixture);
      const file = path.join(fixture.directory, 'clone.fossil');
      await cloneFrom(fixture, artifactsOf(fixture, fixture.repository), file);
      const ours = await derivedTables(file);
      for (const table of ['event', 'plink', 'mlink', 'tagxref', 'leaf', 'cherrypick', 'filename'] as const) {
        assert.ok(ours[table].length > 0, `the history has no ${table} rows to compare`);
      }
      await fixture.fossil(fixture.directory, 'rebuild', file);
      assert.deepEqual(ours, await derivedTables(file));
    });

    it('are never made when one byte of one artifact is wrong: the error names it', async () => {
      const artifacts = artifactsOf(fixture, fixture.repository);
      const victim = artifacts.find((artifact) => artifact.deltaSource === undefined && artifact.size > 100);
      assert.ok(victim);
      const content = fixture.environment.zlib.inflate(victim.container.subarray(4), victim.size);
      content[50] = (content[50] ?? 0) ^ 1;
      const forged = fixture.environment.zlib.deflate(content);
      victim.container = Uint8Array.from([...victim.container.subarray(0, 4), ...forged]);
      await assert.rejects(
        cloneFrom(fixture, artifacts, path.join(fixture.directory, 'forged.fossil')),
        (error) =>
          error instanceof EngineError && error.code === 'hash-mismatch' && error.message.includes(victim.hash),
      );
    });

    it('leave out a delta whose source never came, and it stays a phantom', async () => {
      const artifacts = artifactsOf(fixture, fixture.repository);
      const orphan = artifacts.find((artifact) => artifact.deltaSource !== undefined);
      assert.ok(orphan, 'the history has no delta');
      const file = path.join(fixture.directory, 'dangling.fossil');
      await cloneFrom(
        fixture,
        artifacts.filter((artifact) => artifact.hash !== orphan.deltaSource),
        file,
      );
      const { phantom } = await derivedTables(file);
      assert.ok(phantom.includes(JSON.stringify([orphan.hash])));
      await fixture.fossil(fixture.directory, 'test-integrity', '-R', file);
    });
  });
}
