/** @returns what Fossil reads of a text: it ends at the first NUL */
export function upToNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}
