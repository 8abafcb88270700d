/** @returns the length of the tag or automatic link at `at`, where a `<` stands; 0 when it is neither. `steps` tells the work done */
export function markdownTagLength(text: string, at: number, end: number): { length: number; steps: number } {
  const behind = tagEnd(text, at, end);
  return behind === undefined ? { length: 0, steps: end - at } : { length: behind - at, steps: behind - at };
}

function tagEnd(text: string, at: number, end: number): number | undefined {
  const size = end - at;
  if (size < 3) return undefined;
  const first = at + (text[at + 1] === '/' ? 2 : 1);
  if (!/[a-z]/i.test(text.charAt(first))) return commentEnd(text, at, end);
  const scheme = /^<(?:https?:|ftp:|mailto:)/i.exec(text.slice(at, Math.min(end, at + 8)))?.[0].toLowerCase() ?? '';
  let behind = first;
  if (scheme === '' || scheme === '<mailto:') {
    if (scheme !== '') behind = at + scheme.length;
    const address = mailEnd(text, behind, end);
    if (address !== undefined) return address;
  } else {
    behind = at + scheme.length;
    const start = behind;
    while (behind < end && !`>'" \t\n`.includes(text.charAt(behind))) behind++;
    if (behind >= end) return undefined;
    if (behind > start && text[behind] === '>') return behind + 1;
  }
  while (behind < end && text[behind] !== '>') behind++;
  return behind < end ? behind + 1 : undefined;
}

/** Fossil leaves the comment's last character as text. */
function commentEnd(text: string, at: number, end: number): number | undefined {
  if (end - at < 7 || !text.startsWith('!--', at + 1)) return undefined;
  const found = text.indexOf('-->', at + 4);
  return found === -1 || found + 2 >= end ? undefined : found + 2;
}

function mailEnd(text: string, start: number, end: number): number | undefined {
  let at = start;
  let signs = 0;
  for (; at < end && /[-._@a-z0-9]/i.test(text.charAt(at)); at++) if (text[at] === '@') signs++;
  return at < end && text[at] === '>' && signs === 1 ? at + 1 : undefined;
}
