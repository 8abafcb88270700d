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
  const plan = new ClusterPlan(repository);
  const first = plan.next();
  return first === undefined ? 0 : carryOut(repository, plan, first);
}

/**
 * As {@link createClusters}, in a transaction of its own, which is begun only where there is something to do.
 * @returns how many clusters were made
 */
export function createClustersInTransaction(repository: Repository): number {
  const { version } = repository;
  const plan = new ClusterPlan(repository);
  const first = plan.next();
  if (first === undefined) return 0;
  // Where another process has written since, the names are gathered anew.
  return repository.transaction(() =>
    repository.version === version ? carryOut(repository, plan, first) : createClusters(repository),
  );
}

function carryOut(repository: Repository, plan: ClusterPlan, first: Uint8Array): number {
  const { blobs, environment } = repository;
  const session = new CrosslinkSession(repository, { isBulk: true });
  let clusters = 0;
  for (let content: Uint8Array | undefined = first; content !== undefined; content = plan.next()) {
    const { rid, hash } = blobs.put(content);
    session.crosslink(rid, content);
    clusters++;
    plan.add(hash);
  }
  session.end();
  environment.faults?.at('clusters-made');
  return clusters;
}

/** Which names go into one cluster. */
class ClusterPlan {
  readonly #repository: Repository;
  readonly #loose: Hash[];
  /** Of the names that were loose at first, without those that are added, so many are left. */
  #uncounted: number;
  #start = 0;

  constructor(repository: Repository) {
    this.#repository = repository;
    this.#loose = looseArtifacts(repository);
    this.#uncounted = this.#loose.length;
    if (this.#loose.length < SMALLEST) this.#start = this.#loose.length;
  }

  /** @returns the next cluster, unless all that is left is named */
  next(): Uint8Array | undefined {
    const { blobs, environment } = this.#repository;
    while (this.#start < this.#loose.length) {
      const end = this.#uncounted - LARGEST > SMALLEST ? this.#start + LARGEST : this.#loose.length;
      const members = this.#loose.slice(this.#start, end);
      this.#uncounted -= members.length;
      this.#start = end;
      const content = formatArtifact({ type: 'cluster', members }, environment.hash);
      // Nobody would get it, and so nobody would hear of what it names: that goes on being announced one by one.
      if (!blobs.isShunned(blobs.hashPolicy.nameFor(content, () => false))) return content;
    }
    return undefined;
  }

  /** Fossil walks the names in order while it adds to them: a cluster that sorts behind what it names goes into a later one. */
  add(hash: Hash): void {
    const end = this.#start;
    if (end >= this.#loose.length || hash <= (this.#loose[end - 1] ?? '')) return;
    const place = this.#loose.findIndex((name, index) => index >= end && name > hash);
    this.#loose.splice(place < 0 ? this.#loose.length : place, 0, hash);
  }
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
