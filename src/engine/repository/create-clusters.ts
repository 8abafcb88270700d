import { formatArtifact } from '../artifact/format';
import type { Hash, Rid } from '../identifiers';
import { CrosslinkSession } from './crosslink-session';
import type { Repository } from './repository';

/** Fewer loose artifacts than this are announced one by one. */
const SMALLEST = 100;
/** A cluster is closed at this many names, unless only `SMALLEST` or fewer would remain. */
const LARGEST = 800;

/**
 * Gathers artifacts that no cluster names into new clusters (fossil.md 4.1), in the caller's transaction. Deltas that nobody
 * can read yet stay out.
 * @returns how many clusters were made
 */
export function createClusters(repository: Repository): number {
  const loose = looseArtifacts(repository);
  if (loose.length < SMALLEST) return 0;
  const { blobs, environment } = repository;
  const session = new CrosslinkSession(repository, { isBulk: true });
  let clusters = 0;
  let uncounted = loose.length;
  for (let start = 0; start < loose.length;) {
    const end = uncounted - LARGEST > SMALLEST ? start + LARGEST : loose.length;
    uncounted -= end - start;
    const content = formatArtifact({ type: 'cluster', members: loose.slice(start, end) }, environment.hash);
    // Nobody would get it, and so nobody would hear of what it names: that goes on being announced one by one.
    if (blobs.isShunned(blobs.hashPolicy.nameFor(content, () => false))) {
      start = end;
      continue;
    }
    const { rid, hash } = blobs.put(content);
    session.crosslink(rid, content);
    clusters++;
    // Fossil walks the names in order while it adds to them: a cluster that sorts behind what it names goes into a later one.
    if (end < loose.length && hash > (loose[end - 1] ?? '')) {
      const place = loose.findIndex((name, index) => index >= end && name > hash);
      loose.splice(place < 0 ? loose.length : place, 0, hash);
    }
    start = end;
  }
  session.end();
  environment.faults?.at('clusters-made');
  return clusters;
}

/** @returns whether createClusters would make any: whether a transaction is worth it */
export function hasArtifactsToCluster(repository: Repository): boolean {
  return looseArtifacts(repository).length >= SMALLEST;
}

/** Names sorted, as the M-cards of a cluster are. */
function looseArtifacts({ db, blobs }: Repository): Hash[] {
  const dangling = new Set(blobs.danglingDeltas());
  return db
    .prepare(
      `SELECT rid, uuid FROM unclustered JOIN blob USING(rid)
        WHERE size>=0 AND rid NOT IN (SELECT rid FROM private) AND uuid NOT IN (SELECT uuid FROM shun) ORDER BY uuid`,
    )
    .all<{ rid: Rid; uuid: Hash }>()
    .filter((row) => !dangling.has(row.rid))
    .map((row) => row.uuid);
}
