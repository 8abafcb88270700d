import type { Seeded } from '../support/seeded';
import type { Forgery } from './forger';

/**
 * What is lied about how far somebody has seen a server (docs/protocol-extensions.md): in messages, tokens that it has told before, or has told
 * somebody else meanwhile, or another server has, or nobody, and places in plans; in replies, all that they tell.
 */
export const LIES = [
  'stale token',
  'token told to others',
  'token of another server',
  'forged token',
  'place in a plan',
  'token in a reply',
  'place in a reply',
  'count in a reply',
] as const;

export type Lie = (typeof LIES)[number];

/** Longest distance of a place that is told from the right one, and of a number of artifacts. */
const FAR = 12;
/** Receipts of a simulation hardly go beyond. */
const RECEIPTS = 120;

/** A line of a message that can be changed, as its words. */
interface Line {
  start: number;
  end: number;
  words: readonly string[];
}

/** Sits on the line, remembers tokens, and says others. */
export class SeenForger {
  readonly told = new Map<Lie, number>(LIES.map((lie) => [lie, 0]));
  readonly #seeded: Seeded;
  /** In the order in which they were told, by server. */
  readonly #tokens = new Map<string, Set<string>>();

  constructor(seeded: Seeded) {
    this.#seeded = seeded;
  }

  /** @returns whether the message is neither the first of those that bring what a server sends unasked, nor of any others */
  static isInPlan(plain: Uint8Array): boolean {
    const asked = lineOf(plain, 'trilobite-send')?.words.length === 5;
    return asked || Number(lineOf(plain, 'trilobite-sending')?.words[4] ?? '0') > 0;
  }

  /** @param plain - a reply of that server */
  hear(server: string, plain: Uint8Array): void {
    const token = lineOf(plain, 'trilobite-up-to')?.words[3];
    if (token === undefined) return;
    const known = this.#tokens.get(server) ?? new Set();
    this.#tokens.set(server, known.add(token));
  }

  /** Of messages to that server. */
  requests(server: string): Forgery {
    return (plain) => {
      const seen = lineOf(plain, 'trilobite-seen');
      const send = lineOf(plain, 'trilobite-send');
      if (seen === undefined) return undefined;
      if (send !== undefined && this.#seeded.below(3) === 0)
        return this.#tell('place in a plan', plain, send, this.#place(server, send.words));
      const [lie, token] = this.#seeded.pick(this.#otherTokens(server, seen.words[3] ?? ''));
      return this.#tell(lie, plain, seen, [...seen.words.slice(0, 3), token, ...seen.words.slice(4)]);
    };
  }

  /** Of replies of that server. */
  replies(server: string): Forgery {
    return (plain) => {
      const upTo = lineOf(plain, 'trilobite-up-to');
      const sending = lineOf(plain, 'trilobite-sending');
      const toCome = lineOf(plain, 'trilobite-to-come');
      const choices: (() => Uint8Array)[] = [];
      if (upTo !== undefined)
        choices.push(() => {
          const [, token] = this.#seeded.pick(this.#otherTokens(server, upTo.words[3] ?? ''));
          return this.#tell('token in a reply', plain, upTo, [...upTo.words.slice(0, 3), token]);
        });
      if (sending !== undefined)
        choices.push(() => {
          const isEnd = this.#seeded.below(2) === 0;
          const line = (isEnd ? lineOf(plain, 'trilobite-sending', sending.end) : undefined) ?? sending;
          return this.#tell('place in a reply', plain, line, this.#place(server, line.words));
        });
      if (toCome !== undefined)
        choices.push(() => {
          const count = this.#seeded.pick([0, this.#near(toCome.words[3]), 999_999]);
          const words = [...toCome.words.slice(0, 3), String(count), ...toCome.words.slice(4)];
          return this.#tell('count in a reply', plain, toCome, words);
        });
      return choices.length === 0 ? undefined : this.#seeded.pick(choices)();
    };
  }

  /** Others than this one, each with what it is to say it; one at least. */
  #otherTokens(server: string, token: string): [Lie, string][] {
    const others: [Lie, string][] = [];
    for (const [name, known] of this.#tokens) {
      for (const other of known) {
        if (other === token) continue;
        if (name !== server) others.push(['token of another server', other]);
        else others.push([receiptIn(other) > receiptIn(token) ? 'token told to others' : 'stale token', other]);
      }
    }
    const [code = '1'.repeat(40)] = ([...(this.#tokens.get(server) ?? [])][0] ?? token).split('.');
    const check = Buffer.from(this.#seeded.bytes(8)).toString('hex');
    const isBroken = this.#seeded.below(4) === 0;
    others.push(['forged token', isBroken ? check : [code, this.#seeded.below(RECEIPTS), check].join('.')]);
    // One of each kind, so that those of which there are many do not push out the others.
    return LIES.flatMap((lie) => {
      const alike = others.filter(([kind]) => kind === lie);
      return alike.length === 0 ? [] : [this.#seeded.pick(alike)];
    });
  }

  /** Another plan, or another place in it. */
  #place(server: string, words: readonly string[]): string[] {
    const receipts = [...(this.#tokens.get(server) ?? [])].map(receiptIn);
    const isOfAnother = words[3] === undefined || this.#seeded.below(2) === 0;
    const plan = isOfAnother ? this.#seeded.pick([...receipts, this.#seeded.below(RECEIPTS)]) : words[3];
    const index = this.#near(words[4]);
    return [...words.slice(0, 3), String(plan), String(index)];
  }

  #near(number = '0'): number {
    return Math.max(0, Number(number) + this.#seeded.below(2 * FAR) - FAR);
  }

  #tell(lie: Lie, plain: Uint8Array, { start, end }: Line, words: readonly string[]): Uint8Array {
    this.told.set(lie, (this.told.get(lie) ?? 0) + 1);
    return Buffer.concat([plain.subarray(0, start), Buffer.from(words.join(' ')), plain.subarray(end)]);
  }
}

/** The first line with that pragma behind the offset. */
function lineOf(plain: Uint8Array, pragma: string, offset = 0): Line | undefined {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  const start = bytes.indexOf(`pragma ${pragma} 1`, offset);
  if (start < 0) return undefined;
  const end = bytes.indexOf(10, start);
  return { start, end, words: bytes.toString('latin1', start, end).split(' ') };
}

function receiptIn(token: string): number {
  const [, receipt = '-1'] = token.split('.');
  return Number(receipt);
}
