import { hasUnforgedName } from '../codec/artifact-name';
import { hasCode } from '../errors';
import type { Rid } from '../identifiers';
import type { CrosslinkSession } from './crosslink-session';
import type { Repository } from './repository';

/**
 * Verifies and crosslinks the deltas that waited for an artifact, and those that waited for them. One that turns out wrong came with
 * an earlier message: it becomes a phantom again, to be asked for anew, and does not spoil what arrives now. In the caller's transaction.
 * @param waiting - deltas of an artifact that has just got its content, as they were before it was crosslinked: that makes a delta of what came
 * before it, which has long been read
 */
export function dephantomize(repository: Repository, session: CrosslinkSession, waiting: readonly Rid[]): void {
  const { blobs } = repository;
  const queue = [...waiting];
  for (let rid = queue.pop(); rid !== undefined; rid = queue.pop()) {
    const content = contentIfRight(repository, rid);
    if (content === undefined) {
      blobs.makePhantom(rid);
      continue;
    }
    const behind = blobs.deltasOf(rid);
    session.crosslink(rid, content);
    queue.push(...behind);
  }
}

/** Read by way of its source, which has just been read: a chain of deltas is not followed anew for each of them. */
function contentIfRight({ blobs, environment }: Repository, rid: Rid): Uint8Array | undefined {
  try {
    const content = blobs.content(rid);
    return hasUnforgedName(environment.hash, content, blobs.hash(rid)) ? content : undefined;
  } catch (error) {
    if (hasCode(error, 'content-corrupt')) return undefined;
    throw error;
  }
}
