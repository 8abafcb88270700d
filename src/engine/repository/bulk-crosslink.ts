import type { Hash, Rid } from '../identifiers';
import { ArtifactIds } from './artifact-ids';
import { BulkCheckins } from './bulk-checkins';
import { BulkFiles } from './bulk-files';
import { CrosslinkSession } from './crosslink-session';
import { inParentOrder } from './parent-order';
import type { Repository } from './repository';
import type { RepositoryFacts } from './repository-facts';
import type { ArtifactHeader } from './verify-task';

interface KnownCheckin {
  rid: Rid;
  hash: Hash;
  header: Extract<ArtifactHeader, { type: 'checkin' }>;
}

/** Indexes that are cheaper made over all rows at once. */
const LATE_INDEXES = {
  mlink_i1: 'mlink(mid)',
  mlink_i2: 'mlink(fnid)',
  mlink_i3: 'mlink(fid)',
  mlink_i4: 'mlink(pid)',
  event_i1: 'event(mtime)',
  tagxref_i1: 'tagxref(tagid, mtime)',
} as const;

/**
 * Derives all tables of a repository whose derived tables are empty: check-ins parents first, their files, then what refers to them.
 * Step by step: the caller puts the steps into as many transactions as it likes. {@link LATE_INDEXES} are missing meanwhile.
 */
export class BulkCrosslink {
  readonly steps: readonly (() => void)[];

  constructor(repository: Repository, facts: RepositoryFacts) {
    const { db } = repository;
    const session = new CrosslinkSession(repository, { isBulk: true, deltify: false });
    const ids = new ArtifactIds(repository);
    const { checkins, others } = sorted(facts, ids);
    const linker = new BulkCheckins(repository, ids);
    const linked = new Set<Rid>();
    const files = new BulkFiles(
      repository,
      ids,
      facts.differences,
      (rid) => facts.headers.get(rid)?.type === 'checkin',
    );
    // Newest first, so that those that must be read are read along the chains of deltas.
    const newestFirst = [...checkins].sort((a, b) => b.header.date - a.header.date);
    this.steps = [
      () => {
        for (const name of Object.keys(LATE_INDEXES)) db.exec(`DROP INDEX IF EXISTS ${name}`);
      },
      ...inParentOrder(checkins, (hash) => ids.rid(hash)).map(({ rid, header }) => () => {
        const baseline = header.baseline === undefined ? undefined : ids.ridOrPhantom(header.baseline);
        // One whose baseline is not here, or is none, waits for it.
        if (baseline !== undefined && facts.headers.get(baseline)?.type !== 'checkin') {
          db.prepare('REPLACE INTO orphan(rid,baseline) VALUES(?,?)').run(rid, baseline);
          return;
        }
        linker.link(rid, header);
        linked.add(rid);
        session.noteLinked(rid);
      }),
      ...newestFirst.map(({ rid, hash, header }) => () => {
        if (linked.has(rid)) files.link(rid, hash, header);
      }),
      () => {
        for (const [name, columns] of Object.entries(LATE_INDEXES))
          db.exec(`CREATE INDEX IF NOT EXISTS ${name} ON ${columns}`);
        linker.end();
      },
      ...others.map(
        ({ rid, header }) =>
          () =>
            session.crosslinkParsed(rid, header),
      ),
      () => session.end(),
    ];
  }
}

function sorted(
  { headers }: RepositoryFacts,
  ids: ArtifactIds,
): { checkins: KnownCheckin[]; others: { rid: Rid; header: Exclude<ArtifactHeader, { type: 'checkin' }> }[] } {
  const checkins: KnownCheckin[] = [];
  const others = [];
  for (const [rid, header] of headers) {
    const hash = ids.hash(rid);
    if (header.type !== 'checkin') others.push({ rid, header });
    else if (hash !== undefined) checkins.push({ rid, hash, header });
  }
  others.sort((a, b) => dateOf(a.header) - dateOf(b.header));
  return { checkins, others };
}

function dateOf(header: ArtifactHeader): number {
  return header.type === 'cluster' ? 0 : header.date;
}
