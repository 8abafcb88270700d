import type { Hash, Rid } from '../identifiers';
import type { Repository } from './repository';

/** An artifact as a clone's `cfile` brings it: its container as it came. */
export interface ClonedArtifact {
  hash: Hash;
  deltaSource?: Hash;
  /** Bytes of the finished artifact (USIZE). */
  size: number;
  container: Uint8Array;
  /** Sent after a `private` card. */
  isPrivate?: boolean;
}

/** Stores clone payloads as they come, unverified; a delta source not seen yet becomes a phantom. In the caller's transaction. */
export function storeCloned(repository: Repository, artifacts: readonly ClonedArtifact[]): void {
  const { db } = repository;
  const find = db.prepare('SELECT rid, size FROM blob WHERE uuid=?');
  const insert = db.prepare('INSERT INTO blob(rcvid,size,uuid,content) VALUES(?,?,?,?)');
  const fill = db.prepare('UPDATE blob SET rcvid=?, size=?, content=? WHERE rid=?');
  const addPhantom = db.prepare('INSERT INTO phantom VALUES(?)');
  const removePhantom = db.prepare('DELETE FROM phantom WHERE rid=?');
  const setSource = db.prepare('REPLACE INTO delta(rid,srcid) VALUES(?,?)');
  const receivedId = repository.receivedId();

  const ridOf = (hash: Hash): Rid => {
    const known = find.get<{ rid: Rid }>(hash);
    if (known !== undefined) return known.rid;
    const rid = insert.run(0, -1, hash, null).lastInsertRowid as Rid;
    addPhantom.run(rid);
    return rid;
  };

  for (const artifact of artifacts) {
    const known = find.get<{ rid: Rid; size: number }>(artifact.hash);
    if (known !== undefined && known.size >= 0) continue;
    let rid = known?.rid;
    if (rid === undefined) {
      rid = insert.run(receivedId, artifact.size, artifact.hash, artifact.container).lastInsertRowid as Rid;
    } else {
      fill.run(receivedId, artifact.size, artifact.container, rid);
      removePhantom.run(rid);
    }
    if (artifact.deltaSource !== undefined) setSource.run(rid, ridOf(artifact.deltaSource));
    if (artifact.isPrivate === true) db.prepare('INSERT OR IGNORE INTO private VALUES(?)').run(rid);
  }
}

/**
 * Drops the deltas of a clone whose source never came: they become phantoms, and a later sync may bring them whole.
 * @returns their names
 */
export function dropUnresolved(repository: Repository): Hash[] {
  const { blobs } = repository;
  const unresolved = blobs.danglingDeltas();
  for (const rid of unresolved) blobs.makePhantom(rid);
  return unresolved.map((rid) => blobs.hash(rid));
}
