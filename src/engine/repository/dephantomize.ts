import { hasUnforgedName } from '../codec/artifact-name';
import { artifactLimit } from '../codec/size-limits';
import { hasCode } from '../errors';
import type { Rid } from '../identifiers';
import { letGo } from '../platform/let-go';
import type { CrosslinkSession } from './crosslink-session';
import type { Repository } from './repository';

/**
 * Crosslinks the deltas that waited for an artifact, and those that waited for them. In the caller's transaction.
 * @param right - what {@link rightOf} says of them
 */
export function dephantomize(session: CrosslinkSession, right: readonly Rid[]): void {
  for (const rid of right) session.crosslink(rid);
}

/**
 * Which of the deltas that waited for an artifact, and of those that waited for them, are what their names say. One that turns out wrong came
 * with an earlier message: it becomes a phantom again, to be asked for anew, and does not spoil what arrives now. To be asked before
 * anything of it is crosslinked: that makes deltas of what came before, and one of what is wrong could never be read again.
 * @param waiting - deltas of an artifact that has just got its content
 * @returns sources before what is a delta of them
 */
export function rightOf(repository: Repository, waiting: readonly Rid[]): Rid[] {
  const { blobs } = repository;
  const right: Rid[] = [];
  const queue = [...waiting];
  for (let rid = queue.pop(); rid !== undefined; rid = queue.pop()) {
    if (isRight(repository, rid)) {
      right.push(rid);
      queue.push(...blobs.deltasOf(rid));
    } else blobs.makePhantom(rid);
  }
  return right;
}

/** Read by way of its source, which has just been read: a chain of deltas is not followed anew for each of them. */
function isRight({ blobs, environment }: Repository, rid: Rid): boolean {
  if (blobs.size(rid) > artifactLimit(environment)) return false;
  try {
    const content = blobs.content(rid);
    const isNamed = hasUnforgedName(environment.hash, content, blobs.hash(rid));
    letGo(content);
    return isNamed;
  } catch (error) {
    if (hasCode(error, 'content-corrupt')) return false;
    throw error;
  }
}
