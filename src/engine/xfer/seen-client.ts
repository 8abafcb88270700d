import type { Repository } from '../repository/repository';
import { SEEN_ROWS } from '../repository/seen-rows';
import type { Card } from './card';
import type { ToldTotals } from './clone-forecast';
import type { MessageWriter } from './message-writer';
import { canonicalUrl, withoutLogin, type Remote } from './remote';
import { SEEN, SEEN_VERSION, SEND, SENDING, TO_COME, UP_TO } from './seen-server';

const ABSENT = '-';
/** What a token, and the name of a plan, may look like: they are the server's own affair. */
const TOKEN = /^[!-~]{1,200}$/;
const NUMBER = /^\d{1,15}$/;

/** How far a server has come with what it sends without being asked for. */
interface Position {
  /** The server's name for what it sends, in its order. */
  plan: string;
  /** How many artifacts of it are here. */
  index: number;
}

/**
 * Up to where a server's content has been seen: tells the server, and remembers what it answers
 * (docs/protocol-extensions.md). Servers that do not know the pragmas pass over them.
 */
export class SeenClient {
  readonly #repository: Repository;
  /** The row that keeps the token, and behind it how far what is sent without being asked for has come. */
  readonly #row: string;
  /** What the row holds. */
  #kept: string | undefined;
  #token: string | undefined;
  #upTo: string | undefined;
  #position: Position | undefined;
  /** The server may be asked to send; it is not asked any more once it has sent all, or sends what makes no sense. */
  #mayAsk = true;
  #isAsked = false;
  /** Whether this reply sends, whether it has begun to and has ended, how many artifacts of it have come and how many were left out. */
  #isSending = false;
  #hasBegun = false;
  #hasEnded = false;
  #come = 0;
  #leftOut = 0;
  /** Artifacts that were to follow behind the last reply. */
  #left: number | undefined;
  /** What the server has told to be to come, in this reply and behind it. */
  told: ToldTotals | undefined;
  /** Whether what the server was sending unasked has been given up at the end of this reply, though not all of it had come. */
  hasGivenUp = false;

  constructor(repository: Repository, remote: Remote) {
    this.#repository = repository;
    this.#row = SEEN_ROWS + canonicalUrl(withoutLogin(remote));
    this.#kept = repository.config.get(this.#row);
    const [token, plan, index = ''] = this.#kept?.split(' ') ?? [];
    this.#token = token;
    if (plan !== undefined && NUMBER.test(index)) this.#position = { plan, index: Number(index) };
  }

  /** What the server is told; `-` where nothing is known of it. */
  get token(): string {
    return this.#token !== undefined && TOKEN.test(this.#token) ? this.#token : ABSENT;
  }

  /** Whether it is known to be a server of ours. */
  get isOwnServer(): boolean {
    return this.token !== ABSENT;
  }

  /** Whether the server is in the middle of what it sends without being asked for: nothing of it need be asked for. */
  get isToGoOn(): boolean {
    return this.#mayAsk && this.#position !== undefined;
  }

  /** Whether what comes just now is what the server sends without being asked for, as it has it. */
  get isReceiving(): boolean {
    return this.#isSending && !this.#hasEnded;
  }

  /**
   * Before what is asked for.
   * @param options.withTotals - the server is to tell how much a clone brings
   * @param options.withContent - the server is to send all that came after the token
   */
  compose(message: MessageWriter, options: { withTotals?: boolean; withContent?: boolean }): void {
    message.pragma(SEEN, SEEN_VERSION, this.token, ...(options.withTotals === true ? ['totals'] : []));
    this.#isSending = false;
    this.#hasBegun = false;
    this.#hasEnded = false;
    this.#come = 0;
    this.#leftOut = 0;
    this.#isAsked = options.withContent === true && this.#mayAsk && this.token !== ABSENT;
    if (!this.#isAsked) return;
    const { plan, index } = this.#position ?? {};
    message.pragma(SEND, SEEN_VERSION, ...(plan === undefined || index === undefined ? [] : [plan, index]));
  }

  /** @returns whether the card was about what has been seen */
  take(card: Card): boolean {
    if (card.kind === 'file' && this.#isSending && !this.#hasEnded) this.#come++;
    if (card.kind !== 'pragma') return false;
    const [version, first = '', second = ''] = card.parameters;
    if (version !== SEEN_VERSION) return [SENDING, TO_COME, UP_TO].includes(card.name);
    if (card.name === UP_TO) this.#upTo = TOKEN.test(first) ? first : undefined;
    else if (card.name === SENDING) this.#begin(first, second);
    else if (card.name !== TO_COME) return false;
    else if (card.parameters.slice(1).every((number) => NUMBER.test(number))) this.#learn(card.parameters.map(Number));
    return true;
  }

  /**
   * Ends a reply whose artifacts are stored, or those of them that came before it broke off: remembers how far the server has come.
   * @param hasNew - whether something came that no reply had brought before
   * @returns whether there is more: to be sent without being asked for, or what a server that began with it has not announced meanwhile
   */
  digest(hasNew = true): boolean {
    const position = this.#position;
    if (this.#isSending && position !== undefined) {
      position.index += this.#come + this.#leftOut;
      this.#isSending = false;
      if (this.told !== undefined) this.#left = this.told.artifacts - this.#come;
      if (this.told !== undefined && this.told.artifacts > this.#come && this.#come > 0 && hasNew) {
        this.#keep([this.#token, position.plan, position.index].join(' '));
        this.#repository.environment.faults?.at('plan-place-kept');
        return true;
      }
    }
    // Whoever was asked and sent nothing does not know the token any more, or these pragmas.
    const isLeft = this.#hasBegun && (this.told === undefined || this.told.artifacts > this.#come);
    this.hasGivenUp = isLeft || (position !== undefined && this.#isAsked && !this.#hasBegun);
    if (this.#isAsked) this.#stop();
    return isLeft;
  }

  /** All that the server had when it answered is here: remembers that, in the caller's transaction or one of its own. */
  keep(): void {
    const token = this.#upTo;
    if (token === undefined || token === this.#kept) return;
    this.#token = token;
    this.#keep(token);
  }

  #begin(plan: string, index: string): void {
    if (!this.#isAsked || !TOKEN.test(plan) || !NUMBER.test(index)) return;
    if (this.#isSending) {
      this.#end(Number(index));
      return;
    }
    this.#hasBegun = true;
    const isAnother = this.#left !== undefined && plan !== this.#position?.plan;
    const isElsewhere = plan === this.#position?.plan && Number(index) !== this.#position.index;
    if (isAnother || isElsewhere) return;
    this.#position = { plan, index: Number(index) };
    this.#isSending = true;
  }

  /** Some of the plan may not have been sent: they are here already, or the server has removed them. */
  #end(index: number): void {
    this.#hasEnded = true;
    this.#leftOut = Math.max(0, index - (this.#position?.index ?? index) - this.#come);
  }

  #learn([, artifacts = 0, bytes = 0, deviation = 0]: readonly number[]): void {
    this.told = { artifacts, bytes, ...(deviation === 0 ? {} : { deviation }) };
    // What a server has begun to send ends some time.
    if (this.#isSending && this.#left !== undefined && artifacts > this.#left) this.#stop();
  }

  #stop(): void {
    this.#mayAsk = false;
    this.#isSending = false;
    this.#position = undefined;
    this.told = undefined;
  }

  #keep(text: string): void {
    const { config, db } = this.#repository;
    const before = this.#kept;
    this.#kept = text;
    const write = (): void => {
      // Another process may just have forgotten it, for it has removed something.
      if (config.get(this.#row) === before) config.set(this.#row, text);
    };
    if (db.isInTransaction) write();
    else this.#repository.transaction(write);
  }
}
