import type { DerivedTables } from '../../support/derived-tables';

/** Milliseconds by which a chain of hurried check-ins can be moved. */
const MOST_FUDGE = 10_000;

/**
 * The one exception. Fossil moves a check-in back when a child of it says nearly the same time, so that the timeline shows parents first. It
 * remembers one child of each parent alone, the last that it came across in one go: how far it moves depends on the order in which artifacts were
 * read, and pulls of one artifact each move nothing. `fossil` therefore disagrees with itself, its clone with its rebuild. Here
 * such check-ins stand at the time they were made.
 */
export function withoutFudge(tables: DerivedTables): DerivedTables {
  const event = tables.event.map((row) => {
    const columns = JSON.parse(row) as unknown[];
    const [type, mtime, ...rest] = columns;
    const omtime = columns.at(-1);
    if (type !== 'ci' || typeof mtime !== 'number' || typeof omtime !== 'number') return row;
    const fudge = omtime - mtime;
    return fudge > 0 && fudge < MOST_FUDGE ? JSON.stringify([type, omtime, ...rest]) : row;
  });
  return { ...tables, event: event.sort() };
}
