import { DeltaWriter } from '../codec/delta-writer';
import type { FileList, ListedFile } from './file-list';

const LINE_FEED = 0x0a;

/** A check-in as `formatCheckin` writes it: two lines, the cards of its files, and the rest. */
export interface FormattedCheckin {
  content: Uint8Array;
  files: FileList;
}

/**
 * The delta of one check-in from another, made of what their lists of files share instead of looking through their bytes.
 * @param target - what the delta makes, of `source`
 */
export function checkinDelta(source: FormattedCheckin, target: FormattedCheckin): Uint8Array {
  const here = placesIn(source, target.files);
  const writer = new DeltaWriter(target.content);
  let inserted = 0;
  let copied: { offset: number; length: number } | undefined;
  let at = 0;
  const flush = (): void => {
    if (inserted > 0) writer.insert(at - inserted, inserted);
    if (copied !== undefined) writer.copy(copied.offset, copied.length);
    inserted = 0;
    copied = undefined;
  };
  const take = (length: number, offset: number | undefined): void => {
    if (offset === undefined) {
      if (copied !== undefined) flush();
      inserted += length;
    } else if (copied !== undefined && copied.offset + copied.length === offset) {
      copied.length += length;
    } else {
      flush();
      copied = { offset, length };
    }
    at += length;
  };
  take(startOfFiles(target.content), undefined);
  for (const block of target.files.blocks) {
    const offset = here.get(block);
    if (offset !== undefined) take(block.cards.length, offset);
    else forEachCard(block, (file, start, end) => take(end - start, here.get(file)));
  }
  take(target.content.length - at, undefined);
  flush();
  return writer.finish();
}

type Block = FileList['blocks'][number];

/** Where the blocks of a check-in stand, and of those that the other does not share the cards. */
function placesIn({ content, files }: FormattedCheckin, other: FileList): Map<Block | ListedFile, number> {
  const shared = new Set(other.blocks);
  const places = new Map<Block | ListedFile, number>();
  let at = startOfFiles(content);
  for (const block of files.blocks) {
    const blockStart = at;
    if (shared.has(block)) places.set(block, blockStart);
    else forEachCard(block, (file, start) => places.set(file, blockStart + start));
    at += block.cards.length;
  }
  return places;
}

function forEachCard({ files, cards }: Block, visit: (file: ListedFile, start: number, end: number) => void): void {
  let start = 0;
  for (const file of files) {
    const end = cards.indexOf(LINE_FEED, start) + 1;
    visit(file, start, end);
    start = end;
  }
}

/** Behind the C-card and the D-card. */
function startOfFiles(content: Uint8Array): number {
  return content.indexOf(LINE_FEED, content.indexOf(LINE_FEED) + 1) + 1;
}
