import type { DerivedTable, DerivedTables } from '../../support/derived-tables';

/** What two repositories disagree about, row by row; at most a few of each table are spelled out. */
export function differences(ours: DerivedTables, theirs: DerivedTables): string[] {
  const found: string[] = [];
  for (const table of Object.keys(theirs) as DerivedTable[]) {
    const [a, b] = [rowsWithout(ours[table], theirs[table]), rowsWithout(theirs[table], ours[table])];
    found.push(...spelled(`${table}, ours alone:`, a), ...spelled(`${table}, missing:`, b));
  }
  return found;
}

/**
 * What a repository says that `fossil` never does, and what it lacks although `fossil` always says it. Where the order in which artifacts
 * come decides, `fossil` has several answers.
 */
export function contradictions(ours: DerivedTables, answers: readonly DerivedTables[]): string[] {
  const found: string[] = [];
  for (const table of Object.keys(ours) as DerivedTable[]) {
    const any = new Set(answers.flatMap((answer) => answer[table]));
    const own = new Set(ours[table]);
    const always = (row: string): boolean => answers.every((answer) => answer[table].includes(row));
    found.push(
      ...spelled(
        `${table}, ours alone:`,
        ours[table].filter((row) => !any.has(row)),
      ),
      ...spelled(
        `${table}, missing:`,
        [...any].filter((row) => !own.has(row) && always(row)),
      ),
    );
  }
  return found;
}

/** @returns every row that one has and the other lacks, said so that two such lists can be compared */
export function changesBetween(before: DerivedTables, after: DerivedTables): string[] {
  return (Object.keys(after) as DerivedTable[]).flatMap((table) => [
    ...rowsWithout(before[table], after[table]).map((row) => `${table} loses ${row}`),
    ...rowsWithout(after[table], before[table]).map((row) => `${table} gets ${row}`),
  ]);
}

const SPELLED_OUT = 5;

function spelled(title: string, rows: readonly string[]): string[] {
  const more = rows.length - SPELLED_OUT;
  const shown = rows.slice(0, SPELLED_OUT).map((row) => `${title} ${row}`);
  return more > 0 ? [...shown, `${title} ${more} more`] : shown;
}

/** The rows that are not in another list, each as often as it is missing there. */
function rowsWithout(rows: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const row of others) counts.set(row, (counts.get(row) ?? 0) + 1);
  return rows.filter((row) => {
    const count = counts.get(row) ?? 0;
    counts.set(row, count - 1);
    return count <= 0;
  });
}
