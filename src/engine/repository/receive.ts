import { applyDelta, deltaTargetSize } from '../codec/delta-apply';
import { artifactLimit, HOW_TO_TAKE_LARGER } from '../codec/size-limits';
import { EngineError, hasCode } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import { letGo } from '../platform/let-go';
import type { CrosslinkSession } from './crosslink-session';
import { dephantomize, rightOf } from './dephantomize';
import type { Repository } from './repository';

/** An artifact as a `file` or `cfile` card brings it, decompressed. */
export interface ReceivedArtifact {
  hash: Hash;
  /** The artifact that `payload` is a delta of; absent: payload is the full artifact. */
  deltaSource?: Hash;
  /** Of a large file that is no part of something longer, it is let go of once it is stored. */
  payload: Uint8Array;
  isPrivate: boolean;
  /** A payload that is the full artifact has been found to have this name, and to be unforged. */
  isNamed?: boolean;
  /** A delta that the sender stores just so, of a newer version that has come, too: it stays one. */
  isStoredSo?: boolean;
  /** It came before what it is a delta of. As one that waited for longer: when it is wrong it is left out, and does not spoil what else comes. */
  isEarly?: boolean;
}

/**
 * Stores a received artifact inside the caller's transaction and crosslinks it. A delta whose source is missing is kept undigested as
 * Fossil does (source becomes a phantom) and digested, verified and crosslinked when the source arrives.
 * @returns the rid, or undefined when the artifact is shunned, or a delta of one that is shunned and not here: then it is still wanted, whole
 * @throws EngineError `hash-mismatch` naming the artifact: the caller's transaction must then roll back
 */
export function receiveArtifact(
  repository: Repository,
  session: CrosslinkSession,
  artifact: ReceivedArtifact,
): Rid | undefined {
  const { blobs, environment } = repository;
  if (blobs.isShunned(artifact.hash)) return undefined;
  const { isPrivate } = artifact;
  const known = blobs.rid(artifact.hash);
  if (known !== undefined && !isPrivate) blobs.makePublic(known, { isUnsent: false });
  if (known !== undefined && blobs.isReadable(known)) return known;
  let source: Rid | undefined;
  if (artifact.deltaSource !== undefined) {
    if (blobs.rid(artifact.deltaSource) === undefined && blobs.isShunned(artifact.deltaSource)) {
      blobs.ridOrPhantom(artifact.hash, { isPrivate });
      return undefined;
    }
    source = blobs.ridOrPhantom(artifact.deltaSource, { isPrivate });
    if (!blobs.isReadable(source)) {
      requireSize(artifact, environment);
      const dangling = blobs.putDangling(artifact.hash, artifact.payload, source, { isPrivate });
      environment.faults?.at('delta-kept-dangling');
      return dangling;
    }
  }
  try {
    return storeReadable(repository, session, artifact, source);
  } catch (error) {
    if (artifact.isEarly !== true || !hasCode(error, 'hash-mismatch')) throw error;
    blobs.ridOrPhantom(artifact.hash, { isPrivate });
    return undefined;
  }
}

/** @throws EngineError `hash-mismatch` before anything is stored */
function storeReadable(
  repository: Repository,
  session: CrosslinkSession,
  artifact: ReceivedArtifact,
  source: Rid | undefined,
): Rid {
  const { blobs, environment } = repository;
  const { hash: name, isPrivate, payload } = artifact;
  const content = source === undefined ? payload : resolveDelta(blobs.content(source), artifact, environment);
  // Read now: what is large and no artifact with a text of its own will be let go of.
  const parsed = session.parsed(content);
  environment.faults?.at('artifact-to-store');
  // What is public must never need something private to be read.
  const mayStayDelta = artifact.isStoredSo === true && source !== undefined && (isPrivate || !blobs.isPrivate(source));
  const { rid } = blobs.put(content, {
    name,
    isPrivate,
    isNamed: source === undefined && artifact.isNamed === true,
    isGivenUp: parsed === undefined,
    ...(mayStayDelta ? { delta: { source, payload } } : {}),
  });
  environment.faults?.at('artifact-stored');
  const right = rightOf(repository, blobs.deltasOf(rid));
  session.link(rid, parsed);
  dephantomize(session, right);
  return rid;
}

/** What is refused when its source is here must not come in before it. */
function requireSize({ hash, payload }: ReceivedArtifact, environment: Environment): void {
  const size = deltaTargetSize(payload);
  const limit = artifactLimit(environment);
  if (size <= limit) return;
  throw new EngineError(
    'artifact-too-large',
    `Artifact ${hash} has ${size} bytes; more than ${limit} bytes are not accepted. ${HOW_TO_TAKE_LARGER}`,
  );
}

function resolveDelta(source: Uint8Array, artifact: ReceivedArtifact, environment: Environment): Uint8Array {
  try {
    const content = applyDelta(source, artifact.payload, undefined, artifactLimit(environment));
    letGo(source);
    return content;
  } catch (cause) {
    if (hasCode(cause, 'artifact-too-large')) throw cause;
    throw new EngineError(
      'hash-mismatch',
      `Artifact ${artifact.hash} arrived as a delta that does not fit. It was damaged or forged on its way; nothing of it has been kept.`,
      { cause },
    );
  }
}
