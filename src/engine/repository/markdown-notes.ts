import { labelOf } from './markdown-label';

/** Notes within notes are read this many times over. */
const MOST_ROUNDS = 5;
const CLASSES = /^\.[a-z0-9-]+(?:\.[a-z0-9-]+)*:(?=[ \t-\r])/i;

interface Note {
  text: string;
  /** Its number in the text, by first use; 0 of one that is not used. */
  mark: number;
  isRead: boolean;
}

/** The footnotes of a Markdown text: what stands in them counts once something refers to them. */
export class MarkdownNotes {
  /** Those with a label, in the order of definition. */
  readonly #defined: { label: string; text: string }[] = [];
  readonly #byLabel = new Map<string, Note>();
  readonly #notes: Note[] = [];
  #marks = 0;

  /** Takes over the definition of a footnote. */
  define(label: string, text: string): void {
    this.#defined.push({ label, text });
  }

  /** Call it when all definitions are known. Those with one label become a list. */
  settle(): void {
    const texts = new Map<string, string[]>();
    for (const { label, text } of this.#defined) {
      const parts = texts.get(label);
      if (parts === undefined) texts.set(label, [text]);
      else parts.push(text);
    }
    for (const label of [...texts.keys()].sort()) {
      const parts = texts.get(label) ?? [];
      const [only = ''] = parts;
      const list = parts.map((part) => `<li>${part}</li>\n`).join('');
      const text = parts.length === 1 ? only : `<ul class='fn-joined'>\n${list}</ul>\n`;
      const note = { text, mark: 0, isRead: false };
      this.#notes.push(note);
      this.#byLabel.set(label, note);
    }
  }

  /** A reference to a note; to one that nobody defines, too. */
  refer(text: string): void {
    const label = labelOf(text);
    const note = label === undefined ? undefined : this.#byLabel.get(label);
    if (note?.mark === 0) note.mark = ++this.#marks;
  }

  /** A note where it is referred to. @returns whether there is anything in it */
  add(inside: string): boolean {
    const text = inside.replace(/^[ \t]*(?:\r?\n|\r)?[ \t]*/, '');
    if (text === '') return false;
    const classes = CLASSES.exec(text)?.[0] ?? '';
    const rest = text.slice(classes.length);
    const isBlank = /^[ \t-\r]*$/.test(rest);
    if (isBlank && classes === '') return false;
    this.#notes.push({ text: isBlank ? classes : rest, mark: ++this.#marks, isRead: false });
    return true;
  }

  get isEmpty(): boolean {
    return this.#notes.length === 0;
  }

  /** Hands out the texts of the notes that are in use, and of those that come into use by that. */
  readUsed(read: (text: string) => void): void {
    let marks = -1;
    for (let round = 0; round < MOST_ROUNDS && marks !== this.#marks; round++) {
      marks = this.#marks;
      const order = (note: Note): number => (note.mark === 0 ? Infinity : note.mark);
      for (const note of [...this.#notes].sort((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b)))) {
        if (note.isRead || note.mark === 0) continue;
        note.isRead = true;
        read(note.text);
      }
    }
  }
}

/**
 * Reads the definition of a footnote: `[^label]: text`, with the indented lines that follow.
 *
 * @param text - bytes as characters
 * @returns where the text goes on; undefined when the line at `start` defines none
 */
export function readNote(text: string, start: number, notes: MarkdownNotes): number | undefined {
  const end = text.length;
  if (start + 5 >= end || !text.startsWith('[^', start)) return undefined;
  let at = lineEnd(text, start + 2);
  const closing = text.slice(start + 2, at).indexOf(']');
  if (closing === -1) return undefined;
  const label = labelOf(text.slice(start + 2, start + 2 + closing));
  at = start + 2 + closing + 1;
  if (text[at] !== ':') return undefined;
  at++;
  while (text[at] === ' ' || text[at] === '\t') at++;
  if (at >= end || label === undefined) return undefined;
  let content = '';
  let classes: string | undefined;
  /** Appends the rest of a line and its end. */
  const takeLine = (from: number): number => {
    const stop = lineEnd(text, from);
    const behind = afterLineEnd(text, stop);
    content += text.slice(from, behind);
    return behind;
  };
  if (text[at] === '\n' || text[at] === '\r') {
    at = afterLineEnd(text, at);
  } else {
    classes = CLASSES.exec(text.slice(at))?.[0] ?? '';
    at = takeLine(at + classes.length);
  }
  const indent = /^ */.exec(text.slice(at, lineEnd(text, at)))?.[0] ?? '';
  if (indent.length >= 2 && at + indent.length < end) {
    while (at + indent.length < end && text.startsWith(indent, at)) {
      at += indent.length;
      if (classes === undefined) {
        const blank = /^[ \t]*/.exec(text.slice(at))?.[0].length ?? 0;
        classes = CLASSES.exec(text.slice(at + blank))?.[0] ?? '';
        if (classes !== '') at += blank + classes.length;
      }
      const stop = lineEnd(text, at);
      at = takeLine(at);
      if (stop >= end) break;
    }
  }
  if (content === '') return undefined;
  const isBlank = /^[ \t-\r]*$/.test(content);
  if (isBlank && (classes ?? '') === '') return undefined;
  notes.define(label, isBlank ? (classes ?? '') : content);
  return at;
}

function lineEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
  return at;
}

function afterLineEnd(text: string, at: number): number {
  if (at >= text.length) return at;
  return text[at] === '\r' && text[at + 1] === '\n' ? at + 2 : at + 1;
}
