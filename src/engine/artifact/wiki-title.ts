import { bytesOfText } from '../codec/byte-text';

const MAXIMUM_BYTES = 100;

/**
 * The rule for titles of wiki pages: 1 to 100 bytes, no control characters, no space at either end nor two together (fossil.md 7.2).
 *
 * @param title - decoded
 */
export function isWikiTitle(title: string): boolean {
  if (title === '' || title.startsWith(' ') || title.endsWith(' ') || title.includes('  ')) return false;
  for (let i = 0; i < title.length; i++) if (title.charCodeAt(i) < 0x20) return false;
  return bytesOfText(title).length <= MAXIMUM_BYTES;
}
