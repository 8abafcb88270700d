import type { Checkin, TagCard } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { JulianDay, Rid } from '../identifiers';
import type { ArtifactIds } from './artifact-ids';
import { linkCherrypicks } from './awaited-cherrypicks';
import { recordBacklinks } from './backlinks';
import { applyOverride } from './overrides';
import { parentsInTag } from './reparent';
import type { Repository } from './repository';
import { RowWriter } from './row-writer';
import { TAG_TYPE } from './tag-cards';
import { FIXED_TAGS } from './tag-ids';
import { makePrivate, setTag, tagId, type TagAssignment, type TagType } from './tags';

/** A row of `tagxref` as the children see it. */
interface KnownTag {
  id: number;
  type: TagType;
  origin: Rid;
  value: string | null;
  mtime: JulianDay;
}

/** Overrides that are rare enough to be applied one by one. */
const RARE_OVERRIDES: ReadonlySet<number> = new Set([FIXED_TAGS.comment, FIXED_TAGS.user, FIXED_TAGS.date]);

/**
 * Links the check-ins of a repository whose derived tables are empty to their parents, puts them on the timeline and gives them their
 * tags: what {@link CheckinLinker} does for one, done for all, parents first, with the tags of each kept in memory for its children.
 */
export class BulkCheckins {
  readonly #repository: Repository;
  readonly #ids: ArtifactIds;
  readonly #tags = new Map<Rid, readonly KnownTag[]>();
  readonly #tagIds = new Map<string, number>();
  readonly #foreignTags: TagAssignment[] = [];
  readonly #references: RowWriter;

  constructor(repository: Repository, ids: ArtifactIds) {
    this.#repository = repository;
    this.#ids = ids;
    this.#references = new RowWriter(
      repository.db,
      'INSERT INTO tagxref(tagid,tagtype,srcid,origid,value,mtime,rid)',
      7,
    );
  }

  link(rid: Rid, checkin: Checkin): void {
    const mtime = toJulianDay(checkin.date);
    linkCherrypicks(this.#repository, rid, checkin, (hash) => this.#ids.rid(hash));
    const own = this.#ownTags(rid, checkin, mtime);
    const parents = this.#linkParents(rid, checkin, own, mtime);
    const primary = checkin.parents[0];
    const primaryRid = primary === undefined ? undefined : this.#ids.rid(primary);
    // A tag that gives it other parents takes it from the reach of the one that it names itself.
    const above = primaryRid !== undefined && parents[0] === primaryRid ? this.#tags.get(primaryRid) : undefined;
    const tags = this.#withInherited(rid, own, above ?? []);
    this.#insertEvent(rid, checkin, mtime, tags);
    for (const tag of own) {
      if (RARE_OVERRIDES.has(tag.id)) this.#override(rid, tag);
      if (tag.id === FIXED_TAGS.private) makePrivate(this.#repository, rid);
    }
  }

  /** All are linked: nothing is held back any more. */
  flush(): void {
    this.#references.flush();
  }

  /** Ends with what needs all check-ins: tags that one sets on another, and the leaves. */
  end(): void {
    this.#repository.db.exec(
      `INSERT OR IGNORE INTO leaf
       WITH tagged(rid, branch) AS MATERIALIZED (SELECT rid, value FROM tagxref WHERE tagid=${FIXED_TAGS.branch}),
         asked(rid) AS (SELECT rid FROM tagged UNION SELECT pid FROM plink JOIN tagged ON cid=rid WHERE pid>0)
       SELECT rid FROM asked WHERE NOT EXISTS(
         SELECT 1 FROM plink WHERE pid=asked.rid
            AND coalesce((SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=asked.rid), 'trunk')
              = coalesce((SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=plink.cid), 'trunk'))`,
    );
    for (const tag of this.#foreignTags) setTag(this.#repository, tag);
  }

  /** @returns the parents that it has in the end */
  #linkParents(rid: Rid, checkin: Checkin, own: readonly KnownTag[], mtime: JulianDay): Rid[] {
    const { db, config } = this.#repository;
    const given = own.find((tag) => tag.id === FIXED_TAGS.parent && tag.type === 1);
    const hashes = (given === undefined ? undefined : parentsInTag(given.value)) ?? checkin.parents;
    const baseline = checkin.baseline === undefined ? null : this.#ids.ridOrPhantom(checkin.baseline);
    if (baseline !== null) config.set('seen-delta-manifest', '1');
    const insert = db.prepare('INSERT OR IGNORE INTO plink(pid,cid,isprim,mtime,baseid) VALUES(?,?,?,?,?)');
    return hashes.map((hash, index) => {
      const parent = this.#ids.ridOrPhantom(hash);
      insert.run(parent, rid, index === 0 ? 1 : 0, mtime, baseline);
      return parent;
    });
  }

  /** The tags that it sets on itself, the first of a name counting; those on others wait. */
  #ownTags(rid: Rid, checkin: Checkin, mtime: JulianDay): KnownTag[] {
    const own: KnownTag[] = [];
    for (const card of checkin.tags) {
      const target = card.target === '*' ? rid : this.#ids.ridOrPhantom(card.target);
      const tag = { type: TAG_TYPE[card.sign], value: card.value ?? null, mtime };
      if (target === rid) {
        const id = this.#tagId(card.name);
        if (own.some((known) => known.id === id)) continue;
        own.push({ ...tag, id, origin: rid });
      } else {
        this.#foreignTags.push({ ...tag, name: card.name, source: rid, target });
      }
    }
    return own;
  }

  #withInherited(rid: Rid, own: readonly KnownTag[], above: readonly KnownTag[]): readonly KnownTag[] {
    for (const tag of own) this.#references.add(tag.id, tag.type, rid, rid, tag.value, tag.mtime, rid);
    const inherited = above.filter((tag) => tag.type === 2 && !own.some((known) => known.id === tag.id));
    for (const tag of inherited) this.#references.add(tag.id, 2, 0, tag.origin, tag.value, tag.mtime, rid);
    // Most have what their parent has: one list serves them all.
    const tags = own.length === 0 && inherited.length === above.length ? above : [...own, ...inherited];
    this.#tags.set(rid, tags);
    return tags;
  }

  #insertEvent(rid: Rid, checkin: Checkin, mtime: JulianDay, tags: readonly KnownTag[]): void {
    const color = tags.find((tag) => tag.id === FIXED_TAGS.bgcolor);
    const comment = checkin.comment ?? null;
    this.#repository.db
      .prepare("INSERT INTO event(type,mtime,objid,user,comment,bgcolor,omtime) VALUES('ci',?,?,?,?,?,?)")
      .run(mtime, rid, checkin.user ?? null, comment, color === undefined ? null : valueOf(color), mtime);
    if (comment?.includes('[') === true)
      recordBacklinks(this.#repository, { kind: 'checkin', source: rid, mtime, text: comment });
  }

  #override(rid: Rid, tag: KnownTag): void {
    const { id, mtime } = tag;
    applyOverride(this.#repository, { id, value: valueOf(tag), source: rid, mtime, target: rid });
  }

  #tagId(name: TagCard['name']): number {
    let id = this.#tagIds.get(name);
    if (id === undefined) {
      id = tagId(this.#repository, name);
      this.#tagIds.set(name, id);
    }
    return id;
  }
}

/** A cancelled tag overrides with nothing. */
function valueOf(tag: KnownTag): string | null {
  return tag.type === 0 ? null : tag.value;
}
