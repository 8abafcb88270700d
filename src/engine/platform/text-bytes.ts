/** Bytes that are no UTF-8 stand in a text as U+DC80 to U+DCFF: lone low surrogates, which no valid UTF-8 decodes to. */
export const ESCAPE_BASE = 0xdc00;
/** Found at once not to be in most texts; of a pair it may be the second half. */
const LOW_SURROGATE = /[\uDC80-\uDCFF]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const encoder = new TextEncoder();

/** @returns whether the text stands for bytes that are no UTF-8 */
export function holdsLoneBytes(text: string): boolean {
  return LOW_SURROGATE.test(text) && LONE_SURROGATE.test(text);
}

/** Bytes of a text made by `byteTextOf`; of ordinary text its UTF-8. Lone surrogates of other origin become U+FFFD. */
export function bytesOfText(text: string): Uint8Array {
  if (!holdsLoneBytes(text)) return encoder.encode(text);
  const bytes = new Uint8Array(3 * text.length);
  let length = 0;
  let ordinary = 0;
  const encodeUntil = (end: number): void => {
    if (ordinary < end) length += encoder.encodeInto(text.slice(ordinary, end), bytes.subarray(length)).written;
  };
  for (let at = 0, code = 0; at < text.length; at += code > 0xffff ? 2 : 1) {
    code = text.codePointAt(at) ?? 0;
    if (code < ESCAPE_BASE + 0x80 || code > ESCAPE_BASE + 0xff) continue;
    encodeUntil(at);
    bytes[length++] = code - ESCAPE_BASE;
    ordinary = at + 1;
  }
  encodeUntil(text.length);
  return bytes.slice(0, length);
}
