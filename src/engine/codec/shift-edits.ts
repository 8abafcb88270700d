import type { SideLines } from './compared-lines';
import type { LineEdit } from './line-diff';

/** Lines of one side, or of both one behind the other, that something is shifted along. */
interface Block {
  /** The lines that go or come, and the side that they are on. */
  side: SideLines;
  start: number;
  count: number;
}

/**
 * Shifts what only goes or only comes to where it begins and ends with short lines, as far as what stands around it is the same: as Fossil
 * does. Changes the edits.
 */
export function shiftEdits(edits: LineEdit[], from: SideLines, to: SideLines): LineEdit[] {
  let [atFrom, atTo] = [0, 0];
  for (let index = 0; index < edits.length; index++) {
    const edit = edits[index];
    if (edit === undefined) break;
    atFrom += edit.copied;
    atTo += edit.copied;
    const { deleted, inserted } = edit;
    if ((deleted === 0) !== (inserted === 0)) {
      const isInsertion = deleted === 0;
      const block = isInsertion
        ? { side: to, start: atTo, count: inserted }
        : { side: from, start: atFrom, count: deleted };
      let moved = -back(edit, block, from, atFrom);
      if (moved < 0) following(edits, index).copied -= moved;
      const next = edits[index + 1];
      block.start += moved;
      const forth = next === undefined ? 0 : forward(next, block, isInsertion ? undefined : from);
      if (next !== undefined) next.copied -= forth;
      edit.copied += forth;
      moved += forth;
      atFrom += moved;
      atTo += moved;
    }
    atFrom += deleted;
    atTo += inserted;
  }
  return edits.filter(({ copied, deleted, inserted }) => copied + deleted + inserted > 0);
}

function following(edits: LineEdit[], index: number): LineEdit {
  const next = edits[index + 1] ?? { copied: 0, deleted: 0, inserted: 0 };
  edits[index + 1] = next;
  return next;
}

/** @returns by how many lines the block goes towards the beginning; `edit` is shortened */
function back(edit: LineEdit, { side, start, count }: Block, from: SideLines, atFrom: number): number {
  let lines = 0;
  for (; edit.copied > 0; edit.copied--, lines++) {
    const [top, bottom] = [atFrom - lines - 1, start - lines + count - 1];
    if (from.keys[top] !== side.keys[bottom]) break;
    if (lengthAt(from, top + 1) + lengthAt(side, bottom) <= lengthAt(from, top) + lengthAt(side, bottom - 1)) break;
  }
  return lines;
}

/** @param from - for lines that go: what Fossil compares there is always the line above @returns by how many lines the block goes towards the end */
function forward(next: LineEdit, { side, start, count }: Block, from?: SideLines): number {
  let lines = 0;
  for (; lines < next.copied; lines++) {
    const [top, bottom] = [start + lines, start + lines + count];
    if (side.keys[top] !== side.keys[bottom]) break;
    const above = lengthAt(side, top) + lengthAt(side, bottom - 1);
    const below = (from === undefined ? lengthAt(side, top + 1) : lengthAt(from, top)) + lengthAt(side, bottom);
    if (above <= below) break;
  }
  return lines;
}

function lengthAt({ lengths }: SideLines, line: number): number {
  return lengths[line] ?? 0;
}
