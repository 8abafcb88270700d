import { decodeToken } from '../codec/fossil-encoding';
import type { Card } from './card';

/** Cards of one message, counted. */
export interface CardCounts {
  /** How many of each keyword; `#` are comments, `?` what the protocol does not have. */
  readonly byKeyword: Readonly<Record<string, number>>;
  /** `file` and `cfile` together. */
  readonly files: number;
  /** How many of the files are deltas. */
  readonly deltas: number;
  readonly igots: number;
  readonly gimmes: number;
}

const COMMENT = '#';
const UNKNOWN = '?';

/** Counts the cards of a message as they are written or read. Made only for who listens (`observer.ts`). */
export class CardTally {
  readonly #counts = new Map<string, number>();
  #deltas = 0;
  #errors: string[] = [];

  /** Texts of the `error` cards. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /** A card that is written, by its tokens. */
  written(tokens: readonly (string | number)[]): void {
    const keyword = String(tokens[0] ?? UNKNOWN);
    // A delta names its source before the sizes (fossil.md 2.2).
    if ((keyword === 'file' && tokens.length === 4) || (keyword === 'cfile' && tokens.length === 5)) this.#deltas++;
    if (keyword === 'error') this.#errors.push(decodeToken(String(tokens[1] ?? '')));
    this.#add(keyword);
  }

  /** `cfile` cards that are made only when they are sent. */
  writtenLater({ files, deltas }: { files: number; deltas: number }): void {
    this.#deltas += deltas;
    this.#add('cfile', files);
  }

  /** A card that was read. */
  read(card: Card): void {
    if ((card.kind === 'file' || card.kind === 'cfile') && card.deltaSource !== undefined) this.#deltas++;
    if (card.kind === 'error') this.#errors.push(card.text);
    this.#add(keywordOf(card));
  }

  /** All of another message besides, but the texts of its errors. */
  add({ byKeyword, deltas }: CardCounts): void {
    this.#deltas += deltas;
    for (const [keyword, count] of Object.entries(byKeyword)) this.#add(keyword, count);
  }

  /** Forgets everything, as a reply that is wiped does. */
  clear(): void {
    this.#counts.clear();
    this.#deltas = 0;
    this.#errors = [];
  }

  get counts(): CardCounts {
    const count = (keyword: string): number => this.#counts.get(keyword) ?? 0;
    return {
      byKeyword: Object.fromEntries(this.#counts),
      files: count('file') + count('cfile'),
      deltas: this.#deltas,
      igots: count('igot'),
      gimmes: count('gimme'),
    };
  }

  #add(keyword: string, count = 1): void {
    this.#counts.set(keyword, (this.#counts.get(keyword) ?? 0) + count);
  }
}

function keywordOf(card: Card): string {
  switch (card.kind) {
    case 'comment':
      return COMMENT;
    case 'unknown':
    case 'blank':
      return UNKNOWN;
    case 'clone-sequence':
      return 'clone_seqno';
    default:
      return card.kind;
  }
}
