import type { Rid } from '../identifiers';

/** The order in which Fossil's set of integers gives its elements: by the slots of a table that grows as they come. */
export function inBagOrder(rids: readonly Rid[]): Rid[] {
  let slots: (Rid | undefined)[] = [];
  let used = 0;
  for (const rid of rids) {
    if (used + 1 >= Math.floor(slots.length / 2)) slots = grown(slots);
    insert(slots, rid);
    used++;
  }
  return slots.filter((rid) => rid !== undefined);
}

function grown(slots: readonly (Rid | undefined)[]): (Rid | undefined)[] {
  const larger = new Array<Rid | undefined>(slots.length * 2 + 20).fill(undefined);
  for (const rid of slots) if (rid !== undefined) insert(larger, rid);
  return larger;
}

function insert(slots: (Rid | undefined)[], rid: Rid): void {
  let slot = (rid * 101) % slots.length;
  while (slots[slot] !== undefined) slot = (slot + 1) % slots.length;
  slots[slot] = rid;
}
