import type { Rid } from '../identifiers';
import { CheckinHeaders } from './checkin-headers';
import { FoundDifferences } from './found-differences';
import { ArtifactHolder } from './held-artifacts';
import type { Repository } from './repository';
import type { OtherArtifact } from './verify-task';
import { verifyArtifacts, type VerifyObserver, type VerifyTotals } from './verify';

/** What reading every artifact of a repository has told about what they say. */
export interface RepositoryFacts extends VerifyTotals {
  checkins: CheckinHeaders;
  /** The structural artifacts that are no check-ins. */
  others: Map<Rid, OtherArtifact>;
  differences: FoundDifferences;
  /** Bytes of each full artifact. */
  sizes: ReadonlyMap<Rid, number>;
  /** Those that the repository tells otherwise. */
  correctedSizes: Map<Rid, number>;
}

/** Reads, verifies and parses every artifact that has content, in workers. @throws EngineError `cancelled`, and what the observer throws */
export async function readFacts(
  repository: Repository,
  observer: Pick<VerifyObserver, 'signal' | 'onVerified' | 'onWrong'>,
): Promise<RepositoryFacts> {
  const checkins = new CheckinHeaders();
  const others = new Map<Rid, OtherArtifact>();
  const holder = new ArtifactHolder();
  const sizes = new Map<Rid, number>();
  const correctedSizes = new Map<Rid, number>();
  const differences = new FoundDifferences();
  const totals = await verifyArtifacts(repository, {
    ...observer,
    onCheckins: (packed, rids) => checkins.add(packed, rids),
    onOther: (rid, artifact) => others.set(rid, holder.hold(artifact)),
    onSize: (rid, size, told) => {
      sizes.set(rid, size);
      if (size !== told) correctedSizes.set(rid, size);
    },
    onDifferences: (found) => differences.add(found),
  });
  return { ...totals, checkins, others, differences, sizes, correctedSizes };
}

/** A server may announce the compressed size of an artifact; the true one is known now. In the caller's transaction. */
export function correctSizes({ db }: Repository, { correctedSizes }: RepositoryFacts): void {
  const update = db.prepare('UPDATE blob SET size=? WHERE rid=? AND size>=0');
  for (const [rid, size] of correctedSizes) update.run(size, rid);
}
