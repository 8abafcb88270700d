import { hexOf } from './hex';
import { textOf, utf8 } from './utf8';

const PAD = [0xa7, 0x21, 0x31, 0xe3, 0x2a, 0x50, 0x2c, 0x86, 0x4c, 0xa4, 0x52, 0x25, 0xff, 0x49, 0x35, 0x85];

/** Fossil's obscuring of remembered passwords (fossil.md 1.8). @param salt - one random byte */
export function obscure(text: string, salt: number): string {
  return hexOf([salt & 0xff, ...utf8(text)].map((byte, i) => (i === 0 ? byte : masked(byte, i - 1, salt))));
}

/** @returns the text, or the argument itself when it is not obscured text */
export function unobscure(obscured: string): string {
  if (obscured.length < 2 || obscured.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(obscured)) return obscured;
  const bytes = Array.from({ length: obscured.length / 2 }, (_, i) => parseInt(obscured.slice(2 * i, 2 * i + 2), 16));
  const [salt = 0, ...rest] = bytes;
  return textOf(Uint8Array.from(rest, (byte, i) => masked(byte, i, salt)));
}

function masked(byte: number, index: number, salt: number): number {
  return byte ^ (PAD[index & 15] as number) ^ (salt & 0xff);
}
