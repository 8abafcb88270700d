import { textOf } from '../codec/utf8';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const DASH = 0x2d;

/** Openings of the wrappers and what starts their trailers. Fossil compares no more of a trailer than this. */
const WRAPPERS = [
  { header: '-----BEGIN PGP SIGNED MESSAGE-----', trailer: '\n-----BEGIN PGP SIGNATURE' },
  { header: '-----BEGIN SSH SIGNED MESSAGE-----', trailer: '\n-----BEGIN SSH SIGNATURE' },
];

/** Strips a clear-sign wrapper; the signature is not looked at. @returns a view: what was signed, or `content` when it is not wrapped */
export function withoutClearSignature(content: Uint8Array): Uint8Array {
  if (content[0] !== DASH) return content;
  const wrapper = WRAPPERS.find(({ header }) => textOf(content.subarray(0, header.length)) === header);
  if (!wrapper) return content;
  const start = afterBlankLine(content, wrapper.header.length);
  if (start === content.length) return content;
  return content.subarray(start, trailerStart(content, start, wrapper.trailer));
}

function afterBlankLine(content: Uint8Array, from: number): number {
  let at = from;
  while (at < content.length && !followsBlankLine(content, at)) at++;
  return at;
}

function followsBlankLine(content: Uint8Array, at: number): boolean {
  if (content[at - 1] !== LINE_FEED) return false;
  return content[at - 2] === LINE_FEED || (content[at - 2] === CARRIAGE_RETURN && content[at - 3] === LINE_FEED);
}

/** @returns the offset behind the line feed before the last trailer, the end when there is none */
function trailerStart(content: Uint8Array, from: number, trailer: string): number {
  for (let at = content.length - trailer.length; at >= from; at--) {
    if (content[at] !== LINE_FEED || content[at + 1] !== DASH) continue;
    if (textOf(content.subarray(at, at + trailer.length)) === trailer) return at + 1;
  }
  return content.length;
}
