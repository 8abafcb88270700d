import { toJulianDay } from '../codec/julian-day';
import type { Rid } from '../identifiers';
import { ArtifactIds } from './artifact-ids';
import { BulkCheckins } from './bulk-checkins';
import { BulkFiles } from './bulk-files';
import type { CheckinHeaders } from './checkin-headers';
import type { ReadTags } from './control-reader';
import { CrosslinkSession } from './crosslink-session';
import { wholeArtifact } from './held-artifacts';
import { overrideAllInReadingOrder } from './overrides';
import { inParentOrder } from './parent-order';
import { ReadingOrder } from './reading-order';
import type { Repository } from './repository';
import type { RepositoryFacts } from './repository-facts';
import { settleTags } from './settle-tags';
import type { OtherArtifact } from './verify-task';

/** A check-in and where it stands. */
interface KnownCheckin {
  rid: Rid;
  date: number;
  parents: Rid[];
}

/** Steps of one kind. */
interface Stage {
  count: number;
  run: (step: number) => void;
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
  /** How many steps it takes. */
  readonly steps: number;
  readonly #stages: Stage[];
  /** Steps of the first stage that have been done. */
  #done = 0;

  constructor(repository: Repository, facts: RepositoryFacts) {
    const { db } = repository;
    const { checkins } = facts;
    const ids = new ArtifactIds(repository, facts);
    const session = new CrosslinkSession(repository, { isBulk: true, deltify: false, ids });
    const known = knownCheckins(checkins, ids);
    const linker = new BulkCheckins(repository, ids);
    const linked = new Set<Rid>();
    const files = new BulkFiles(repository, ids, facts);
    const order = new ReadingOrder(db);
    const others = inOrder(facts.others, order);
    const linkCheckin = (rid: Rid): void => {
      const checkin = checkins.get(rid);
      if (checkin === undefined) return;
      const baseline = checkin.baseline === undefined ? undefined : ids.ridOrPhantom(checkin.baseline);
      // One whose baseline is not here, or is none, waits for it.
      if (baseline !== undefined && !checkins.has(baseline)) {
        db.prepare('REPLACE INTO orphan(rid,baseline) VALUES(?,?)').run(rid, baseline);
        return;
      }
      linker.link(rid, checkin);
      linked.add(rid);
      session.noteLinked(rid);
    };
    const linkFiles = (rid: Rid): void => {
      const checkin = linked.has(rid) ? checkins.get(rid) : undefined;
      if (checkin !== undefined) files.link(rid, checkin);
    };
    this.#stages = [
      once(() => {
        for (const name of Object.keys(LATE_INDEXES)) db.exec(`DROP INDEX IF EXISTS ${name}`);
      }),
      forEach(ridsOf(inParentOrder(known)), linkCheckin),
      // Newest first, so that those that must be read are read along the chains of deltas.
      forEach(ridsOf(known.sort((a, b) => b.date - a.date)), linkFiles),
      once(() => {
        linker.flush();
        files.flush();
        for (const [name, columns] of Object.entries(LATE_INDEXES))
          db.exec(`CREATE INDEX IF NOT EXISTS ${name} ON ${columns}`);
        linker.end();
      }),
      forEach(others, ([rid, artifact]) => session.crosslinkParsed(rid, wholeArtifact(repository, rid, artifact))),
      once(() => {
        repository.controls.lend((rid) => tagsOf(facts, rid));
        settleTags(repository, order);
        repository.controls.forgetAll();
        overrideAllInReadingOrder(repository, order);
        session.end();
      }),
    ];
    this.steps = this.#stages.reduce((sum, { count }) => sum + count, 0);
  }

  /** Does the next step. */
  step(): void {
    let [stage] = this.#stages;
    while (stage !== undefined && this.#done === stage.count) {
      // What only it needed goes with it.
      this.#stages.shift();
      this.#done = 0;
      [stage] = this.#stages;
    }
    stage?.run(this.#done++);
  }
}

/** What has been read of an artifact's T-cards, and is still held. */
function tagsOf({ checkins, others }: RepositoryFacts, rid: Rid): ReadTags | undefined {
  const artifact = checkins.get(rid) ?? others.get(rid);
  const isKnown = artifact?.type === 'checkin' || artifact?.type === 'control';
  return isKnown ? { cards: artifact.tags, mtime: toJulianDay(artifact.date) } : undefined;
}

function once(run: () => void): Stage {
  return { count: 1, run };
}

function forEach<Item>(items: ArrayLike<Item>, work: (item: Item) => void): Stage {
  return {
    count: items.length,
    run: (step) => {
      const item = items[step];
      if (item !== undefined) work(item);
    },
  };
}

function ridsOf(checkins: readonly KnownCheckin[]): Rid[] {
  return checkins.map(({ rid }) => rid);
}

function knownCheckins(checkins: CheckinHeaders, ids: ArtifactIds): KnownCheckin[] {
  const known: KnownCheckin[] = [];
  for (const rid of checkins.rids()) {
    const header = checkins.get(rid);
    if (header === undefined) continue;
    const parents = header.parents.map((hash) => ids.rid(hash)).filter((parent) => parent !== undefined);
    known.push({ rid, date: header.date, parents });
  }
  return known;
}

/** By date; of two of one moment, that counts which is read first. Of the versions of a technote it does whatever their dates are. */
function inOrder(others: ReadonlyMap<Rid, OtherArtifact>, order: ReadingOrder): [Rid, OtherArtifact][] {
  const tie = (a: Rid, b: Rid): number => (order.isLater(a, b) ? 1 : -1);
  const areClusters = (a: OtherArtifact, b: OtherArtifact): boolean => a.type === 'cluster' && b.type === 'cluster';
  return [...others].sort(([rid, a], [other, b]) => dateOf(a) - dateOf(b) || (areClusters(a, b) ? 0 : tie(rid, other)));
}

/** Clusters come first, technotes last. */
function dateOf(artifact: OtherArtifact): number {
  if (artifact.type === 'technote') return Number.MAX_SAFE_INTEGER;
  return artifact.type === 'cluster' ? 0 : artifact.date;
}
