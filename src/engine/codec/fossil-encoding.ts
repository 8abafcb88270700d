const BACKSLASH = 0x5c;

/** Letter behind the backslash for each escaped character (fossil.md 0). */
const LETTERS = new Map([
  [' ', 's'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\f', 'f'],
  ['\v', 'v'],
  ['\0', '0'],
  ['\\', '\\'],
]);
const CHARACTERS = new Map([...LETTERS].map(([character, letter]) => [letter, character]));

/** Makes one token out of any text (fossil.md 0). */
export function encodeToken(text: string): string {
  let token = '';
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    if (!isEscaped(text.charCodeAt(i))) continue;
    const character = text.charAt(i);
    token += text.slice(copied, i) + '\\' + (LETTERS.get(character) ?? character);
    copied = i + 1;
  }
  return copied === 0 ? text : token + text.slice(copied);
}

/** The text of a token: an unknown escape yields its letter, a lone trailing backslash stays. */
export function decodeToken(token: string): string {
  let at = token.indexOf('\\');
  if (at < 0) return token;
  let text = '';
  let copied = 0;
  while (at >= 0 && at + 1 < token.length) {
    const letter = token.charAt(at + 1);
    text += token.slice(copied, at) + (CHARACTERS.get(letter) ?? letter);
    copied = at + 2;
    at = token.indexOf('\\', copied);
  }
  return text + token.slice(copied);
}

function isEscaped(code: number): boolean {
  return code === BACKSLASH || (code <= 0x20 && (code === 0x20 || code === 0 || (code >= 0x09 && code <= 0x0d)));
}
