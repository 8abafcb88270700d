import { utf8 } from '../codec/utf8';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

const markers = [
  '<<<<<<< BEGIN MERGE CONFLICT: local copy shown first <<<<<<<<<<<<',
  '####### SUGGESTED CONFLICT RESOLUTION follows ###################',
  '||||||| COMMON ANCESTOR content follows |||||||||||||||||||||||||',
  '======= MERGED IN content follows ===============================',
  '>>>>>>> END MERGE CONFLICT >>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>',
].map(utf8);

/** @returns whether a line of the text starts with one of Fossil's merge conflict markers (fossil.md 8.7) */
export function hasMergeMarker(content: Uint8Array): boolean {
  let at = 0;
  while (at < content.length) {
    const lineStart = at;
    if (markers.some((marker) => startsWith(content, lineStart, marker))) return true;
    const lineEnd = content.indexOf(lineFeed, at);
    if (lineEnd < 0) return false;
    at = lineEnd + 1;
    while (content[at] === lineFeed || content[at] === carriageReturn) at++;
  }
  return false;
}

function startsWith(content: Uint8Array, at: number, marker: Uint8Array): boolean {
  if (content[at] !== marker[0]) return false;
  return marker.every((byte, index) => content[at + index] === byte);
}
