import { hasCode } from '../errors';
import type { Hash, Rid } from '../identifiers';
import { createClustersInTransaction } from '../repository/create-clusters';
import type { Card } from './card';
import { KNOWS_PRIVATE_NAMES } from './protocol-version';
import { allToAnnounce, unclusteredToAnnounce } from './sendable';
import { writeArtifact } from './send-artifact';
import type { ServerContext, ServerPart } from './server-part';
import { isSha3, refuseSha3 } from './sha3-refusal';
import type { Steps } from './turns';

/** Sends a pulling client what it asks for, and the names of what there is. */
export class ServerOutflow implements ServerPart {
  readonly #maxGimmes: number;
  #gimmes = 0;
  /** What was asked for since the reply was wiped last. Whoever then says that it knows the name, of what is private, still lacks it. */
  #wanted = new Set<Hash>();
  #wipes = 0;
  #sendsCatalog = false;

  constructor(maxGimmes: number) {
    this.#maxGimmes = maxGimmes;
  }

  take(card: Card, context: ServerContext): boolean {
    if (card.kind === 'gimme') {
      if (++this.#gimmes > this.#maxGimmes)
        context.refuse(`more than ${this.#maxGimmes} artifacts asked for at once: ask for fewer`);
      context.notOnRemote.add(card.hash);
      this.#forgetWiped(context);
      if (context.isPulling && !isOnRemote(card.hash, context)) this.#wanted.add(card.hash);
      return true;
    }
    if (card.kind !== 'pragma') return false;
    if (card.name === 'send-catalog') this.#sendsCatalog = true;
    else if (card.name === 'req-clusters') announceClusters(context);
    else return false;
    return true;
  }

  *conclude(context: ServerContext): Steps<void> {
    const { repository } = context;
    this.#forgetWiped(context);
    for (const hash of this.#wanted) {
      // Others may have changed the file while they had their turn.
      repository.snapshot(() => send(hash, context));
      yield* context.pause();
    }
    if (context.isCloningByName && this.#gimmes === 0) {
      announce(allToAnnounce(repository), context);
    } else if (context.isPulling) {
      makeClusters(context);
      announce(this.#sendsCatalog ? allToAnnounce(repository) : unclusteredToAnnounce(repository), context);
    } else return;
    if (context.sharesPrivate) announcePrivate(context);
  }

  #forgetWiped({ wipes }: ServerContext): void {
    if (wipes !== this.#wipes) this.#wanted.clear();
    this.#wipes = wipes;
  }
}

/** Gathers what no cluster names, where that is enough for one (fossil.md 4.1). Whoever only reads need not suffer from a full disk. */
export function makeClusters(context: ServerContext): void {
  const { repository, isReadOnly } = context;
  if (isReadOnly) return;
  try {
    if (createClustersInTransaction(repository) === 0) return;
  } catch (error) {
    if (repository.db.isInTransaction || !hasCode(error, 'disk-full')) throw error;
  }
  context.forgetDanglingDeltas();
}

function isOnRemote(hash: Hash, { repository, onRemote }: ServerContext): boolean {
  const rid = repository.blobs.rid(hash);
  return rid !== undefined && onRemote.has(rid);
}

/** One artifact that the client asked for; when the reply is full, its name only (fossil.md 3.3). */
function send(hash: Hash, context: ServerContext): void {
  const { repository, reply, sharesPrivate, onRemote } = context;
  const { blobs } = repository;
  const rid = blobs.rid(hash);
  if (rid === undefined || context.sent.has(rid)) return;
  const isPrivate = blobs.isPrivate(rid);
  if (isPrivate && !sharesPrivate) {
    if (context.clientDate >= KNOWS_PRIVATE_NAMES) reply.igot(hash, true);
    return;
  }
  if (!blobs.isReadable(rid) || blobs.isShunned(hash)) return;
  if (isSha3(hash) && !context.takesSha3) {
    refuseSha3(reply);
    return;
  }
  if (!context.takesContent()) {
    reply.igot(hash, isPrivate);
    return;
  }
  if (isPrivate) reply.card('private');
  writeArtifact(repository, rid, reply);
  onRemote.add(rid);
}

function announce(artifacts: readonly { rid: Rid; hash: Hash }[], { reply, onRemote }: ServerContext): void {
  for (const { rid, hash } of artifacts) if (!onRemote.has(rid)) reply.igot(hash);
}

function announcePrivate({ repository, reply }: ServerContext): void {
  const hidden = repository.db
    .prepare('SELECT uuid FROM private JOIN blob USING(rid) WHERE size>=0 ORDER BY rid')
    .all<{ uuid: Hash }>();
  for (const { uuid } of hidden) reply.igot(uuid, true);
}

/** All clusters that other clusters name, between two comments (Fossil 2.26 and later). */
function announceClusters(context: ServerContext): void {
  const { repository, reply } = context;
  const clusters = repository.db
    .prepare(
      `SELECT rid, uuid AS hash FROM tagxref JOIN blob USING(rid)
        WHERE tagid=(SELECT tagid FROM tag WHERE tagname='cluster') AND size>=0
          AND rid NOT IN (SELECT rid FROM unclustered) AND rid NOT IN (SELECT rid FROM private)
          AND uuid NOT IN (SELECT uuid FROM shun) ORDER BY rid`,
    )
    .all<{ rid: Rid; hash: Hash }>();
  reply.comment('sending-clusters');
  announce(clusters, context);
  reply.comment('end-of-clusters');
}
