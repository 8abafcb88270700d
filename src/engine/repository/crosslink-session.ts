import { FileCardCache } from '../artifact/file-card-cache';
import { parseArtifact } from '../artifact/parse';
import type { Artifact, Control, TagCard } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { Hash, Rid } from '../identifiers';
import type { ArtifactIds } from './artifact-ids';
import { controlComment } from './control-comment';
import { AttachmentLinker } from './crosslink-attachment';
import { CheckinLinker } from './crosslink-checkin';
import { ForumLinker } from './crosslink-forum';
import { linkTechnote } from './crosslink-technote';
import { WikiLinker } from './crosslink-wiki';
import { hashDigits, type HashDigits } from './event-text';
import { type PageFacts, technoteFacts, wikiFacts } from './page-facts';
import { passedByMoved } from './moved-artifacts';
import { overrideInReadingOrder } from './overrides';
import { ReadingOrder } from './reading-order';
import { reapplyParentTags } from './reparent';
import type { Repository } from './repository';
import { settleTags } from './settle-tags';
import { setTagCards } from './tag-cards';
import { setTag } from './tags';
import { TicketLinker } from './ticket-linker';
import { TimeFudge } from './time-fudge';

export interface CrosslinkOptions {
  /** Apply the timestamp fudge of bulk insertions at the end (sync, clone); false for a single commit. */
  isBulk: boolean;
  /** Re-store older versions as deltas of newer ones; default true. A clone's payloads are deltas already. */
  deltify?: boolean;
  /** Where row ids of names are found, if not in the repository. */
  ids?: Pick<ArtifactIds, 'ridOrPhantom'>;
}

/**
 * Derives the tables from artifacts (fossil.md 5.6). Use one session for a whole message or round; `end()` inside the same
 * transaction as the last artifact.
 */
export class CrosslinkSession {
  readonly #repository: Repository;
  readonly #fudge: TimeFudge | undefined;
  readonly #deltify: boolean;
  readonly #ids: Pick<ArtifactIds, 'ridOrPhantom'>;
  readonly #digits: HashDigits;
  readonly #checkins: CheckinLinker;
  readonly #wiki: WikiLinker;
  readonly #tickets: TicketLinker;
  readonly #attachments: AttachmentLinker;
  readonly #forum: ForumLinker;
  readonly #fileCards = new FileCardCache();
  /** Check-ins. */
  readonly #linked = new Set<Rid>();
  readonly #others = new Set<Rid>();
  /** What tags of others are set on. */
  readonly #tagged = new Set<Rid>();

  constructor(repository: Repository, options: CrosslinkOptions) {
    this.#repository = repository;
    this.#fudge = options.isBulk ? new TimeFudge() : undefined;
    this.#deltify = options.deltify ?? true;
    this.#ids = options.ids ?? repository.blobs;
    this.#digits = hashDigits(repository);
    this.#checkins = new CheckinLinker(repository, { deltify: this.#deltify });
    this.#wiki = new WikiLinker(repository, { deltify: this.#deltify });
    this.#tickets = new TicketLinker(repository);
    this.#attachments = new AttachmentLinker(repository, this.#digits);
    this.#forum = new ForumLinker(repository);
  }

  /** Crosslinks an artifact that has just got its content, and check-ins that waited for it as their parent or baseline. */
  crosslink(rid: Rid, content?: Uint8Array): void {
    this.link(rid, this.parsed(content ?? this.#repository.blobs.content(rid)));
  }

  /** @returns what {@link link} takes: undefined for a file */
  parsed(content: Uint8Array): Artifact | undefined {
    return parseArtifact(content, this.#repository.environment.hash, this.#fileCards);
  }

  /** As {@link crosslink}, of what has been read before. */
  link(rid: Rid, artifact: Artifact | undefined): void {
    const { db } = this.#repository;
    if (artifact !== undefined) {
      this.crosslinkParsed(rid, artifact);
      if (artifact.type !== 'checkin') this.#others.add(rid);
      if ('tags' in artifact) this.#noteTagged(artifact.tags);
    }
    const orphans = db.prepare('SELECT rid FROM orphan WHERE baseline=?').all<{ rid: Rid }>(rid);
    for (const orphan of orphans) {
      db.prepare('DELETE FROM orphan WHERE rid=?').run(orphan.rid);
      this.crosslink(orphan.rid);
    }
  }

  /** @param artifact - of a page the text is not needed */
  crosslinkParsed(rid: Rid, artifact: Artifact | PageFacts): void {
    switch (artifact.type) {
      case 'checkin':
        if (this.#checkins.link(rid, artifact)) {
          this.#linked.add(rid);
          this.#fudge?.observe(rid);
        }
        break;
      case 'cluster':
        this.#crosslinkCluster(rid, artifact.members);
        break;
      case 'control':
        this.#crosslinkControl(rid, artifact);
        break;
      case 'wiki':
        this.#wiki.link(rid, 'text' in artifact ? wikiFacts(artifact) : artifact);
        break;
      case 'ticket':
        this.#tickets.link(rid, artifact);
        this.#attachments.refresh(artifact.ticket);
        break;
      case 'attachment':
        this.#attachments.link(rid, artifact);
        break;
      case 'technote':
        setTagCards(this.#repository, { source: rid, tags: artifact.tags, mtime: toJulianDay(artifact.date) });
        linkTechnote(this.#repository, rid, 'text' in artifact ? technoteFacts(artifact) : artifact, {
          deltify: this.#deltify,
        });
        this.#attachments.refresh(artifact.eventId);
        break;
      case 'forum':
        this.#forum.link(rid, artifact);
        break;
      default:
        artifact satisfies never;
    }
  }

  /** Hears of a check-in that has been linked without this session. */
  noteLinked(rid: Rid): void {
    this.#fudge?.observe(rid);
  }

  /** Does what had to wait until all artifacts of the session are there. */
  end(): void {
    this.#repository.awaitedCherrypicks.resolve(this.#repository, { deltify: this.#deltify });
    reapplyParentTags(this.#repository, { deltify: this.#deltify });
    this.#tickets.end();
    this.#wiki.end();
    this.#forum.end();
    this.#settle();
    this.#linked.clear();
    this.#others.clear();
    this.#tagged.clear();
    this.#fudge?.apply(this.#repository);
  }

  /** Where it depends on the order of arrival, all shall be as after a rebuild. */
  #settle(): void {
    const all = new Set([...this.#linked, ...this.#others]);
    if (all.size === 0) return;
    const passed = passedByMoved(this.#repository, all);
    const linked = { checkins: this.#linked, others: this.#others, targets: this.#tagged, passed };
    const retagged = settleTags(this.#repository, new ReadingOrder(this.#repository.db), linked);
    const tagged = new Set([...this.#tagged, ...retagged]);
    for (const rid of overrideInReadingOrder(this.#repository, all, tagged, passed)) this.#fudge?.observe(rid);
  }

  #noteTagged(tags: readonly TagCard[]): void {
    for (const { target } of tags) {
      const rid = target === '*' ? undefined : this.#repository.blobs.rid(target);
      if (rid !== undefined) this.#tagged.add(rid);
    }
  }

  #crosslinkCluster(rid: Rid, members: readonly Hash[]): void {
    const { db, environment } = this.#repository;
    const now = toJulianDay(environment.clock.now());
    setTag(this.#repository, { name: 'cluster', type: 1, value: null, source: rid, mtime: now, target: rid });
    const rids = members.map((hash) => this.#ids.ridOrPhantom(hash));
    db.prepare('DELETE FROM unclustered WHERE rid IN (SELECT value FROM json_each(?))').run(JSON.stringify(rids));
  }

  #crosslinkControl(rid: Rid, control: Control): void {
    const mtime = toJulianDay(control.date);
    setTagCards(this.#repository, { source: rid, tags: control.tags, mtime });
    this.#repository.db
      .prepare("REPLACE INTO event(type,mtime,objid,user,comment) VALUES('g',?,?,?,?)")
      .run(mtime, rid, control.user, controlComment(control, this.#digits));
  }
}
