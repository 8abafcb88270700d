import { bytesOfText } from './byte-text';
import { decoder, encoder } from './text-coders';

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Text of UTF-8 bytes; invalid sequences become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Order of two texts by their bytes (`bytesOfText`), as Fossil's strcmp: negative, zero, positive. */
export function compareBytes(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    // UTF-16 sorts as UTF-8 does but for surrogates, whose bytes must be looked at.
    return isSurrogate(left) || isSurrogate(right) ? compareEncoded(a, b) : left - right;
  }
  return a.length - b.length;
}

function compareEncoded(a: string, b: string): number {
  const left = bytesOfText(a);
  const right = bytesOfText(b);
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    const difference = (left[i] as number) - (right[i] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}
