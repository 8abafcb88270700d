import { EngineError, throwIfCancelled } from '../errors';
import type { Hash, Rid } from '../identifiers';
import { DeltaForest, type VerifyBatch } from './delta-forest';
import type { PackedCheckins } from './packed-checkins';
import type { PackedDifferences } from './packed-differences';
import type { Repository } from './repository';
import { type OtherArtifact, verifyTask, type VerifyOutput } from './verify-task';

/** An artifact that is not what its name says. */
export interface WrongArtifact {
  hash: Hash;
  code: 'hash-mismatch' | 'content-corrupt';
}

export interface VerifyObserver {
  signal?: AbortSignal;
  /** Artifacts verified so far. */
  onVerified?: (artifacts: number) => void;
  /** Check-ins of a batch. @param rids - of all artifacts of the batch */
  onCheckins?: (checkins: PackedCheckins, rids: readonly Rid[]) => void;
  /** A structural artifact that is no check-in. */
  onOther?: (rid: Rid, artifact: OtherArtifact) => void;
  /** Check-ins that were compared while they were read. */
  onDifferences?: (differences: PackedDifferences) => void;
  /** An artifact that is wrong. Throwing ends the verification. */
  onWrong: (artifact: WrongArtifact) => void;
  /** Bytes of the full artifact, which is what its name says. @param told - by the repository */
  onSize?: (rid: Rid, size: number, told: number, hash: Hash) => void;
}

export interface VerifyTotals {
  artifacts: number;
  logicalBytes: number;
}

/**
 * Reads every artifact that has content, in workers. When it ends, in whatever way, nothing of it goes on, and the workers are let go.
 * @throws EngineError `cancelled`, and what the observer throws
 */
export async function verifyArtifacts(repository: Repository, observer: VerifyObserver): Promise<VerifyTotals> {
  const { pool } = repository.environment;
  const totals: VerifyTotals = { artifacts: 0, logicalBytes: 0 };
  pool.prepare();
  const forest = repository.db.snapshot(() => new DeltaForest(repository));
  const batches = forest.batches(observer.onDifferences !== undefined);
  let hasFailed = false;
  const read = (): ReturnType<typeof batches.next> => repository.db.snapshot(() => batches.next());
  const consume = async (): Promise<void> => {
    for (let next = read(); next.done !== true; next = read()) {
      throwIfCancelled(observer.signal);
      const batch = next.value;
      const output = await pool.run(verifyTask, batch.input, {
        transfer: [batch.input.containers.buffer],
        ...(observer.signal === undefined ? {} : { signal: observer.signal }),
      });
      await repository.environment.clock.yield();
      if (hasFailed) return;
      report(batch, output, observer, totals);
    }
  };
  const consumeOrFail = async (): Promise<void> => {
    try {
      await consume();
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  // One more than there are workers: the next batch is read while all are busy.
  const consumers = Array.from({ length: pool.width + 1 }, consumeOrFail);
  try {
    await Promise.all(consumers);
  } finally {
    await Promise.allSettled(consumers);
    // What follows is done on this thread, and needs memory of its own.
    pool.rest();
  }
  return totals;
}

/** Reads these artifacts, as far as they have content and a full text leads to them, on this thread: in the caller's transaction. */
export function verifyAtOnce(repository: Repository, rids: ReadonlySet<Rid>, observer: VerifyObserver): void {
  const { hash, zlib } = repository.environment;
  const totals: VerifyTotals = { artifacts: 0, logicalBytes: 0 };
  for (const batch of new DeltaForest(repository).batches(observer.onDifferences !== undefined, rids))
    report(batch, verifyTask.run(batch.input, { hash, zlib }), observer, totals);
}

function report(batch: VerifyBatch, output: VerifyOutput, observer: VerifyObserver, totals: VerifyTotals): void {
  for (const { item, code } of output.wrong) {
    const hash = batch.input.items[item]?.hash;
    if (hash !== undefined) observer.onWrong({ hash, code });
  }
  observer.onCheckins?.(output.checkins, batch.rids);
  for (const { item, artifact } of output.others) {
    const rid = batch.rids[item];
    if (rid !== undefined) observer.onOther?.(rid, artifact);
  }
  observer.onDifferences?.(output.differences);
  if (observer.onSize !== undefined) {
    output.sizes.forEach((size, item) => {
      const rid = batch.rids[item];
      const hash = batch.input.items[item]?.hash;
      if (rid === undefined || hash === undefined || size < 0) return;
      observer.onSize?.(rid, size, batch.sizes[item] ?? size, hash);
    });
  }
  totals.artifacts += output.sizes.length;
  totals.logicalBytes += output.logicalBytes;
  observer.onVerified?.(totals.artifacts);
}

/** The error for an artifact that a server sent and that is not what its name says. */
export function wrongArtifactError(artifact: WrongArtifact): EngineError {
  return new EngineError(
    artifact.code,
    artifact.code === 'hash-mismatch'
      ? `Artifact ${artifact.hash} does not match its name: the server sent other content than it announced. Nothing has been kept; ask the server's owner to check its repository.`
      : `Artifact ${artifact.hash} arrived damaged and cannot be read. Nothing has been kept; try again, or ask the server's owner to check its repository.`,
  );
}
