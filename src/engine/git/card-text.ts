import { bytesOfText } from '../codec/byte-text';
import { encodeToken } from '../codec/fossil-encoding';
import { compareBytes } from '../codec/utf8';
import type { Hash } from '../identifiers';
import type { Hashing } from '../platform/hash';
import type { FileList } from './file-list';

/** The parts of a check-in besides its files; texts are not encoded yet. */
export interface CheckinText {
  comment: string;
  /** Seconds since 1970. */
  seconds: number;
  parents: readonly Hash[];
  /** Lines of T-cards without their letter, such as `*branch * trunk`; doubles are left out. */
  tags: readonly string[];
  user: string;
}

/** A check-in as `fossil import --git` writes it: the time in whole seconds, no R-card, no mark on regular files. */
export function formatCheckin(text: CheckinText, files: FileList, hashing: Hashing): Uint8Array {
  const tags = [...new Set(text.tags)].map((tag) => `T ${tag}\n`).sort(compareBytes);
  const parents = text.parents.length === 0 ? '' : `P ${text.parents.join(' ')}\n`;
  return withChecksum(
    [
      bytesOfText(`C ${encodeToken(text.comment)}\nD ${stampOf(text.seconds)}\n`),
      ...files.blocks.map((block) => block.cards),
      bytesOfText(`${parents}${tags.join('')}U ${encodeToken(text.user)}\n`),
    ],
    hashing,
  );
}

/** A control artifact that gives a check-in a tag. */
export function formatTag(
  tag: { name: string; target: Hash; value?: string; seconds: number; user: string },
  hashing: Hashing,
): Uint8Array {
  const value = tag.value === undefined ? '' : ` ${encodeToken(tag.value)}`;
  const cards = [
    `D ${stampOf(tag.seconds)}\n`,
    `T +sym-${encodeToken(tag.name)} ${tag.target}${value}\n`,
    `U ${encodeToken(tag.user)}\n`,
  ];
  return withChecksum([bytesOfText(cards.join(''))], hashing);
}

function withChecksum(parts: readonly Uint8Array[], hashing: Hashing): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const zCard = 'Z '.length + 32 + 1;
  const artifact = new Uint8Array(length + zCard);
  let end = 0;
  for (const part of parts) {
    artifact.set(part, end);
    end += part.length;
  }
  artifact.set(bytesOfText(`Z ${hashing.hex('md5', artifact.subarray(0, length))}\n`), length);
  return artifact;
}

function stampOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length);
}
