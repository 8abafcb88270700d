import type { Checkin } from '../artifact/types';
import type { Hash, Rid } from '../identifiers';
import { hasTable, incomplete } from './consistency';
import type { Finding } from './finding';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';

/** What check-ins say of themselves, gathered while they are read, and whether the derived tables tell the same. */
export class CheckinClaims {
  readonly #parents = new Map<Rid, readonly Hash[]>();
  readonly #tagged: { rid: Rid; name: string }[] = [];

  note(rid: Rid, { parents, tags }: Checkin): void {
    this.#parents.set(rid, parents);
    for (const { target, name } of tags) if (target === '*') this.#tagged.push({ rid, name });
  }

  /** What the tables lack. Check-ins that wait for their baseline stand in none. */
  findings({ db, blobs }: Repository): Finding[] {
    if (!['event', 'orphan', 'plink', 'tag', 'tagxref'].every((table) => hasTable(db, table))) return [];
    const waiting = ridsOf(db, 'SELECT rid FROM orphan');
    const claims = [...this.#parents].filter(([rid]) => !waiting.has(rid));
    return [
      ...this.#withoutEvent(db, claims),
      ...this.#withoutParents(db, blobs, claims),
      ...this.#withoutTags(db, waiting),
    ];
  }

  #withoutEvent(db: Repository['db'], claims: readonly Claim[]): Finding[] {
    const events = ridsOf(db, "SELECT objid AS rid FROM event WHERE type='ci'");
    const count = claims.filter(([rid]) => !events.has(rid)).length;
    const problem = `${count} ${count === 1 ? 'check-in is' : 'check-ins are'} missing from the timeline.`;
    return count === 0 ? [] : [incomplete('event', problem)];
  }

  /** Where a tag names other parents, the check-in's own do not count. */
  #withoutParents(db: Repository['db'], blobs: Repository['blobs'], claims: readonly Claim[]): Finding[] {
    const links = new Map(
      db
        .prepare('SELECT cid, count(*) AS n FROM plink GROUP BY cid')
        .all<{ cid: Rid; n: number }>()
        .map(({ cid, n }) => [cid, n]),
    );
    const reparented = ridsOf(db, `SELECT rid FROM tagxref WHERE tagid=${FIXED_TAGS.parent}`);
    const count = claims.filter(([rid, parents]) => {
      const linked = links.get(rid) ?? 0;
      if (parents.length <= linked || reparented.has(rid)) return false;
      return new Set(parents.filter((hash) => blobs.rid(hash) !== undefined)).size > linked;
    }).length;
    const problem = `${count} ${count === 1 ? 'check-in is' : 'check-ins are'} not linked to all parents.`;
    return count === 0 ? [] : [incomplete('plink', problem)];
  }

  #withoutTags(db: Repository['db'], waiting: ReadonlySet<Rid>): Finding[] {
    const tagged = db.prepare('SELECT 1 FROM tagxref JOIN tag USING(tagid) WHERE rid=? AND tagname=?');
    const count = this.#tagged.filter(({ rid, name }) => !waiting.has(rid) && !tagged.get(rid, name)).length;
    const problem = `${count} ${count === 1 ? 'tag' : 'tags'} that check-ins set on themselves ${count === 1 ? 'is' : 'are'} missing.`;
    return count === 0 ? [] : [incomplete('tagxref', problem)];
  }
}

type Claim = readonly [rid: Rid, parents: readonly Hash[]];

function ridsOf(db: Repository['db'], sql: string): Set<Rid> {
  return new Set(
    db
      .prepare(sql)
      .all<{ rid: Rid }>()
      .map((row) => row.rid),
  );
}
