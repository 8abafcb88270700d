import type { Rid } from '../identifiers';
import type { RidRange } from './moved-artifacts';
import type { ReadingOrder } from './reading-order';
import { giveParents } from './reparent';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';
import { TagSettlement } from './tag-settlement';

/** What was linked since tags were settled. */
export interface LinkedArtifacts {
  checkins: ReadonlySet<Rid>;
  others: ReadonlySet<Rid>;
  /** What their T-cards are set on. */
  targets: ReadonlySet<Rid>;
  /** What older artifacts have moved past in the reading order. */
  passed?: RidRange | undefined;
}

/**
 * Ends tags as "fossil rebuild" would. They are set as artifacts come, which gives the same unless an edit stands below a later one (or at one
 * moment with it), a branch is taken from check-ins, or a page is coloured by others: where that may be, they are derived anew.
 * @param linked - default: everything
 * @returns what has other tags now
 */
export function settleTags(repository: Repository, order: ReadingOrder, linked?: LinkedArtifacts): ReadonlySet<Rid> {
  const { disputes } = repository;
  const moved = settleParents(repository, order);
  const settlement = new TagSettlement(repository, order);
  const targets = new Set(linked?.targets);
  if (linked?.passed !== undefined) notePassed(repository, linked.passed, targets);
  if (mayHideReplaced(repository)) for (const { id, target } of settlement.replaced()) disputes.add(id, target);
  const pages = linked && [...linked.others, ...targets];
  const colours = new Set([
    ...(disputes.all.get(FIXED_TAGS.bgcolor) ?? []),
    ...pagesTaggedByOthers(repository, FIXED_TAGS.bgcolor, pages),
  ]);
  if (colours.size > 0) settlement.settle(FIXED_TAGS.bgcolor, colours);
  for (const [id, rids] of disputes.all) {
    if (id !== FIXED_TAGS.bgcolor && id !== FIXED_TAGS.branch) settlement.settle(id, rids);
  }
  if (
    disputes.all.has(FIXED_TAGS.branch) ||
    pagesTaggedByOthers(repository, FIXED_TAGS.branch, pages).length > 0 ||
    hasBranchless(repository, linked && [...linked.checkins, ...targets])
  )
    settlement.settleBranches();
  disputes.clear();
  return new Set([...moved, ...settlement.changed]);
}

/** Check-ins that several tags give other parents; before all else, as tags go along these. @returns those that have other parents now */
function settleParents(repository: Repository, order: ReadingOrder): Rid[] {
  const { disputes } = repository;
  const rids = [...(disputes.all.get(FIXED_TAGS.parent) ?? [])];
  if (rids.length === 0) return [];
  const given = new TagSettlement(repository, order).settle(FIXED_TAGS.parent, rids);
  return rids.filter((rid) => giveParents(repository, rid, given.get(rid)));
}

/** Notes those edits that are read now before, now after something else. */
function notePassed(repository: Repository, { first, last }: RidRange, targets: Set<Rid>): void {
  const { db, blobs, controls, disputes } = repository;
  const passed = db
    .prepare("SELECT objid AS rid FROM event WHERE type='g' AND objid BETWEEN ? AND ?")
    .all<{ rid: Rid }>(first, last);
  const idOf = db.prepare('SELECT tagid AS id FROM tag WHERE tagname=?');
  for (const { rid } of passed) {
    const { cards, mtime } = controls.tags(rid);
    for (const { name, target: hash } of cards) {
      const target = hash === '*' ? undefined : blobs.rid(hash);
      const id = idOf.get<{ id: number }>(name)?.id;
      if (target === undefined || id === undefined) continue;
      targets.add(target);
      disputes.note(db, { id, target, mtime });
    }
  }
}

/** Whether something of which nothing is left to see may have been before, or at other places than, what has come. */
function mayHideReplaced({ db, disputes }: Repository): boolean {
  if (disputes.hasLateLinks) return true;
  const statement = db.prepare(
    'SELECT max(mtime) AS mtime FROM tagxref WHERE tagid=? AND tagtype<2 AND srcid NOT IN (0, rid)',
  );
  const latest = new Map<number, number>();
  return disputes.edits.some(({ id, mtime }) => {
    const known = latest.get(id) ?? statement.get<{ mtime: number | null }>(id)?.mtime ?? 0;
    latest.set(id, known);
    return mtime < known;
  });
}

const NEAR =
  'near(rid) AS (SELECT value FROM json_each(?1) UNION SELECT pid FROM plink JOIN json_each(?1) ON cid=value)';

/** Pages and the like that have a tag from elsewhere: default: all of them, else these and what they stand on. */
function pagesTaggedByOthers({ db }: Repository, id: number, rids?: readonly Rid[]): Rid[] {
  const condition = `tagid=${id} AND srcid<>rid AND NOT EXISTS(SELECT 1 FROM event WHERE objid=rid AND type='ci')`;
  const rows =
    rids === undefined
      ? db.prepare(`SELECT rid FROM tagxref WHERE ${condition}`).all<{ rid: Rid }>()
      : db
          .prepare(`WITH ${NEAR} SELECT rid FROM near JOIN tagxref USING(rid) WHERE ${condition}`)
          .all<{ rid: Rid }>(JSON.stringify(rids));
  return rows.map((row) => row.rid);
}

/** Whether these, or what they stand on, or what came before them and stands on them, are on no branch as something else has taken that away. */
function hasBranchless({ db, disputes }: Repository, rids?: readonly Rid[]): boolean {
  const isBranchless =
    rids === undefined ||
    disputes.hasLateLinks ||
    db
      .prepare(
        `WITH ${NEAR} SELECT 1 FROM near WHERE EXISTS(SELECT 1 FROM event WHERE objid=rid AND type='ci')
            AND NOT EXISTS(SELECT 1 FROM tagxref WHERE rid=near.rid AND tagid=${FIXED_TAGS.branch} AND tagtype=2) LIMIT 1`,
      )
      .get(JSON.stringify(rids)) !== undefined;
  if (!isBranchless) return false;
  const removal = `SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND tagtype<2 AND srcid NOT IN (0, rid) LIMIT 1`;
  return db.prepare(removal).get() !== undefined;
}
