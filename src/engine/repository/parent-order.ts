import type { Rid } from '../identifiers';

interface HasParents {
  rid: Rid;
  parents: readonly Rid[];
  date: number;
}

/** Sorts check-ins so that every parent stands before its children, by date where that leaves a choice. */
export function inParentOrder<Item extends HasParents>(items: readonly Item[]): Item[] {
  const byDate = [...items].sort((a, b) => a.date - b.date);
  const byRid = new Map(byDate.map((item) => [item.rid, item]));
  const ordered: Item[] = [];
  const placed = new Set<Rid>();
  for (const start of byDate) {
    const stack = [start];
    for (let item = stack.at(-1); item !== undefined; item = stack.at(-1)) {
      const waitsFor = item.parents
        .map((rid) => (placed.has(rid) ? undefined : byRid.get(rid)))
        .filter((parent) => parent !== undefined);
      if (waitsFor.length > 0 && !placed.has(item.rid)) {
        for (const parent of waitsFor) stack.push(parent);
        continue;
      }
      stack.pop();
      if (!placed.has(item.rid)) ordered.push(item);
      placed.add(item.rid);
    }
  }
  return ordered;
}
