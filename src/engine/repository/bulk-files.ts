import type { Checkin } from '../artifact/types';
import type { Rid } from '../identifiers';
import type { ArtifactIds } from './artifact-ids';
import { comparedWith } from './checkin-neighbours';
import { fileDifferences, type FileLink, PERMISSION, type ResolvedCheckin } from './file-differences';
import type { RidLink } from './found-differences';
import type { Repository } from './repository';
import type { RepositoryFacts } from './repository-facts';
import { RowWriter } from './row-writer';

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
  links: Iterable<RidLink>;
}

/**
 * Writes the `mlink` rows of all check-ins of a repository that has none, from what was compared while they were verified. What was not is
 * read again in the end.
 */
export class BulkFiles {
  readonly #repository: Repository;
  readonly #ids: ArtifactIds;
  readonly #isCheckin: (rid: Rid) => boolean;
  readonly #found: (child: Rid, parent: Rid) => Iterable<RidLink> | undefined;
  readonly #links: RowWriter;

  constructor(
    repository: Repository,
    ids: ArtifactIds,
    { checkins, differences }: Pick<RepositoryFacts, 'checkins' | 'differences'>,
  ) {
    this.#repository = repository;
    this.#ids = ids;
    this.#isCheckin = (rid) => checkins.has(rid);
    this.#found = differences.byCheckin(ids);
    this.#links = new RowWriter(repository.db, 'INSERT INTO mlink(mid,fid,pmid,pid,fnid,pfnid,mperm,isaux)', 8);
  }

  link(rid: Rid, checkin: Checkin): void {
    const hasAll = checkin.parents.length > 0 && checkin.baseline === undefined;
    const known = hasAll ? this.#sources(rid, checkin) : undefined;
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
      this.#links.add(rid, row.fid, row.pmid, row.pid, row.fnid, row.pfnid, row.permission, row.isAuxiliary);
    }
  }

  /** All are linked: nothing is held back any more. */
  flush(): void {
    this.#links.flush();
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
      return [{ parent: 0, isPrimary: true, links: this.#inRids(links) }];
    }
    const sources: Source[] = [];
    for (const hash of comparedWith(checkin)) {
      const parent = this.#ids.rid(hash);
      const before = parent === undefined ? undefined : this.#resolved(parent);
      if (parent !== undefined && before !== undefined) {
        const links = [...fileDifferences(before, { checkin, files })];
        sources.push({ parent, isPrimary: hash === primary, links: this.#inRids(links) });
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
  #sources(rid: Rid, checkin: Checkin): Source[] | undefined {
    const sources: Source[] = [];
    for (const hash of comparedWith(checkin)) {
      const isPrimary = hash === checkin.parents[0];
      const parent = this.#ids.rid(hash);
      if (parent === undefined || !this.#isCheckin(parent)) {
        // Without its primary parent a check-in has no rows at all.
        if (isPrimary) return [];
        continue;
      }
      const links = this.#found(rid, parent);
      if (links === undefined) return undefined;
      sources.push({ parent, isPrimary, links });
    }
    return sources;
  }

  *#inRids(links: Iterable<FileLink>): Generator<RidLink> {
    for (const { from, to, ...link } of links) {
      yield {
        ...link,
        from: from === undefined ? 0 : this.#ids.ridOrPhantom(from),
        to: to === undefined ? 0 : this.#ids.ridOrPhantom(to),
      };
    }
  }

  #row(rid: Rid, parent: Rid | 0, link: RidLink, isPrimary: boolean): Row {
    const { blobs } = this.#repository;
    const fid = link.to;
    if (fid !== 0 && this.#ids.wasPrivate(fid) && !blobs.isPrivate(rid)) blobs.makePublic(fid);
    return {
      fid,
      pmid: parent,
      pid: link.from,
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
