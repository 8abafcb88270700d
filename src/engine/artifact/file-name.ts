const RESERVED = /(?:(?:^|\/)(?:_FOSSIL_|\.fslckout)|(?:_FOSSIL_|\.fslckout)-(?:wal|shm|journal))$/i;
/** Last letters of the reserved names, which most names do not share. */
const RESERVED_ENDS = '_tTlLmM';

const DOT = 0x2e;
const SLASH = 0x2f;

/**
 * The rule of the manifest parser: a relative path without empty, `.` or `..` components (fossil.md 7.2).
 *
 * @param name - decoded
 */
export function isSimplePath(name: string): boolean {
  let start = 0;
  for (let i = 0; i <= name.length; i++) {
    const code = i < name.length ? name.charCodeAt(i) : SLASH;
    if (code === DOT && i === start && isDots(name, start)) return false;
    if (code !== SLASH) continue;
    if (i === start) return false;
    start = i + 1;
  }
  return true;
}

/** @returns whether the component that starts at `start` is `.` or `..` */
function isDots(name: string, start: number): boolean {
  const end = name.indexOf('/', start);
  const component = name.slice(start, end < 0 ? name.length : end);
  return component === '.' || component === '..';
}

/**
 * Whether the name belongs to a checkout database or its journals, in any directory and case; F-cards with it are dropped. As for
 * Fossil, what ends in such a journal's name is reserved even when more precedes it.
 */
export function isReservedName(name: string): boolean {
  return RESERVED_ENDS.includes(name.charAt(name.length - 1)) && RESERVED.test(name);
}

/**
 * The rule for adding a file: a simple path that every platform can hold, thus no backslash and nothing that is not a character of
 * Unicode's basic plane (fossil.md 7.2).
 */
export function isAddablePath(name: string): boolean {
  // Surrogates, private use, the noncharacters; what lies beyond U+FFFF comes as surrogates.
  return isSimplePath(name) && !/[\0\\\uD800-\uDFFF\uE000-\uF8FF\uFDD0-\uFDEF\uFFFE\uFFFF]/.test(name);
}
