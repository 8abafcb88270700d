import type { Checkin, CherrypickCard } from '../artifact/types';
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
      if (repository.blobs.rid(hash) === undefined) continue;
      this.#children.delete(hash);
      for (const child of children) link(repository, hash, child, options);
    }
  }
}

/**
 * Writes the rows of `cherrypick` of a check-in, as far as the sources are known.
 * @param ridOf - undefined for a name that nothing has mentioned
 */
export function linkCherrypicks(
  repository: Repository,
  child: Rid,
  { cherrypicks }: Checkin,
  ridOf: (hash: Hash) => Rid | undefined,
): void {
  for (const pick of cherrypicks) {
    if (ridOf(pick.hash) === undefined) repository.awaitedCherrypicks.add(pick.hash, child);
    else insertCherrypick(repository, child, pick);
  }
}

function insertCherrypick({ db }: Repository, child: Rid, { hash, sign }: CherrypickCard): void {
  // Here alone Fossil takes a name as it stands: in upper case it is not that of an artifact in lower case.
  db.prepare('REPLACE INTO cherrypick(parentid,childid,isExclude) SELECT rid,?,? FROM blob WHERE uuid=?').run(
    child,
    sign === '-' ? 1 : 0,
    hash,
  );
}

/** The child is read again: the transaction that brought it may have been rolled back, and its rid be another's. */
function link(repository: Repository, hash: Hash, child: Rid, options: FileLinkOptions): void {
  const checkin = repository.checkins.checkin(child);
  const picks = checkin?.cherrypicks.filter((pick) => pick.hash === hash) ?? [];
  if (checkin === undefined || picks.length === 0) return;
  for (const pick of picks) insertCherrypick(repository, child, pick);
  linkFiles(repository, child, checkin, options);
}
