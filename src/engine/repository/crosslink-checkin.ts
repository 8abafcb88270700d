import type { Checkin } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { JulianDay, Rid } from '../identifiers';
import { linkCherrypicks } from './awaited-cherrypicks';
import { recordBacklinks } from './backlinks';
import { linkChildren, linkFiles } from './file-links';
import type { Repository } from './repository';
import { setTagCards } from './tag-cards';
import { FIXED_TAGS } from './tag-ids';
import { inheritTags } from './tags';

/** Derives what check-ins say (fossil.md 5.6, Manifest). */
export class CheckinLinker {
  readonly #repository: Repository;
  readonly #deltify: boolean;

  constructor(repository: Repository, options: { deltify: boolean }) {
    this.#repository = repository;
    this.#deltify = options.deltify;
  }

  /** Links a check-in in full, unless it has been or waits for its baseline, which may turn out to be none. @returns whether it did */
  link(rid: Rid, checkin: Checkin): boolean {
    const { checkins } = this.#repository;
    checkins.remember(rid, checkin);
    if (this.#waitsForBaseline(rid, checkin) || this.#isLinked(rid)) return false;
    this.linkToParents(rid, checkin);
    this.linkFiles(rid, checkin);
    linkChildren(this.#repository, rid, { deltify: this.#deltify });
    return true;
  }

  /** Links it to its parents and puts it on the timeline. */
  linkToParents(rid: Rid, checkin: Checkin): void {
    const { db, blobs, config, leaves } = this.#repository;
    const mtime = toJulianDay(checkin.date);
    linkCherrypicks(this.#repository, rid, checkin, (hash) => blobs.rid(hash));
    const baseline = checkin.baseline === undefined ? null : blobs.ridOrPhantom(checkin.baseline);
    const insert = db.prepare('INSERT OR IGNORE INTO plink(pid,cid,isprim,mtime,baseid) VALUES(?,?,?,?,?)');
    const parents = checkin.parents.map((hash) => blobs.ridOrPhantom(hash));
    parents.forEach((parent, index) => {
      insert.run(parent, rid, index === 0 ? 1 : 0, mtime, baseline);
      leaves.reconsider(parent);
    });
    this.#insertEvent(rid, checkin, mtime);
    if (checkin.baseline !== undefined) config.set('seen-delta-manifest', '1');
    setTagCards(this.#repository, { source: rid, tags: checkin.tags, mtime });
    const [primary] = parents;
    if (primary !== undefined) inheritTags(this.#repository, primary, rid);
  }

  /** Writes its `mlink` rows. */
  linkFiles(rid: Rid, checkin: Checkin): void {
    linkFiles(this.#repository, rid, checkin, { deltify: this.#deltify });
  }

  #isLinked(rid: Rid): boolean {
    return this.#repository.db.prepare("SELECT 1 FROM event WHERE objid=? AND type='ci'").get(rid) !== undefined;
  }

  #waitsForBaseline(rid: Rid, checkin: Checkin): boolean {
    if (checkin.baseline === undefined) return false;
    const { db, blobs, checkins } = this.#repository;
    const baseline = blobs.ridOrPhantom(checkin.baseline);
    if (checkins.checkin(baseline) !== undefined) return false;
    db.prepare('REPLACE INTO orphan(rid,baseline) VALUES(?,?)').run(rid, baseline);
    return true;
  }

  #insertEvent(rid: Rid, checkin: Checkin, mtime: JulianDay): void {
    const event = this.#repository.db
      .prepare(
        `REPLACE INTO event(type,mtime,objid,user,comment,bgcolor,euser,ecomment,omtime)
         VALUES('ci',
           coalesce((SELECT julianday(value) FROM tagxref WHERE tagid=${FIXED_TAGS.date} AND rid=?1), ?2),
           ?1, ?3, ?4,
           (SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.bgcolor} AND rid=?1 AND tagtype>0),
           (SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.user} AND rid=?1),
           (SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.comment} AND rid=?1),
           ?2)
         RETURNING coalesce(ecomment, comment, '') AS text`,
      )
      .get<{ text: string }>(rid, mtime, checkin.user ?? null, checkin.comment ?? null);
    recordBacklinks(this.#repository, { kind: 'checkin', source: rid, mtime, text: event?.text ?? '' });
  }
}
