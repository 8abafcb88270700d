/**
 * Finds where a quoted text of SQL ends: its quote is doubled where it stands for itself. Strangers decide how long it is, and a regular
 * expression would need stack for each of its characters.
 * @param start - of the opening quote
 * @returns the place behind the closing quote, or undefined when there is none
 */
export function endOfQuoted(text: string, start: number): number | undefined {
  const quote = text.charAt(start);
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf(quote, at);
    if (at < 0) return undefined;
    if (text.charAt(at + 1) !== quote) return at + 1;
  }
}
