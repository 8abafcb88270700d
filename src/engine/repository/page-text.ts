import { byteTextOf } from '../codec/byte-text';

const SPACE = new Set([0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]);

/** What Fossil reads of the text of a wiki page, technote or forum post: up to the first NUL. */
export function readableText(text: Uint8Array): string {
  return byteTextOf(upToNul(text));
}

/** Bytes of it after leading white space: the value of the tag of a page (fossil.md 5.6). */
export function pageLength(text: Uint8Array): number {
  const readable = upToNul(text);
  const start = readable.findIndex((byte) => !SPACE.has(byte));
  return start === -1 ? 0 : readable.length - start;
}

function upToNul(text: Uint8Array): Uint8Array {
  const end = text.indexOf(0);
  return end === -1 ? text : text.subarray(0, end);
}
