import type { Checkin, FileCard } from '../artifact/types';
import { compareBytes } from '../codec/utf8';
import type { Hash } from '../identifiers';

/** The files of a check-in by name; every card has its hash. */
export type FileSet = ReadonlyMap<string, WholeFileCard>;

export type WholeFileCard = FileCard & { hash: Hash };

/** `mlink.mperm` */
export const PERMISSION: Record<FileCard['permission'], number> = { regular: 0, executable: 1, symlink: 2 };

/** One row of `mlink` in names: what a check-in does to a file of its parent. */
export interface FileLink {
  name: string;
  formerName?: string;
  /** Content in the parent; absent: added. */
  from?: Hash;
  /** Content in the check-in; absent: deleted. */
  to?: Hash;
  permission: number;
}

/** A check-in with all its files: of a delta manifest with the baseline's. */
export interface ResolvedCheckin {
  checkin: Checkin;
  files: FileSet;
}

export function hasHash(card: FileCard): card is WholeFileCard {
  return card.hash !== undefined;
}

/**
 * What differs between two check-ins, as Fossil tells it: by the F-cards of the child, which in a delta manifest are not all its files.
 * A rename also deletes the old name.
 */
export function* fileDifferences(before: ResolvedCheckin, after: ResolvedCheckin): Generator<FileLink> {
  for (const card of after.checkin.files) {
    const link = linkOf(card, before.files.get(card.formerName ?? card.name));
    if (link !== undefined) yield link;
  }
  const isDelta = after.checkin.baseline !== undefined;
  if (isDelta && before.checkin.baseline !== undefined) {
    yield* differencesFromBaseline(before, after);
  } else if (!isDelta) {
    for (const card of before.files.values()) if (!after.files.has(card.name)) yield deletionOf(card);
  }
}

/**
 * The same for two baseline manifests, whose cards are sorted: one walk along both.
 * @returns undefined when a card lacks its hash, which only delta manifests have reason to
 */
export function baselineDifferences(
  before: Pick<Checkin, 'files'>,
  after: Pick<Checkin, 'files'>,
): FileLink[] | undefined {
  const links: FileLink[] = [];
  const { files: former } = before;
  let byName: Map<string, FileCard> | undefined;
  let next = 0;
  for (const card of after.files) {
    let previous = former[next];
    // The same line is the same object, mostly.
    if (previous === card && card.formerName === undefined && card.hash !== undefined) {
      next++;
      continue;
    }
    if (card.hash === undefined) return undefined;
    while (previous !== undefined && previous.name !== card.name && compareBytes(previous.name, card.name) < 0) {
      if (!hasHash(previous)) return undefined;
      links.push(deletionOf(previous));
      previous = former[++next];
    }
    const isSame = previous?.name === card.name;
    if (isSame) next++;
    if (card.formerName === undefined) {
      if (isSame && previous?.hash === card.hash && previous.permission === card.permission) continue;
    } else {
      byName ??= new Map(former.map((file) => [file.name, file]));
    }
    const source = card.formerName === undefined ? (isSame ? previous : undefined) : byName?.get(card.formerName);
    if (source !== undefined && !hasHash(source)) return undefined;
    const link = linkOf(card, source);
    if (link !== undefined) links.push(link);
  }
  for (const card of former.slice(next)) {
    if (!hasHash(card)) return undefined;
    links.push(deletionOf(card));
  }
  return links;
}

function linkOf(card: FileCard, former: WholeFileCard | undefined): FileLink | undefined {
  const { name, formerName, hash } = card;
  const permission = PERMISSION[card.permission];
  const to = hash === undefined ? {} : { to: hash };
  if (former === undefined)
    return hash === undefined && formerName === undefined ? undefined : { name, ...to, permission };
  if (formerName !== undefined) return { name, formerName, from: former.hash, ...to, permission };
  if (former.hash === hash && PERMISSION[former.permission] === permission) return undefined;
  return { name, from: former.hash, ...to, permission };
}

function deletionOf({ name, hash }: WholeFileCard): FileLink {
  return { name, from: hash, permission: 0 };
}

/** Between two delta manifests: what the parent had changed and the child leaves to the baseline, and what it had removed. */
function* differencesFromBaseline(before: ResolvedCheckin, after: ResolvedCheckin): Generator<FileLink> {
  const cards = new Set(after.checkin.files.map((card) => card.name));
  for (const card of before.checkin.files) {
    const file = after.files.get(card.name);
    if (file === undefined || (card.hash !== undefined && cards.has(card.name))) continue;
    const from = card.hash === undefined ? {} : { from: card.hash };
    yield { name: card.name, ...from, to: file.hash, permission: PERMISSION[file.permission] };
  }
}
