import { EngineError } from '../errors';
import { type Hash, isHash, type Rid } from '../identifiers';
import type { Repository } from './repository';
import { SEEN_ROWS } from './seen-rows';

/** An artifact that the repository must not hold. */
export interface ShunnedArtifact {
  hash: Hash;
  /** When it was shunned, in Unix seconds. */
  time: number;
  comment?: string;
  /** Its content is still here; a rebuild removes it. */
  isStored: boolean;
}

/**
 * Lists artifacts as shunned: they are neither taken nor given any more, and their content goes at the next rebuild. In the caller's transaction.
 * @throws EngineError `usage` for a name that is not a full one
 */
export function shun(repository: Repository, hashes: readonly string[]): void {
  const insert = repository.db.prepare('INSERT OR IGNORE INTO shun(uuid,mtime) VALUES(?,?)');
  const now = Math.floor(repository.environment.clock.now() / 1000);
  for (const hash of hashes) insert.run(requireFullName(hash), now);
}

/**
 * Takes artifacts from the list again. What a rebuild has removed comes back with a sync after the next rebuild, which lists it as missing
 * where others speak of it. In the caller's transaction.
 */
export function acceptShunned(repository: Repository, hashes: readonly string[]): void {
  const remove = repository.db.prepare('DELETE FROM shun WHERE uuid=?');
  for (const hash of hashes) {
    if (remove.run(requireFullName(hash)).changes === 0)
      throw new EngineError('artifact-missing', `Artifact ${hash} is not shunned; "shun ls" shows those that are.`);
  }
}

export function shunnedArtifacts(repository: Repository): ShunnedArtifact[] {
  return repository.db
    .prepare(
      `SELECT shun.uuid AS hash, coalesce(shun.mtime,0) AS time, scom, coalesce(blob.size,-1)>=0 AS isStored
         FROM shun LEFT JOIN blob ON blob.uuid=shun.uuid ORDER BY shun.uuid`,
    )
    .all<{ hash: Hash; time: number; scom: string | null; isStored: number }>()
    .map(({ hash, time, scom, isStored }) => ({
      hash,
      time,
      ...(scom === null ? {} : { comment: scom }),
      isStored: isStored === 1,
    }));
}

/**
 * Deletes the artifacts that are shunned; what is stored as a delta of one becomes full text first. The derived tables still speak
 * of them: this is the first step of a rebuild, in its transaction.
 * @returns how many were removed
 */
export function removeShunned(repository: Repository): number {
  const { db } = repository;
  const doomed = db
    .prepare('SELECT rid FROM blob WHERE uuid IN (SELECT uuid FROM shun)')
    .all<{ rid: Rid }>()
    .map((row) => row.rid);
  removeArtifacts(repository, doomed);
  return doomed.length;
}

/**
 * Deletes artifacts from `blob` and the tables about it; what is stored as a delta of one becomes full text first. That all of a server's
 * content has been seen is not true any more.
 */
export function removeArtifacts(repository: Repository, doomed: readonly Rid[]): void {
  const { db, blobs } = repository;
  const going = new Set(doomed);
  for (const rid of doomed) {
    for (const dependent of blobs.deltasOf(rid)) {
      if (going.has(dependent)) continue;
      if (blobs.isReadable(dependent)) blobs.expand(dependent);
      else blobs.makePhantom(dependent);
    }
  }
  const tables = ['delta', 'blob', 'private', 'phantom', 'unclustered', 'unsent'];
  const removals = tables.map((table) => db.prepare(`DELETE FROM ${table} WHERE rid=?`));
  for (const rid of doomed) {
    for (const removal of removals) removal.run(rid);
  }
  if (doomed.length > 0) db.prepare(`DELETE FROM config WHERE name GLOB '${SEEN_ROWS}*'`).run();
  blobs.forgetAll();
}

function requireFullName(text: string): Hash {
  const hash = text.toLowerCase();
  if (isHash(hash)) return hash;
  throw new EngineError('usage', `"${text}" is not the full name of an artifact: 40 or 64 hexadecimal digits.`);
}
