const REPLACEMENT = '_';

/**
 * The name of a branch or tag as Git allows it in a ref: what Fossil's export makes of it, and where Git would still refuse that, an
 * underscore more.
 */
export function gitReferenceName(name: string): string {
  if (name === '@' || name === '') return REPLACEMENT;
  return name
    .replace(/\.\.|@\{/g, REPLACEMENT.repeat(2))
    .replace(/[\0-\x20\x7f^:?*[\\]/g, REPLACEMENT)
    .replace(/\/{2,}/g, '/')
    .replace(/^[./]/, REPLACEMENT)
    .replace(/[./]$/, REPLACEMENT)
    .replace(/\/\./g, `/${REPLACEMENT}`)
    .replace(/\.lock(?=\/|$)/g, `${REPLACEMENT}lock`);
}
