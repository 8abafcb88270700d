import { bytesOfText } from '../codec/byte-text';
import { MarkdownBlocks } from './markdown-blocks';
import { MarkdownInline } from './markdown-inline';
import { MarkdownNotes, readNote } from './markdown-notes';
import { MarkdownReferences, readReference } from './markdown-references';
import { ScanBudget, ScanExhausted } from './scan-budget';

const NO_ASCII = /[^\0-\x7f]/;
const CHUNK = 8192;

/**
 * Finds the hyperlinks of Markdown text that Fossil's renderer makes links of: `[label](target)`, `[label][reference]` and `[reference]`,
 * in the text and in footnotes that are referred to; no images, no automatic links, nothing in code or HTML.
 *
 * @returns each target as it stands there. A text that would take for ever is searched as far as the budget reaches
 */
export function findMarkdownLinks(text: string, budget = new ScanBudget()): readonly string[] {
  const references = new MarkdownReferences();
  const notes = new MarkdownNotes();
  const inline = new MarkdownInline(references, notes, budget);
  try {
    const body = withoutDefinitions(characters(text), references, notes);
    notes.settle();
    new MarkdownBlocks(inline, budget).read(body);
    if (!notes.isEmpty) inline.within(2, () => notes.readUsed((note) => inline.read(note)));
  } catch (error) {
    if (!(error instanceof ScanExhausted)) throw error;
  }
  return inline.targets;
}

/** Fossil counts in bytes: each becomes a character. */
function characters(text: string): string {
  if (!NO_ASCII.test(text)) return text;
  const bytes = bytesOfText(text);
  let result = '';
  for (let at = 0; at < bytes.length; at += CHUNK) result += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return result;
}

/** Takes the definitions of references and footnotes out; line ends become LF. */
function withoutDefinitions(text: string, references: MarkdownReferences, notes: MarkdownNotes): string {
  const parts: string[] = [];
  let at = 0;
  while (at < text.length) {
    const behind = readReference(text, at, references) ?? readNote(text, at, notes);
    if (behind !== undefined) {
      at = behind;
      continue;
    }
    const start = at;
    while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
    parts.push(text.slice(start, at));
    for (; at < text.length && (text[at] === '\n' || text[at] === '\r'); at++) {
      if (text[at] === '\n' || (at + 1 < text.length && text[at + 1] !== '\n')) parts.push('\n');
    }
  }
  return parts.join('');
}
