import { labelOf } from './markdown-label';

interface Reference {
  label: string;
  target: string;
}

/** The link references that a Markdown text defines, such as `[label]: target`. */
export class MarkdownReferences {
  readonly #references: Reference[] = [];
  #isSorted = true;

  /** @returns whether the label names anything */
  add(label: string, target: string): boolean {
    const normal = labelOf(label);
    if (normal === undefined) return false;
    this.#references.push({ label: normal, target });
    this.#isSorted = false;
    return true;
  }

  /** Which of several with one label is found depends on all of them, as in Fossil. */
  get(label: string): string | undefined {
    const normal = labelOf(label);
    if (normal === undefined) return undefined;
    if (!this.#isSorted) this.#references.sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
    this.#isSorted = true;
    let low = 0;
    let high = this.#references.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.#references[middle];
      if (found === undefined || found.label === normal) return found?.target;
      if (normal < found.label) high = middle;
      else low = middle + 1;
    }
    return undefined;
  }
}

/**
 * Reads a line that defines a link reference, with the title that may stand on the next one.
 *
 * @param text - bytes as characters
 * @returns where the text goes on, at the line's end; undefined when the line at `start` defines none
 */
export function readReference(text: string, start: number, references: MarkdownReferences): number | undefined {
  const end = text.length;
  if (start + 3 >= end) return undefined;
  const indent = /^ */.exec(text.slice(start, start + 4))?.[0].length ?? 0;
  let at = start + indent;
  if (indent > 3 || text[at] !== '[' || at + 1 >= end || text[at + 1] === '^') return undefined;
  const label = at + 1;
  at = skipUntil(text, label, '\n\r]');
  if (text[at] !== ']' || text[at + 1] !== ':') return undefined;
  const labelEnd = at;
  at = skip(text, at + 2, ' \t');
  if (text[at] === '\n' || text[at] === '\r') {
    at++;
    if (text[at] === '\r' && text[at - 1] === '\n') at++;
  }
  at = skip(text, at, ' \t');
  if (at >= end) return undefined;
  if (text[at] === '<') at++;
  const target = at;
  at = skipUntil(text, at, ' \t\n\r');
  const targetEnd = text[at - 1] === '>' ? at - 1 : at;
  at = skip(text, at, ' \t');
  if (at < end && !'\n\r\'"('.includes(text.charAt(at))) return undefined;
  const lineEnd = titleEnd(text, at);
  if (lineEnd === undefined) return undefined;
  const address = text.slice(target, Math.max(target, targetEnd));
  return references.add(text.slice(label, labelEnd), address) ? lineEnd : undefined;
}

/** @returns the end of the line, or of the next one when that holds the title; undefined when something else stands there */
function titleEnd(text: string, from: number): number | undefined {
  const end = text.length;
  let lineEnd: number | undefined;
  let at = from;
  // Fossil takes a place at the very beginning for none, which cannot be here.
  if (at >= end || text[at] === '\r' || text[at] === '\n') lineEnd = at;
  if (at + 1 < end && text[at] === '\n' && text[at + 1] === '\r') lineEnd = at + 1;
  if (lineEnd !== undefined) at = skip(text, lineEnd + 1, ' \t');
  if (at + 1 >= end || !`'"(`.includes(text.charAt(at))) return lineEnd;
  const title = at + 1;
  at = skipUntil(text, title, '\n\r');
  const behind = at + 1 < end && text[at] === '\n' && text[at + 1] === '\r' ? at + 1 : at;
  at--;
  while (at > title && ' \t'.includes(text.charAt(at))) at--;
  return at > title && `'")`.includes(text.charAt(at)) ? behind : lineEnd;
}

function skip(text: string, start: number, characters: string): number {
  let at = start;
  while (at < text.length && characters.includes(text.charAt(at))) at++;
  return at;
}

function skipUntil(text: string, start: number, characters: string): number {
  let at = start;
  while (at < text.length && !characters.includes(text.charAt(at))) at++;
  return at;
}
