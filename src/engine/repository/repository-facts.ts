import type { Hash, Rid } from '../identifiers';
import { CheckinHeaders } from './checkin-headers';
import { FoundDifferences } from './found-differences';
import { ArtifactHolder } from './held-artifacts';
import { NameIndex } from './name-index';
import type { Repository } from './repository';
import type { OtherArtifact } from './verify-task';
import { verifyArtifacts, type VerifyObserver, type VerifyTotals } from './verify';

/** What reading every artifact of a repository has told about what they say. */
export interface RepositoryFacts extends VerifyTotals {
  checkins: CheckinHeaders;
  /** The structural artifacts that are no check-ins. */
  others: Map<Rid, OtherArtifact>;
  differences: FoundDifferences;
  /** The names of those in `sizes`, unless some of them have been removed since. */
  names: NameIndex | undefined;
  /** Bytes of each full artifact. */
  sizes: Map<Rid, number>;
  /** Those that the repository tells otherwise. */
  correctedSizes: Map<Rid, number>;
}

/** Reads, verifies and parses every artifact that has content, in workers. @throws EngineError `cancelled`, and what the observer throws */
export async function readFacts(
  repository: Repository,
  observer: Pick<VerifyObserver, 'signal' | 'onVerified' | 'onWrong'>,
  onRead?: (rid: Rid, hash: Hash) => void,
): Promise<RepositoryFacts> {
  const facts: RepositoryFacts = {
    artifacts: 0,
    logicalBytes: 0,
    checkins: new CheckinHeaders(),
    others: new Map(),
    differences: new FoundDifferences(),
    names: new NameIndex(),
    sizes: new Map(),
    correctedSizes: new Map(),
  };
  const totals = await verifyArtifacts(repository, { ...observer, ...gathering(facts, onRead) });
  return { ...facts, ...totals };
}

/** Puts what is learnt of artifacts, but for the totals, into `facts`. @param onRead - hears of each that is what its name says */
export function gathering(
  facts: RepositoryFacts,
  onRead?: (rid: Rid, hash: Hash) => void,
): Pick<VerifyObserver, 'onCheckins' | 'onOther' | 'onSize' | 'onDifferences'> {
  const holder = new ArtifactHolder();
  return {
    onCheckins: (packed, rids) => facts.checkins.add(packed, rids),
    onOther: (rid, artifact) => facts.others.set(rid, holder.hold(artifact)),
    onSize: (rid, size, told, hash) => {
      facts.sizes.set(rid, size);
      facts.names?.add(hash, rid, { isProven: true });
      if (size !== told) facts.correctedSizes.set(rid, size);
      onRead?.(rid, hash);
    },
    onDifferences: (found) => facts.differences.add(found),
  };
}

/** A server may announce the compressed size of an artifact; the true one is known now. In the caller's transaction. */
export function correctSizes({ db }: Repository, { correctedSizes }: RepositoryFacts): void {
  const update = db.prepare('UPDATE blob SET size=? WHERE rid=? AND size>=0');
  for (const [rid, size] of correctedSizes) update.run(size, rid);
}
