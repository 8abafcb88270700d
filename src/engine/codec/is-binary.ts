/** A longer line, in bytes, tells binary content. */
const LONGEST_LINE = 32767;

/** @returns whether content is no text for Fossil: it has a NUL, or a line that nobody wrote; UTF-16 that says so is text */
export function isBinary(content: Uint8Array): boolean {
  const isUtf16 = (content[0] === 0xff && content[1] === 0xfe) || (content[0] === 0xfe && content[1] === 0xff);
  if (isUtf16 && content.length % 2 === 0) return false;
  if (content.includes(0)) return true;
  let start = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, start)) {
    if (end - start > LONGEST_LINE) return true;
    start = end + 1;
  }
  return content.length - start > LONGEST_LINE;
}
