/** Characters of a server's sentence that are shown. */
const LONGEST = 300;

/**
 * What the other side has to say, fit for a terminal and a message box: in one line, of bearable length, without control characters.
 * @param longest - in characters
 */
export function serverText(text: string, longest = LONGEST): string {
  // A terminal would obey the control characters; bytes that are no text stand as lone surrogates.
  const line = text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
