import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import type { CardTally } from './card-tally';
import { MessageWriter } from './message-writer';
import { Permissions } from './server-login';
import type { RequestOrigin, ServerOptions } from './server-options';
import type { ServerContext } from './server-part';
import type { Steps } from './turns';
import type { VerifiedContents } from './verified-contents';

/** Soft limits of a reply (fossil.md 2.7). */
export const MAX_DOWNLOAD_BYTES = 5_000_000;
const MAX_DOWNLOAD_SECONDS = 30;
/** The thread is given up after about this long (DESIGN.md, Processes). */
const TURN_MS = 50;

/** A refusal that ends the reading of the message. */
export class Refused extends Error {}

/** One message and its reply while it is made: what all parts of the answer know and share. */
export class ServerExchange implements ServerContext {
  readonly repository: Repository;
  readonly origin: RequestOrigin;
  readonly reply: MessageWriter;
  readonly permissions: Permissions;
  readonly isReadOnly: boolean;
  readonly onRemote = new Set<Rid>();
  readonly sent = new Set<Rid>();
  readonly notOnRemote = new Set<Hash>();
  isPulling = false;
  isPushing = false;
  isCloningByName = false;
  sharesPrivate = false;
  takesSha3 = false;
  clientDate = 0;
  isOwnClient = false;
  contents: VerifiedContents | undefined;
  isUncompressed = false;
  /** Refusals, for the trailer. */
  errors = 0;
  wipes = 0;
  #turnEnd: number;
  readonly #deadline: number;
  readonly #maxBytes: number;
  #dangling: ReadonlySet<Rid> | undefined;

  /** @param sent - counts what the reply holds, for who listens */
  constructor(repository: Repository, origin: RequestOrigin, options: ServerOptions, sent?: CardTally) {
    const { config, environment } = repository;
    this.repository = repository;
    this.reply = new MessageWriter(sent);
    this.origin = origin;
    this.isReadOnly = options.isReadOnly === true;
    this.permissions = new Permissions(repository, options);
    this.#maxBytes = positive(config.get('max-download'), MAX_DOWNLOAD_BYTES);
    const now = environment.clock.now();
    this.#turnEnd = now + TURN_MS;
    this.#deadline = now + 1000 * positive(config.get('max-download-time'), MAX_DOWNLOAD_SECONDS);
  }

  /** @param planned - bytes that are to be added besides */
  isFull(planned = 0): boolean {
    return this.reply.size + planned >= this.#maxBytes || this.repository.environment.clock.now() > this.#deadline;
  }

  takesContent(planned = 0): boolean {
    return (planned === 0 && !this.reply.hasContent) || !this.isFull(planned);
  }

  *pause(): Steps<void> {
    const { clock } = this.repository.environment;
    if (clock.now() < this.#turnEnd) return;
    yield;
    this.#turnEnd = clock.now() + TURN_MS;
  }

  sendUncompressed(): void {
    this.isUncompressed = true;
  }

  refuse(text: string): never {
    this.fail(text);
    throw new Refused(text);
  }

  wipe(): void {
    this.reply.clear();
    this.wipes++;
  }

  /** Wipes what was written and says why, and is counted, but reads on. */
  fail(text: string): void {
    this.wipe();
    this.reply.notice('error', text);
    this.errors++;
  }

  danglingDeltas(): ReadonlySet<Rid> {
    if (this.#dangling !== undefined) return this.#dangling;
    // Where nothing is missing nothing dangles; the whole answer costs a look at every delta.
    const isWhole = this.repository.db.prepare('SELECT 1 FROM phantom LIMIT 1').get() === undefined;
    return (this.#dangling = new Set(isWhole ? [] : this.repository.blobs.danglingDeltas()));
  }

  forgetDanglingDeltas(): void {
    this.#dangling = undefined;
  }
}

function positive(text: string | undefined, byDefault: number): number {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : byDefault;
}
