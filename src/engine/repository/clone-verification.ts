import { EngineError, throwIfCancelled } from '../errors';
import type { Hash } from '../identifiers';
import { dropUnresolved } from './clone-store';
import { BulkCrosslink } from './bulk-crosslink';
import type { Repository } from './repository';
import { correctSizes, readFacts, type RepositoryFacts } from './repository-facts';
import { defineTicketTables } from './ticket-tables';
import { wrongArtifactError } from './verify';

export interface CloneVerification {
  artifacts: number;
  /** Bytes of all full artifacts. */
  logicalBytes: number;
  /** Deltas whose source the server never sent: dropped, left as phantoms. */
  unresolved: Hash[];
  /** Sentences for the user: what of the project's definitions was not followed. */
  warnings: string[];
}

export interface CloneVerificationOptions {
  signal?: AbortSignal;
  onProgress?: (progress: { phase: 'verify' | 'crosslink'; done: number; total: number }) => void;
}

/** A transaction of the crosslink phase ends after about this many milliseconds, so that a cancel is heard. */
const SLICE_MILLISECONDS = 500;

/**
 * Verifies every artifact of a fresh clone against its name and derives all tables. Yields to the thread; cancellable.
 * @throws EngineError `hash-mismatch` or `content-corrupt` naming the artifact
 */
export async function verifyAndCrosslinkClone(
  repository: Repository,
  options: CloneVerificationOptions,
): Promise<CloneVerification> {
  const unresolved = repository.transaction(() => dropUnresolved(repository));
  const total = repository.blobs.count();
  const facts = await readFacts(repository, {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onVerified: (done) => options.onProgress?.({ phase: 'verify', done, total }),
    onWrong: (artifact) => {
      throw wrongArtifactError(artifact);
    },
  });
  const { artifacts, logicalBytes } = facts;
  requireAll(repository, facts.sizes.size, total);
  const warnings = repository.transaction(() => {
    correctSizes(repository, facts);
    repository.db.exec(
      `INSERT OR IGNORE INTO unclustered SELECT rid FROM blob
        WHERE rid NOT IN (SELECT rid FROM private) AND uuid NOT IN (SELECT uuid FROM shun)`,
    );
    return defineTicketTables(repository);
  });
  await crosslinkAll(repository, facts, options);
  return { artifacts, logicalBytes, unresolved, warnings };
}

/** Deltas that lead to no full text, such as a loop, were not among the batches. */
function requireAll(repository: Repository, verified: number, total: number): void {
  if (verified === total) return;
  const row = repository.db
    .prepare(
      `WITH RECURSIVE whole(rid) AS (
         SELECT rid FROM blob WHERE size>=0 AND rid NOT IN (SELECT rid FROM delta)
         UNION SELECT delta.rid FROM delta JOIN whole ON delta.srcid=whole.rid
       ) SELECT uuid FROM blob WHERE size>=0 AND rid NOT IN (SELECT rid FROM whole) ORDER BY rid LIMIT 1`,
    )
    .get<{ uuid: Hash }>();
  throw new EngineError(
    'content-corrupt',
    `Artifact ${row?.uuid ?? '(unknown)'} cannot be read: its deltas form a loop. Nothing has been kept; ask the server's owner to check its repository.`,
  );
}

async function crosslinkAll(
  repository: Repository,
  facts: RepositoryFacts,
  options: CloneVerificationOptions,
): Promise<void> {
  const crosslink = new BulkCrosslink(repository, facts);
  const { steps: total } = crosslink;
  const { clock } = repository.environment;
  for (let done = 0; done < total;) {
    throwIfCancelled(options.signal);
    const end = clock.now() + SLICE_MILLISECONDS;
    repository.transaction(() => {
      do crosslink.step();
      while (++done < total && clock.now() < end);
    });
    options.onProgress?.({ phase: 'crosslink', done, total });
    await clock.yield();
  }
}
