import { hasName } from '../codec/artifact-name';
import { EngineError, throwIfCancelled } from '../errors';
import { CrosslinkSession } from '../repository/crosslink-session';
import { receiveArtifact, type ReceivedArtifact } from '../repository/receive';
import type { Repository } from '../repository/repository';

/** The thread is given up, and a transaction ended, after about this long (DESIGN.md, Processes). */
const SLICE_MS = 100;

export interface ApplyOptions {
  signal?: AbortSignal | undefined;
  /** Hears how many of the artifacts are stored. */
  onStored?: (count: number) => void;
}

/**
 * Stores what a reply, or a part of it, brought. Everything whole is verified before anything is stored; then it goes in by slices, each of which leaves
 * a consistent repository, so that nobody else is locked out for long.
 * @throws EngineError `hash-mismatch` naming the artifact
 */
export async function applyReceived(
  repository: Repository,
  artifacts: readonly ReceivedArtifact[],
  options: ApplyOptions,
): Promise<void> {
  const { clock, faults } = repository.environment;
  faults?.at('reply-to-apply');
  await verifyWhole(repository, artifacts, options.signal);
  let next = 0;
  while (next < artifacts.length) {
    throwIfCancelled(options.signal);
    const until = clock.now() + SLICE_MS;
    repository.transaction(() => {
      const session = new CrosslinkSession(repository, { isBulk: true });
      do {
        const artifact = artifacts[next];
        if (artifact) receiveArtifact(repository, session, artifact);
        next++;
      } while (next < artifacts.length && clock.now() < until);
      session.end();
    });
    faults?.at('slice-applied');
    options.onStored?.(next);
    await clock.yield();
  }
}

async function verifyWhole(
  repository: Repository,
  artifacts: readonly ReceivedArtifact[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { clock, hash } = repository.environment;
  let until = clock.now() + SLICE_MS;
  for (const artifact of artifacts) {
    if (artifact.deltaSource === undefined && !hasName(hash, artifact.payload, artifact.hash))
      throw new EngineError(
        'hash-mismatch',
        `The content of artifact ${artifact.hash} does not match its name. It was damaged or forged on its way and has not been kept.`,
      );
    if (clock.now() < until) continue;
    await clock.yield();
    throwIfCancelled(signal);
    until = clock.now() + SLICE_MS;
  }
}
