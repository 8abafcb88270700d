import type { Hash, Rid } from '../identifiers';
import type { Repository } from './repository';
import { RowWriter } from './row-writer';

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

/**
 * Stores clone payloads as they come, unverified; a delta source that is not among them and has not been seen yet becomes a phantom. In
 * the caller's transaction.
 *
 * @returns how many of them were not here yet
 */
export function storeCloned(repository: Repository, artifacts: readonly ClonedArtifact[]): number {
  const { db } = repository;
  const insert = db.prepare('INSERT OR IGNORE INTO blob(rcvid,size,uuid,content) VALUES(?,?,?,?)');
  const find = db.prepare('SELECT rid FROM blob WHERE uuid=?');
  const fill = db.prepare('UPDATE blob SET rcvid=?, size=?, content=? WHERE uuid=? AND size<0 RETURNING rid');
  const addPhantom = db.prepare('INSERT INTO phantom VALUES(?)');
  const removePhantom = db.prepare('DELETE FROM phantom WHERE rid=?');
  const receivedId = repository.receivedId();
  // Most deltas build on what comes soon after them: with all rows there first, few sources are phantoms for a while.
  const added = new Map<Hash, Rid>();
  const deltas: { rid: Rid; source: Hash }[] = [];

  for (const { hash, size, container, deltaSource, isPrivate } of artifacts) {
    let rid: Rid;
    const { changes, lastInsertRowid } = insert.run(receivedId, size, hash, container);
    if (changes > 0) {
      rid = lastInsertRowid as Rid;
    } else {
      const phantom = fill.get<{ rid: Rid }>(receivedId, size, container, hash);
      if (phantom === undefined) continue;
      rid = phantom.rid;
      removePhantom.run(rid);
    }
    added.set(hash, rid);
    if (deltaSource !== undefined) deltas.push({ rid, source: deltaSource });
    if (isPrivate === true) db.prepare('INSERT OR IGNORE INTO private VALUES(?)').run(rid);
  }

  const ridOf = (hash: Hash): Rid => {
    const known = added.get(hash) ?? find.get<{ rid: Rid }>(hash)?.rid;
    if (known !== undefined) return known;
    const rid = insert.run(0, -1, hash, null).lastInsertRowid as Rid;
    addPhantom.run(rid);
    return rid;
  };
  const sources = new RowWriter(db, 'REPLACE INTO delta(rid,srcid)', 2);
  for (const { rid, source } of deltas) sources.add(rid, ridOf(source));
  sources.flush();
  return added.size;
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
