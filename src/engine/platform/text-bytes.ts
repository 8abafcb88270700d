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
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= ESCAPE_BASE + 0x80 && code <= ESCAPE_BASE + 0xff) bytes.push(code - ESCAPE_BASE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}
