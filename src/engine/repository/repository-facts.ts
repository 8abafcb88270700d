import type { Rid } from '../identifiers';
import type { NeighbourDifferences } from './checkin-neighbours';
import type { Repository } from './repository';
import type { ArtifactHeader } from './verify-task';
import { verifyArtifacts, type VerifyObserver, type VerifyTotals } from './verify';

/** What reading every artifact of a repository has told about what they say. */
export interface RepositoryFacts extends VerifyTotals {
  /** The structural artifacts. */
  headers: ReadonlyMap<Rid, ArtifactHeader>;
  differences: readonly NeighbourDifferences[];
  /** Bytes of each full artifact. */
  sizes: ReadonlyMap<Rid, number>;
}

/** Reads, verifies and parses every artifact that has content, in workers. @throws EngineError `cancelled`, and what the observer throws */
export async function readFacts(
  repository: Repository,
  observer: Pick<VerifyObserver, 'signal' | 'onVerified' | 'onWrong'>,
): Promise<RepositoryFacts> {
  const headers = new Map<Rid, ArtifactHeader>();
  const sizes = new Map<Rid, number>();
  const differences: NeighbourDifferences[] = [];
  const totals = await verifyArtifacts(repository, {
    ...observer,
    onStructural: (rid, header) => headers.set(rid, header),
    onSize: (rid, size) => sizes.set(rid, size),
    onDifferences: (found) => differences.push(...found),
  });
  return { ...totals, headers, differences, sizes };
}

/** A server may announce the compressed size of an artifact; the true one is known now. In the caller's transaction. */
export function correctSizes({ db }: Repository, sizes: RepositoryFacts['sizes']): void {
  const update = db.prepare('UPDATE blob SET size=? WHERE rid=?');
  const announced = db.prepare('SELECT rid, size FROM blob WHERE size>=0').all<{ rid: Rid; size: number }>();
  for (const { rid, size } of announced) {
    const actual = sizes.get(rid);
    if (actual !== undefined && actual !== size) update.run(actual, rid);
  }
}
