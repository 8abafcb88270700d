import type { CherrypickCard } from '../artifact/types';
import type { Hash, Rid } from '../identifiers';
import { linkFiles, type FileLinkOptions } from './file-links';
import type { Repository } from './repository';

/**
 * Q-cards that name an artifact which is not even known by name yet. Fossil makes no phantom of it, and has a row of `cherrypick` only
 * after a rebuild; here it is made when the artifact comes, as long as the repository stays open.
 */
export class AwaitedCherrypicks {
  readonly #children = new Map<Hash, Set<Rid>>();

  add(source: Hash, child: Rid): void {
    const children = this.#children.get(source);
    if (children === undefined) this.#children.set(source, new Set([child]));
    else children.add(child);
  }

  /** Links the check-ins whose source has become known. */
  resolve(repository: Repository, options: FileLinkOptions): void {
    for (const [hash, children] of this.#children) {
      const source = repository.blobs.rid(hash);
      if (source === undefined) continue;
      this.#children.delete(hash);
      for (const child of children) link(repository, source, hash, child, options);
    }
  }
}

/** Writes a row of `cherrypick`. */
export function insertCherrypick(repository: Repository, source: Rid, child: Rid, sign: CherrypickCard['sign']): void {
  repository.db
    .prepare('REPLACE INTO cherrypick(parentid,childid,isExclude) VALUES(?,?,?)')
    .run(source, child, sign === '-' ? 1 : 0);
}

/** The child is read again: the transaction that brought it may have been rolled back, and its rid be another's. */
function link(repository: Repository, source: Rid, hash: Hash, child: Rid, options: FileLinkOptions): void {
  const checkin = repository.checkins.checkin(child);
  const picks = checkin?.cherrypicks.filter((pick) => pick.hash === hash) ?? [];
  if (checkin === undefined || picks.length === 0) return;
  for (const pick of picks) insertCherrypick(repository, source, child, pick.sign);
  linkFiles(repository, child, checkin, options);
}
