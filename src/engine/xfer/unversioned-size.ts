import type { PayloadsAhead } from './sync-part';

/** Bytes of a `uvfile` card's line when it is compressed. */
const CARD = 46;
/** Of files that are stored as they are, for they can hardly be compressed (fossil.md 5.2). */
const STORED_PLAIN = { share: 0.985, error: 0.015 };
/** Of files whose compressed size nobody has told, by their names. */
const PACKED =
  /\.(7z|apk|bz2|deb|dmg|docx|exe|gif|gz|jar|jpe?g|mp[34]|msi|pdf|png|rpm|tgz|vsix|webp|whl|woff2?|xlsx|xz|zip|zst)$/i;
const PACKED_SHARE = { share: 0.97, error: 0.1 };
const OTHER_SHARE = { share: 0.5, error: 0.33 };
/** Compressed with others in a message, files are as large as they are in the store, but for the begin, which may be like another's. */
const LIKE_OTHERS = { bytes: 8000, error: 0.3 };

/** How large unversioned files are on the wire. */
export function payloadsAhead(
  files: Iterable<{ name: string; size: number; packedSize: number | undefined }>,
): PayloadsAhead {
  const ahead = { plain: 0, wire: 0, deviation: 0 };
  for (const { name, size, packedSize } of files) {
    const { wire, deviation } = sizeOf(name, size, packedSize);
    ahead.plain += size;
    ahead.wire += CARD + wire;
    ahead.deviation += deviation;
  }
  return ahead;
}

/** @param packedSize - bytes that the content takes in a repository */
function sizeOf(name: string, size: number, packedSize: number | undefined): { wire: number; deviation: number } {
  if (packedSize !== undefined && packedSize < size)
    return { wire: packedSize, deviation: LIKE_OTHERS.error * Math.min(packedSize, LIKE_OTHERS.bytes) };
  const { share, error } = packedSize !== undefined ? STORED_PLAIN : PACKED.test(name) ? PACKED_SHARE : OTHER_SHARE;
  return { wire: share * size, deviation: error * size };
}
