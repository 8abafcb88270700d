import { hasCode } from '../errors';
import type { Rid } from '../identifiers';
import type { BlobStore } from './blob-store';
import type { CrosslinkSession } from './crosslink-session';
import type { Repository } from './repository';

/**
 * Verifies and crosslinks the deltas that waited for an artifact, and those that waited for them. One that turns out wrong came with
 * an earlier message: it becomes a phantom again, to be asked for anew, and does not spoil what arrives now. In the caller's transaction.
 * @param arrived - the artifact that has just got its content
 */
export function dephantomize(repository: Repository, session: CrosslinkSession, arrived: Rid): void {
  const { blobs } = repository;
  const queue = blobs.deltasOf(arrived);
  for (let rid = queue.pop(); rid !== undefined; rid = queue.pop()) {
    if (isRight(blobs, rid)) {
      session.crosslink(rid);
      queue.push(...blobs.deltasOf(rid));
    } else {
      blobs.makePhantom(rid);
    }
  }
}

function isRight(blobs: BlobStore, rid: Rid): boolean {
  try {
    blobs.verify(rid, { wasReceived: true });
    return true;
  } catch (error) {
    if (hasCode(error, 'hash-mismatch', 'content-corrupt')) return false;
    throw error;
  }
}
