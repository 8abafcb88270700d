import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import * as path from 'node:path';
import type { Hash } from '../../../src/engine/identifiers';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Repository } from '../../../src/engine/repository/repository';
import { applyReceived } from '../../../src/engine/xfer/apply-received';
import { derivedTables, type DerivedTables } from '../../support/derived-tables';
import type { ComposedArtifact, Composer } from '../../support/every-artifact/composer';
import type { Seeded } from '../../support/seeded';
import type { FossilFixture } from '../checkout/fossil-fixture';

/** Artifacts of one reply at most. */
const LARGEST_REPLY = 6;

/** Adds the check-in that every project begins with; without one, "fossil rebuild" adds artifacts of its own. @returns its name */
export function addRoot(composer: Composer): Hash {
  return composer.add({
    type: 'checkin',
    date: composer.next(),
    comment: 'initial empty check-in',
    user: 'alice',
    files: [],
    parents: [],
    cherrypicks: [],
    tags: [
      { sign: '*', name: 'branch', target: '*', value: 'trunk' },
      { sign: '*', name: 'sym-trunk', target: '*' },
    ],
  });
}

/** Lets the engine receive artifacts into a new repository, in replies of a few. @returns its file */
export async function receive(
  fixture: FossilFixture,
  artifacts: readonly ComposedArtifact[],
  seeded: Seeded,
): Promise<string> {
  const file = path.join(await mkdtemp(path.join(fixture.directory, 'received-')), 'project.fossil');
  createRepository(fixture.environment, file, { adminUser: 'alice', withInitialCheckin: false }).close();
  await receiveMore(fixture, file, artifacts, seeded);
  return file;
}

/** Lets the engine receive more into a repository that {@link receive} has made. */
export async function receiveMore(
  fixture: FossilFixture,
  file: string,
  artifacts: readonly ComposedArtifact[],
  seeded: Seeded,
): Promise<void> {
  const repository = Repository.open(fixture.environment, file, { allowPortableWrites: true });
  try {
    for (let start = 0; start < artifacts.length;) {
      const end = start + 1 + seeded.below(LARGEST_REPLY);
      const reply = artifacts.slice(start, end);
      await applyReceived(
        repository,
        reply.map(({ hash, bytes, isPrivate }) => ({ hash, payload: bytes, isPrivate })),
        {},
      );
      start = end;
    }
    repository.db.persist();
  } finally {
    repository.close();
  }
}

/** The tables as the engine has derived them, after a check that "fossil rebuild" makes the same of the file. */
export async function tablesAsRebuilt(
  fixture: FossilFixture,
  file: string,
  compared: (tables: DerivedTables) => unknown = (tables) => tables,
): Promise<DerivedTables> {
  const ours = await derivedTables(file);
  await fixture.fossil(fixture.directory, 'rebuild', file);
  assert.deepEqual(compared(ours), compared(await derivedTables(file)));
  return ours;
}

/** The same artifacts in another order. */
export function shuffled<T>(items: readonly T[], seeded: Seeded): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(seeded.below(left.length), 1));
}
