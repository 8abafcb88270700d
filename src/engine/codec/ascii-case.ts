/** With ASCII letters in lower case: only they have one for SQLite, and so for Fossil. */
export function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
