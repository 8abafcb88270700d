import { encodeToken } from '../codec/fossil-encoding';
import type { Hash, Rid } from '../identifiers';
import { storedSummary } from './artifact-summary';
import type { Card } from './card';
import { receiptOf } from './seen-token';
import type { ServerContext, ServerPart } from './server-part';

/** The version of these pragmas that is spoken here (docs/protocol-extensions.md). */
export const PEEK_VERSION = '1';
export const PEEK = 'trilobite-peek';
export const DESCRIBE = 'trilobite-describe';
export const ARTIFACT = 'trilobite-artifact';
export const PEEKED = 'trilobite-peeked';

/** Describes to a pulling client of ours what it lacks, without sending it. */
export class PeekServer implements ServerPart {
  #token: string | undefined;
  #isAsked = false;
  readonly #wanted: Hash[] = [];

  take(card: Card): boolean {
    if (card.kind !== 'pragma' || (card.name !== PEEK && card.name !== DESCRIBE)) return false;
    const [version, argument] = card.parameters;
    if (version !== PEEK_VERSION || argument === undefined) return true;
    this.#isAsked = true;
    if (card.name === PEEK) this.#token = argument;
    else this.#wanted.push(argument as Hash);
    return true;
  }

  finish(context: ServerContext): void {
    if (!this.#isAsked || !context.isPulling) return;
    const { repository, reply } = context;
    const receipt = this.#token === undefined ? undefined : receiptOf(repository, this.#token);
    const since = receipt === undefined ? [] : publicSince(context, receipt);
    for (const rid of eventsFirst([...since, ...this.#wantedRids(context)], context)) describe(rid, context);
    // Tells a server that knows these pragmas from one that does not, and whether the token was known.
    reply.pragma(PEEKED, PEEK_VERSION, receipt === undefined ? 'named' : 'all');
  }

  #wantedRids({ repository }: ServerContext): Rid[] {
    const find = repository.db.prepare(`SELECT rid FROM blob WHERE uuid=? AND ${PUBLIC}`);
    return this.#wanted.flatMap((hash) => find.get<{ rid: Rid }>(hash)?.rid ?? []);
  }
}

const PUBLIC = 'size>=0 AND rid NOT IN (SELECT rid FROM private) AND uuid NOT IN (SELECT uuid FROM shun)';

function publicSince({ repository }: ServerContext, receipt: number): Rid[] {
  return repository.db
    .prepare(`SELECT rid FROM blob WHERE rcvid>? AND ${PUBLIC} ORDER BY rid DESC`)
    .all<{ rid: Rid }>(receipt)
    .map(({ rid }) => rid);
}

/** What people ask for comes first, check-ins above all: when the reply is full, it is files that are left with their names. */
function eventsFirst(rids: readonly Rid[], { repository }: ServerContext): Rid[] {
  const find = repository.db.prepare('SELECT 1 FROM event WHERE objid=?');
  const events = new Set(rids.filter((rid) => find.get(rid) !== undefined));
  return [...events, ...rids.filter((rid) => !events.has(rid))];
}

/** When the reply is full, by its name only. */
function describe(rid: Rid, context: ServerContext): void {
  const { repository, reply } = context;
  if (context.danglingDeltas().has(rid)) return;
  if (context.isFull()) {
    reply.pragma(ARTIFACT, PEEK_VERSION, repository.blobs.hash(rid));
    return;
  }
  const stored = storedSummary(repository, rid);
  if (stored === undefined) return;
  reply.pragma(ARTIFACT, PEEK_VERSION, stored.hash, encodeToken(JSON.stringify(stored.summary)));
}
