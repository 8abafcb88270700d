import { ESCAPE_BASE } from '../platform/text-bytes';
import { decoder } from './text-coders';

export { bytesOfText } from '../platform/text-bytes';

/** UTF-16 units that become text at once. */
const CHUNK = 8192;

/**
 * Text of bytes without loss: UTF-8, and each byte that is not part of valid UTF-8 as the lone surrogate U+DC00 + byte. Names
 * and comments of artifacts are held so, because Fossil neither checks nor repairs their encoding. `bytesOfText` undoes it.
 */
export function byteTextOf(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  return text.includes('\uFFFD') ? escapeInvalid(bytes) : text;
}

function escapeInvalid(bytes: Uint8Array): string {
  let text = '';
  // Character by character put together, a text would weigh dozens of times its bytes.
  const units = new Uint16Array(CHUNK);
  let count = 0;
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes, i);
    if (length < 2) {
      const byte = bytes[i++] as number;
      units[count++] = length === 0 ? ESCAPE_BASE + byte : byte;
    } else {
      const character = decoder.decode(bytes.subarray(i, i + length));
      for (let unit = 0; unit < character.length; unit++) units[count++] = character.charCodeAt(unit);
      i += length;
    }
    // A character may take two.
    if (count < CHUNK - 1) continue;
    text += String.fromCharCode(...units.subarray(0, count));
    count = 0;
  }
  return text + String.fromCharCode(...units.subarray(0, count));
}

/** @returns the length in bytes of the valid UTF-8 sequence at `at` (RFC 3629), 0 when there is none */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (length === 0 || second < low || second > high) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}
