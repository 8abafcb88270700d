import type { PayloadsAhead } from './sync-part';

/** Bytes of a `uvfile` card's line when it is compressed. */
const CARD = 46;
/** What was measured as it travels may be wrong by this share. */
const MEASURED_ERROR = 0.01;
/** Of files that are stored as they are, for they can hardly be compressed (fossil.md 5.2). */
const STORED_PLAIN = { share: 0.985, error: 0.015 };
/** Of files whose compressed size nobody has told, by their names. */
const PACKED =
  /\.(7z|apk|bz2|deb|dmg|docx|exe|gif|gz|jar|jpe?g|mp[34]|msi|pdf|png|rpm|tgz|vsix|webp|whl|woff2?|xlsx|xz|zip|zst)$/i;
const PACKED_SHARE = { share: 0.97, error: 0.1 };
const OTHER_SHARE = { share: 0.5, error: 0.33 };
/** Compressed with others in a message, files are as large as they are in the store, but for the begin, which may be like another's. */
const LIKE_OTHERS = { bytes: 8000, error: 0.3 };
/** Files of a kind are compressed alike, but for this share; what they are has to be seen in so many bytes of them at least. */
const ALIKE = { error: 0.25, bytes: 4000 };

/** An unversioned file that is to travel. */
export interface FileAhead {
  name: string;
  size: number;
  /** Bytes that the content takes in a repository. */
  packedSize?: number | undefined;
  /** Bytes on the wire, as they were measured. */
  wire?: number | undefined;
}

/** What share of its size a file takes when it is compressed, and by what share of it that may be wrong. */
interface Share {
  share: number;
  error: number;
}

/** How large unversioned files are on the wire. @param known - files that are here, which may be like those that nobody tells of */
export function payloadsAhead(files: Iterable<FileAhead>, known?: KnownShares): PayloadsAhead {
  const ahead = { plain: 0, wire: 0, deviation: 0 };
  for (const file of files) {
    ahead.plain += file.size;
    if (file.wire !== undefined) {
      ahead.wire += file.wire;
      ahead.deviation += MEASURED_ERROR * file.wire;
      continue;
    }
    const { wire, deviation } = sizeOf(file, known);
    ahead.wire += CARD + wire;
    ahead.deviation += deviation;
  }
  return ahead;
}

/** What the files that are here tell of others of the same kind. */
export class KnownShares {
  readonly #kinds = new Map<string, { size: number; packed: number }>();

  /** @param files - that are stored here. @param together - of what files are stored in, the share that they take in one message */
  constructor(
    files: Iterable<{ name: string; size: number; storedSize?: number }>,
    private readonly together = 1,
  ) {
    for (const { name, size, storedSize } of files) {
      if (storedSize === undefined || PACKED.test(name)) continue;
      for (const kind of [kindOf(name), ANY]) {
        const sums = this.#kinds.get(kind) ?? { size: 0, packed: 0 };
        this.#kinds.set(kind, { size: sums.size + size, packed: sums.packed + storedSize });
      }
    }
  }

  shareOf(name: string): Share | undefined {
    for (const [kind, error] of [
      [kindOf(name), ALIKE.error],
      [ANY, OTHER_SHARE.error],
    ] as const) {
      const { size, packed } = this.#kinds.get(kind) ?? { size: 0, packed: 0 };
      const share = (packed / Math.max(1, size)) * this.together;
      if (size >= ALIKE.bytes) return { share, error: error * share };
    }
    return undefined;
  }
}

/** All files, of whatever kind; no name ends so. */
const ANY = '/';

function kindOf(name: string): string {
  return /\.[^./]+$/.exec(name)?.[0].toLowerCase() ?? '';
}

function sizeOf({ name, size, packedSize }: FileAhead, known?: KnownShares): { wire: number; deviation: number } {
  if (packedSize !== undefined && packedSize < size)
    return { wire: packedSize, deviation: LIKE_OTHERS.error * Math.min(packedSize, LIKE_OTHERS.bytes) };
  const { share, error } =
    packedSize !== undefined ? STORED_PLAIN : PACKED.test(name) ? PACKED_SHARE : (known?.shareOf(name) ?? OTHER_SHARE);
  return { wire: share * size, deviation: error * size };
}
