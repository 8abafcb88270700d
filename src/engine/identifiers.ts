/** Branded primitives, so that a row id is never passed where a hash is wanted. */

/** An artifact's name: 40 (SHA-1) or 64 (SHA3-256) lower-case hexadecimal digits. */
export type Hash = string & { readonly brand: 'Hash' };

/** Row id of an artifact in one repository; it never leaves that repository. */
export type Rid = number & { readonly brand: 'Rid' };

/** Days since noon UTC on 24 November 4714 BC, as SQLite's `julianday()` counts them. */
export type JulianDay = number & { readonly brand: 'JulianDay' };

/** @returns whether `text` is a well-formed artifact name in the form that is compared and stored: lower case */
export function isHash(text: string): text is Hash {
  return (text.length === 40 || text.length === 64) && /^[0-9a-f]+$/.test(text);
}
