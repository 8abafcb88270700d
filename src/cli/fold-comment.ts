const SPACE = /[ \t\n\v\f\r]/;

/**
 * Folds a comment as Fossil shows it on a terminal: white space becomes single spaces, lines break at spaces and behind hyphens, and where
 * there is neither, in the word.
 * @param indent - columns that the first line does not start at, and all others do
 * @param width - columns of the terminal; 0, or no more than the indent, folds nothing
 */
export function foldComment(text: string, indent: number, width: number): string {
  const characters = Array.from(text);
  const room = width > indent ? width - indent : Number.POSITIVE_INFINITY;
  const lines: string[] = [];
  for (let at = skipSpace(characters, 0); at < characters.length || lines.length === 0;) {
    const line = takeLine(characters, at, room);
    lines.push(line.text);
    at = skipSpace(characters, line.end);
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}

function takeLine(characters: readonly string[], start: number, room: number): { text: string; end: number } {
  let text = '';
  let at = start;
  let breakAt: { text: string; end: number } | undefined;
  for (; at < characters.length && at - start < room; at++) {
    const character = characters[at] ?? '';
    if (SPACE.test(character)) {
      breakAt = text === '' ? undefined : { text, end: at };
      if (!text.endsWith(' ')) text += ' ';
    } else {
      const isHyphen = character === '-' && /[A-Za-z]$/.test(text);
      text += character;
      if (isHyphen) breakAt = { text, end: at + 1 };
    }
  }
  return breakAt !== undefined && at < characters.length ? breakAt : { text, end: at };
}

function skipSpace(characters: readonly string[], start: number): number {
  let at = start;
  while (at < characters.length && SPACE.test(characters[at] ?? '')) at++;
  return at;
}
