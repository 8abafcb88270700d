import type { Checkin } from '../artifact/types';
import type { Hash, Rid } from '../identifiers';
import type { ArtifactIds } from './artifact-ids';
import { comparedWith, type NeighbourDifferences } from './checkin-neighbours';
import { fileDifferences, type FileLink, PERMISSION, type ResolvedCheckin } from './file-differences';
import type { Repository } from './repository';
import type { Statement } from '../platform/sqlite';

/** A row of `mlink` to be. */
interface Row {
  fid: Rid | 0;
  pmid: Rid | 0;
  pid: Rid | 0 | -1;
  fnid: number;
  pfnid: number;
  permission: number;
  isAuxiliary: 0 | 1;
}

/** What a check-in does to the files of one that it comes from; 0: of none, for it is a root. */
interface Source {
  parent: Rid | 0;
  isPrimary: boolean;
  links: readonly FileLink[];
}

/** What a check-in does to the files of those that it comes from, by the name of each. */
type Differences = ReadonlyMap<Hash, readonly FileLink[]>;

/**
 * Writes the `mlink` rows of all check-ins of a repository that has none, from what was compared while they were verified. What was not is
 * read again in the end.
 */
export class BulkFiles {
  readonly #repository: Repository;
  readonly #ids: ArtifactIds;
  readonly #isCheckin: (rid: Rid) => boolean;
  readonly #differences = new Map<Hash, Map<Hash, readonly FileLink[]>>();
  readonly #insert: Statement;

  constructor(
    repository: Repository,
    ids: ArtifactIds,
    differences: readonly NeighbourDifferences[],
    isCheckin: (rid: Rid) => boolean,
  ) {
    this.#repository = repository;
    this.#ids = ids;
    this.#isCheckin = isCheckin;
    for (const { child, parent, links } of differences) {
      const known = this.#differences.get(child);
      if (known === undefined) this.#differences.set(child, new Map([[parent, links]]));
      else known.set(parent, links);
    }
    this.#insert = repository.db.prepare(
      'INSERT INTO mlink(mid,fid,pmid,pid,fnid,pfnid,mperm,isaux) VALUES(?,?,?,?,?,?,?,?)',
    );
  }

  link(rid: Rid, hash: Hash, checkin: Checkin): void {
    const hasAll = checkin.parents.length > 0 && checkin.baseline === undefined;
    const known = hasAll ? this.#sources(checkin, this.#differences.get(hash) ?? new Map<Hash, never>()) : undefined;
    const sources = known ?? this.#readSources(rid);
    if (sources !== undefined) this.#write(rid, checkin, sources);
  }

  #write(rid: Rid, checkin: Checkin, sources: readonly Source[]): void {
    const rows: Row[] = [];
    const changed = new Set<number>();
    for (const { parent, isPrimary, links } of sources) {
      for (const link of links) {
        const row = this.#row(rid, parent, link, isPrimary);
        if (isPrimary) changed.add(row.fnid);
        if (changed.has(row.fnid)) rows.push(row);
      }
    }
    const parents = checkin.parents.length + checkin.cherrypicks.filter((pick) => pick.sign === '+').length;
    if (parents > 1) markAddedByMerge(rows, parents);
    for (const row of rows) {
      this.#insert.run(rid, row.fid, row.pmid, row.pid, row.fnid, row.pfnid, row.permission, row.isAuxiliary);
    }
  }

  /** For the few whose differences nobody saw: roots, delta manifests, and those that stand far from a parent. */
  #readSources(rid: Rid): Source[] | undefined {
    const after = this.#resolved(rid);
    if (after === undefined) return undefined;
    const { checkin, files } = after;
    const [primary] = checkin.parents;
    if (primary === undefined) {
      const links = checkin.files.flatMap((card): FileLink[] =>
        card.hash === undefined ? [] : [{ name: card.name, to: card.hash, permission: PERMISSION[card.permission] }],
      );
      return [{ parent: 0, isPrimary: true, links }];
    }
    const sources: Source[] = [];
    for (const hash of comparedWith(checkin)) {
      const parent = this.#ids.rid(hash);
      const before = parent === undefined ? undefined : this.#resolved(parent);
      if (parent !== undefined && before !== undefined) {
        const links = [...fileDifferences(before, { checkin, files })];
        sources.push({ parent, isPrimary: hash === primary, links });
      } else if (hash === primary) {
        return undefined;
      }
    }
    return sources;
  }

  #resolved(rid: Rid): ResolvedCheckin | undefined {
    const { checkins } = this.#repository;
    const checkin = checkins.checkin(rid);
    const files = checkins.files(rid);
    return checkin === undefined || files === undefined ? undefined : { checkin, files };
  }

  /** What it is compared with, the primary parent first. @returns undefined when a difference is not known */
  #sources(checkin: Checkin, differences: Differences): Source[] | undefined {
    const sources: Source[] = [];
    for (const hash of comparedWith(checkin)) {
      const isPrimary = hash === checkin.parents[0];
      const parent = this.#ids.rid(hash);
      if (parent === undefined || !this.#isCheckin(parent)) {
        // Without its primary parent a check-in has no rows at all.
        if (isPrimary) return [];
        continue;
      }
      const links = differences.get(hash);
      if (links === undefined) return undefined;
      sources.push({ parent, isPrimary, links });
    }
    return sources;
  }

  #row(rid: Rid, parent: Rid | 0, link: FileLink, isPrimary: boolean): Row {
    const { blobs } = this.#repository;
    const fid = link.to === undefined ? 0 : this.#ids.ridOrPhantom(link.to);
    if (fid !== 0 && this.#ids.wasPrivate(fid) && !blobs.isPrivate(rid)) blobs.makePublic(fid);
    return {
      fid,
      pmid: parent,
      pid: link.from === undefined ? 0 : this.#ids.ridOrPhantom(link.from),
      fnid: this.#ids.fileName(link.name),
      pfnid: link.formerName === undefined ? 0 : this.#ids.fileName(link.formerName),
      permission: link.permission,
      isAuxiliary: isPrimary ? 0 : 1,
    };
  }
}

/** A file in fewer rows than there are parents was brought by the merge. */
function markAddedByMerge(rows: Row[], parents: number): void {
  const counts = new Map<number, number>();
  for (const { fnid } of rows) counts.set(fnid, (counts.get(fnid) ?? 0) + 1);
  for (const row of rows) if (row.pid === 0 && (counts.get(row.fnid) ?? 0) < parents) row.pid = -1;
}
