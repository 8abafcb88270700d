import { foldComment } from './fold-comment';

/** Values of the setting `comment-format`, which add up. */
const FORMAT = {
  /** White space becomes single spaces; nothing else here matters then. What is usual. */
  canonical: 1,
  trimsLineEnds: 2,
  trimsSpace: 4,
  breaksAtWords: 8,
  breaksBeforeComment: 16,
} as const;

export const DEFAULT_COMMENT_FORMAT: number = FORMAT.canonical;

const SPACE = /[ \t\n\v\f\r]/;
const LINE_END = /[\n\r]/;
const TAB_COLUMNS = 8;

/**
 * Folds text that has a comment in it.
 * @param indent - columns that the first line does not start at, and all others do
 * @param comment - what somebody wrote, where the text has more before it
 */
export type Fold = (text: string, indent: number, comment?: string) => string;

/**
 * The way that the setting `comment-format` wants.
 * @param width - columns of the terminal; 0 folds nothing
 */
export function foldOf(format: number, width: number): Fold {
  if ((format & FORMAT.canonical) !== 0) return (text, indent) => foldComment(text, indent, width);
  return (text, indent, comment) => {
    const trimmed = (format & FORMAT.trimsSpace) === 0 ? text : text.replace(/^[ \t\n\v\f\r]+/, '');
    const room = width > indent ? width - indent : Buffer.byteLength(trimmed);
    return new WrittenLines(trimmed, { format, indent, room, comment }).fold();
  };
}

/** Folds text as it was written, with its own ends of lines and its white space, which count as columns. */
class WrittenLines {
  readonly #characters: readonly string[];
  readonly #format: number;
  readonly #indent: number;
  readonly #room: number;
  /** Where the comment begins that gets a line of its own; -1: nowhere. */
  readonly #commentAt: number;
  #at = 0;
  #output = '';

  constructor(text: string, layout: { format: number; indent: number; room: number; comment: string | undefined }) {
    const { format, indent, room, comment } = layout;
    this.#characters = Array.from(text);
    this.#format = format;
    this.#indent = indent;
    this.#room = room;
    const hasOwnLine = this.#has('breaksBeforeComment') && comment !== undefined && text.endsWith(comment);
    this.#commentAt = hasOwnLine ? this.#characters.length - Array.from(comment).length : -1;
  }

  fold(): string {
    while (this.#at < this.#characters.length) this.#takeLine();
    return this.#output.replace(/\n$/, '');
  }

  #takeLine(): void {
    if (this.#at > 0) this.#output += ' '.repeat(this.#indent);
    const start = this.#at;
    this.#trim();
    let room = this.#room;
    let hasText = false;
    while (room > 0 && this.#at < this.#characters.length) {
      if (this.#at === this.#commentAt && this.#at > start) {
        this.#output += `\n${' '.repeat(this.#indent)}`;
        this.#trim();
        hasText = false;
        room = this.#room;
      }
      const character = this.#characters[this.#at++] ?? '';
      if (character === '\n') {
        this.#output += '\n';
        return;
      }
      const isTab = character === '\t';
      if ((isTab || (this.#has('breaksAtWords') && SPACE.test(character))) && this.#wordColumns() > room) break;
      hasText = true;
      const columns = isTab ? TAB_COLUMNS : 1;
      this.#output += room < columns ? ' ' : character;
      room -= columns;
    }
    if (hasText) this.#output += '\n';
  }

  /** Leaves out what the format wants to go at the beginning of a line. */
  #trim(): void {
    if (this.#has('trimsLineEnds')) this.#skip(LINE_END);
    if (this.#has('trimsSpace')) this.#skip(SPACE);
  }

  #skip(kind: RegExp): void {
    while (this.#at < this.#characters.length && kind.test(this.#characters[this.#at] ?? '')) this.#at++;
  }

  /** Columns of what comes before the next white space, at least one. */
  #wordColumns(): number {
    let end = this.#at + 1;
    while (end < this.#characters.length && !SPACE.test(this.#characters[end] ?? '')) end++;
    return end - this.#at;
  }

  #has(rule: keyof typeof FORMAT): boolean {
    return (this.#format & FORMAT[rule]) !== 0;
  }
}
