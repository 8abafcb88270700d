import { parseArtifact } from '../artifact/parse';
import type { Artifact, Checkin, Control, TagCard } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { Hash, JulianDay, Rid } from '../identifiers';
import { controlComment } from './control-comment';
import { linkChildren, linkFiles } from './file-links';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';
import { propagateAllTags, setTag, type TagType } from './tags';
import { TimeFudge } from './time-fudge';

const TAG_TYPE: Record<TagCard['sign'], TagType> = { '-': 0, '+': 1, '*': 2 };

export interface CrosslinkOptions {
  /** Apply the timestamp fudge of bulk insertions at the end (sync, clone); false for a single commit. */
  isBulk: boolean;
  /** Re-store older versions as deltas of newer ones; default true. A clone's payloads are deltas already. */
  deltify?: boolean;
}

/**
 * Derives the tables from artifacts (fossil.md 5.6). Use one session for a whole message or round; `end()` inside the same
 * transaction as the last artifact.
 */
export class CrosslinkSession {
  readonly #repository: Repository;
  readonly #fudge: TimeFudge | undefined;
  readonly #deltify: boolean;

  constructor(repository: Repository, options: CrosslinkOptions) {
    this.#repository = repository;
    this.#fudge = options.isBulk ? new TimeFudge() : undefined;
    this.#deltify = options.deltify ?? true;
  }

  /** Crosslinks an artifact that has just got its content, and check-ins that waited for it as their parent or baseline. */
  crosslink(rid: Rid, content?: Uint8Array): void {
    const { blobs, environment, db } = this.#repository;
    const artifact = parseArtifact(content ?? blobs.content(rid), environment.hash);
    if (artifact !== undefined) this.crosslinkParsed(rid, artifact);
    const orphans = db.prepare('SELECT rid FROM orphan WHERE baseline=?').all<{ rid: Rid }>(rid);
    for (const orphan of orphans) {
      db.prepare('DELETE FROM orphan WHERE rid=?').run(orphan.rid);
      this.crosslink(orphan.rid);
    }
  }

  crosslinkParsed(rid: Rid, artifact: Artifact): void {
    switch (artifact.type) {
      case 'checkin':
        this.#repository.checkins.remember(rid, artifact);
        if (!this.#waitsForBaseline(rid, artifact)) this.#crosslinkCheckin(rid, artifact);
        break;
      case 'cluster':
        this.#crosslinkCluster(rid, artifact.members);
        break;
      case 'control':
        this.#crosslinkControl(rid, artifact);
        break;
      case 'wiki':
      case 'ticket':
      case 'attachment':
      case 'technote':
      case 'forum':
        // Their derived tables are not kept yet; "fossil rebuild" makes them from the artifacts, which are all here.
        break;
      default:
        artifact satisfies never;
    }
  }

  /** Links a check-in to its parents and puts it on the timeline; its files are left to {@link linkFilesOf}. */
  linkCheckin(rid: Rid, checkin: Checkin): void {
    const { db, blobs } = this.#repository;
    const mtime = toJulianDay(checkin.date);
    for (const pick of checkin.cherrypicks) {
      const source = blobs.rid(pick.hash);
      if (source === undefined) continue;
      db.prepare('REPLACE INTO cherrypick(parentid,childid,isExclude) VALUES(?,?,?)').run(
        source,
        rid,
        pick.sign === '-' ? 1 : 0,
      );
    }
    const baseline = checkin.baseline === undefined ? null : blobs.ridOrPhantom(checkin.baseline);
    checkin.parents.forEach((hash, index) => {
      const parent = blobs.ridOrPhantom(hash);
      db.prepare('INSERT OR IGNORE INTO plink(pid,cid,isprim,mtime,baseid) VALUES(?,?,?,?,?)').run(
        parent,
        rid,
        index === 0 ? 1 : 0,
        mtime,
        baseline,
      );
      this.#repository.leaves.reconsider(parent);
      this.#fudge?.observe({ rid: parent, child: rid, childTime: mtime, parentTime: () => this.#checkinTime(parent) });
    });
    this.#observeChildren(rid, mtime);
    this.#insertCheckinEvent(rid, checkin, mtime);
    if (checkin.baseline !== undefined) this.#repository.config.set('seen-delta-manifest', '1');
    this.#setTags(rid, checkin.tags, mtime);
    const primary = checkin.parents[0];
    const primaryRid = primary === undefined ? undefined : blobs.rid(primary);
    if (primaryRid !== undefined) propagateAllTags(this.#repository, primaryRid);
  }

  /** Writes the `mlink` rows of a check-in. */
  linkFilesOf(rid: Rid, checkin: Checkin): void {
    linkFiles(this.#repository, rid, checkin, { deltify: this.#deltify });
  }

  end(): void {
    this.#fudge?.apply(this.#repository.db);
  }

  #crosslinkCheckin(rid: Rid, checkin: Checkin): void {
    const { db } = this.#repository;
    if (db.prepare("SELECT 1 FROM event WHERE objid=? AND type='ci'").get(rid) !== undefined) return;
    this.linkCheckin(rid, checkin);
    this.linkFilesOf(rid, checkin);
    linkChildren(this.#repository, rid, { deltify: this.#deltify });
  }

  #waitsForBaseline(rid: Rid, checkin: Checkin): boolean {
    if (checkin.baseline === undefined) return false;
    const { db, blobs, checkins } = this.#repository;
    const baseline = blobs.ridOrPhantom(checkin.baseline);
    if (checkins.checkin(baseline) !== undefined) return false;
    if (!blobs.isReadable(baseline)) db.prepare('REPLACE INTO orphan(rid,baseline) VALUES(?,?)').run(rid, baseline);
    return true;
  }

  #insertCheckinEvent(rid: Rid, checkin: Checkin, mtime: JulianDay): void {
    this.#repository.db
      .prepare(
        `REPLACE INTO event(type,mtime,objid,user,comment,bgcolor,euser,ecomment,omtime)
         VALUES('ci',
           coalesce((SELECT julianday(value) FROM tagxref WHERE tagid=${FIXED_TAGS.date} AND rid=?1), ?2),
           ?1, ?3, ?4,
           (SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.bgcolor} AND rid=?1 AND tagtype>0),
           (SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.user} AND rid=?1),
           (SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.comment} AND rid=?1),
           ?2)`,
      )
      .run(rid, mtime, checkin.user ?? null, checkin.comment ?? null);
  }

  #crosslinkCluster(rid: Rid, members: readonly Hash[]): void {
    const { db, blobs, environment } = this.#repository;
    const now = toJulianDay(environment.clock.now());
    setTag(this.#repository, { name: 'cluster', type: 1, value: null, source: rid, mtime: now, target: rid });
    for (const hash of members) {
      const member = blobs.ridOrPhantom(hash);
      db.prepare('DELETE FROM unclustered WHERE rid=?').run(member);
    }
  }

  #crosslinkControl(rid: Rid, control: Control): void {
    const mtime = toJulianDay(control.date);
    this.#setTags(rid, control.tags, mtime);
    this.#repository.db
      .prepare("REPLACE INTO event(type,mtime,objid,user,comment) VALUES('g',?,?,?,?)")
      .run(mtime, rid, control.user, controlComment(control));
  }

  #setTags(rid: Rid, tags: readonly TagCard[], mtime: JulianDay): void {
    for (const tag of tags) {
      setTag(this.#repository, {
        name: tag.name,
        type: TAG_TYPE[tag.sign],
        value: tag.value ?? null,
        source: rid,
        mtime,
        target: tag.target === '*' ? rid : this.#repository.blobs.ridOrPhantom(tag.target),
      });
    }
  }

  /** Children that arrived first are as much part of the fudge as those that come later. */
  #observeChildren(rid: Rid, mtime: JulianDay): void {
    if (this.#fudge === undefined) return;
    const children = this.#repository.db
      .prepare('SELECT cid, mtime FROM plink WHERE pid=?')
      .all<{ cid: Rid; mtime: JulianDay }>(rid);
    for (const child of children) {
      this.#fudge.observe({ rid, child: child.cid, childTime: child.mtime, parentTime: () => mtime });
    }
  }

  #checkinTime(rid: Rid): JulianDay | undefined {
    const row = this.#repository.db
      .prepare("SELECT coalesce(omtime,mtime) AS mtime FROM event WHERE objid=? AND type='ci'")
      .get<{ mtime: JulianDay }>(rid);
    return row?.mtime;
  }
}
