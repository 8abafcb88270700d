import { algorithmOf, hasUnforgedName } from '../codec/artifact-name';
import { EngineError, throwIfCancelled } from '../errors';
import type { Hash } from '../identifiers';
import type { Hashing } from '../platform/hash';
import { CrosslinkSession } from '../repository/crosslink-session';
import { receiveArtifact, type ReceivedArtifact } from '../repository/receive';
import type { Repository } from '../repository/repository';
import { WaitingDeltas } from '../repository/waiting-deltas';

/** The thread is given up, and a transaction ended, after about this long (DESIGN.md, Processes). */
const SLICE_MS = 100;
/** Contents that are hashed at one go: so many, and about so many bytes. */
const HASHED_TOGETHER = { artifacts: 32, bytes: 8 * 1024 * 1024 };

export interface ApplyOptions {
  signal?: AbortSignal | undefined;
  /** Hears how many of the artifacts are stored, without those that are left out. */
  onStored?: (count: number) => void;
}

/**
 * Stores what a reply, or a part of it, brought. Everything whole is verified before anything is stored; then it goes in by slices, each of which leaves
 * a consistent repository, so that nobody else is locked out for long.
 * @throws EngineError `hash-mismatch` naming the artifact
 */
export async function applyReceived(
  repository: Repository,
  received: readonly ReceivedArtifact[],
  options: ApplyOptions,
): Promise<void> {
  const { clock, faults } = repository.environment;
  faults?.at('reply-to-apply');
  await verifyWhole(repository, received, options.signal);
  const artifacts = sourcesFirst(received);
  let next = 0;
  let leftOut = 0;
  /** Of the next one. */
  let waiting: WaitingDeltas | undefined;
  while (next < artifacts.length) {
    throwIfCancelled(options.signal);
    const until = clock.now() + SLICE_MS;
    repository.transaction(() => {
      const session = new CrosslinkSession(repository, { isBulk: true });
      do {
        const artifact = artifacts[next];
        const store = (current: CrosslinkSession): void => {
          if (artifact && receiveArtifact(repository, current, artifact) === undefined) leftOut++;
        };
        waiting ??= artifact && WaitingDeltas.of(repository, artifact, store);
        if (waiting?.settleNext(session) === true) continue;
        if (waiting === undefined) store(session);
        waiting = undefined;
        next++;
      } while (next < artifacts.length && clock.now() < until);
      session.end();
    });
    faults?.at('slice-applied');
    options.onStored?.(next - leftOut);
    await clock.yield();
  }
}

async function verifyWhole(
  repository: Repository,
  artifacts: readonly ReceivedArtifact[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { clock, hash: hashing } = repository.environment;
  const whole = artifacts.filter(({ deltaSource }) => deltaSource === undefined);
  let until = clock.now() + SLICE_MS;
  for (let end = 0; end < whole.length;) {
    const start = end;
    for (let bytes = 0; end < whole.length && end - start < HASHED_TOGETHER.artifacts && bytes < HASHED_TOGETHER.bytes;)
      bytes += whole[end++]?.payload.length ?? 0;
    const wrong = misnamed(hashing, whole.slice(start, end));
    if (wrong !== undefined)
      throw new EngineError(
        'hash-mismatch',
        `The content of artifact ${wrong.hash} does not match its name. It was damaged or forged on its way and has not been kept.`,
      );
    if (clock.now() < until) continue;
    await clock.yield();
    throwIfCancelled(signal);
    until = clock.now() + SLICE_MS;
  }
}

/** @returns one whose content does not have its name, or was made to share it */
function misnamed(hashing: Hashing, artifacts: readonly ReceivedArtifact[]): ReceivedArtifact | undefined {
  const modern = artifacts.filter(({ hash }) => algorithmOf(hash) === 'sha3-256');
  const names = hashing.hexEach(
    'sha3-256',
    modern.map(({ payload }) => payload),
  );
  return (
    modern.find(({ hash }, index) => names[index] !== hash) ??
    artifacts.find(({ hash, payload }) => algorithmOf(hash) === 'sha1' && !hasUnforgedName(hashing, payload, hash))
  );
}

/** Deltas behind what they are deltas of, where both are there: then none need be kept undigested for the other. All that is whole has been verified. */
function sourcesFirst(artifacts: readonly ReceivedArtifact[]): ReceivedArtifact[] {
  const byName = new Map<Hash, ReceivedArtifact>();
  for (const artifact of artifacts) if (!byName.has(artifact.hash)) byName.set(artifact.hash, artifact);
  const sorted: ReceivedArtifact[] = [];
  const placed = new Set<ReceivedArtifact>();
  for (const artifact of artifacts) {
    const chain: ReceivedArtifact[] = [];
    let next: ReceivedArtifact | undefined = artifact;
    while (next !== undefined && !placed.has(next)) {
      placed.add(next);
      chain.push(next);
      next = next.deltaSource === undefined ? undefined : byName.get(next.deltaSource);
    }
    const isMoved = chain.length > 1;
    for (const one of chain.reverse()) {
      sorted.push({
        ...one,
        isNamed: one.deltaSource === undefined,
        isEarly: isMoved && one.deltaSource !== undefined,
      });
    }
  }
  return sorted;
}
