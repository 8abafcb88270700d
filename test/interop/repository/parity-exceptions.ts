import type { DerivedTable, DerivedTables } from '../../support/derived-tables';

/** Something that `fossil` itself tells now so, now otherwise, of the same artifacts. */
interface ParityException {
  /** What this is about. */
  what: string;
  why: string;
  /** What we tell. */
  ours: string;
  /** The tables in which it shows. */
  tables: readonly DerivedTable[];
}

/**
 * All exceptions from "zero differences". The reason of each is that tables depend on which artifact is read first: "fossil rebuild" takes full texts by
 * rid and each delta behind its source, and makes older versions deltas while it reads, so that the next rebuild goes another way.
 * `parity-exceptions.test.ts` shows of each that a clone by `fossil`, which ends with a rebuild, differs from a rebuild of that clone.
 * The gate leaves only the first out of what it compares; the repositories that it compares are free of the others.
 */
export const PARITY_EXCEPTIONS = {
  haste: {
    what: 'times of check-ins that were made within moments of each other',
    why: 'A check-in is moved before its child, of several before the one that was read last; and in pulls of one artifact each nothing is moved.',
    ours: 'The child that a rebuild would read last decides.',
    tables: ['event'],
  },
  edits: {
    what: 'what is read after an edit of it',
    why: 'A link in an edited comment has the time of the edit, or of the check-in if that was read later; a page that was read later shows no edit at all.',
    ours: 'As a rebuild of what is stored here would tell it.',
    tables: ['event', 'backlink'],
  },
  parents: {
    what: 'a check-in that is read after a tag that gives it other parents',
    why: 'By its files it looks as if it had been read already, and is left off the timeline.',
    ours: 'It stands on the timeline.',
    tables: ['event', 'backlink'],
  },
  rivals: {
    what: 'tags of which each would keep the other out',
    why: 'Of two of one moment that counts which is read first; a branch that a check-in was given before its ancestor got another counts if it is read before that has come down.',
    ours: 'As a rebuild of what is stored here would tell it.',
    tables: ['tagxref', 'leaf'],
  },
} as const satisfies Record<string, ParityException>;

/** Milliseconds by which a chain of hurried check-ins can be moved. */
const MOST_FUDGE = 10_000;

/** Check-ins that were moved for their haste stand at the time they were made. */
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
