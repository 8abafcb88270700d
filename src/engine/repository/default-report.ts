import type { Repository } from './repository';
import { DEFAULT_REPORT } from './schema';

/** The ticket report of a new repository, as Fossil makes it. In the caller's transaction. */
export function createDefaultReport({ db }: Repository): void {
  db.prepare('INSERT INTO reportfmt(title,mtime,cols,sqlcode) VALUES(?,julianday(0,?),?,?)').run(
    DEFAULT_REPORT.title,
    'unixepoch',
    DEFAULT_REPORT.columns,
    DEFAULT_REPORT.sql,
  );
}
