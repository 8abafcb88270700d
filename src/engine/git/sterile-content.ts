import { withoutClearSignature } from '../artifact/clear-signature';
import { parseArtifact } from '../artifact/parse';
import { utf8 } from '../codec/utf8';
import type { Hashing } from '../platform/hash';

const LINE = utf8('# Remove this line to create a well-formed Fossil control artifact.\n');

/**
 * A file that would be taken for an artifact, with a line more that keeps it from being one, as `fossil import` adds it: behind what is
 * signed, or at the end. Any other content as it is.
 */
export function sterile(content: Uint8Array, hashing: Hashing): Uint8Array {
  if (parseArtifact(content, hashing) === undefined) return content;
  const signed = withoutClearSignature(content);
  const end = signed.byteOffset - content.byteOffset + signed.length;
  const longer = new Uint8Array(content.length + LINE.length);
  longer.set(content.subarray(0, end));
  longer.set(LINE, end);
  longer.set(content.subarray(end), end + LINE.length);
  return longer;
}
