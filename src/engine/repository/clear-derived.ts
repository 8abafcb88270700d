import type { Repository } from './repository';

/** Tables that crosslinking fills. `phantom` tells of artifacts, not of what they say. */
const TABLES = [
  ...['event', 'plink', 'mlink', 'filename', 'leaf', 'tagxref', 'backlink', 'attachment', 'cherrypick', 'forumpost'],
  ...['orphan', 'unclustered', 'ticket', 'ticketchng'],
];
/** Up to this one, tags are part of the schema. */
const LAST_FIXED_TAG = 11;

/** Empties the derived tables, so that crosslinking can begin anew. In the caller's transaction. */
export function clearDerived({ db }: Repository): void {
  const present = db.prepare("SELECT 1 FROM sqlite_schema WHERE type='table' AND name=?");
  for (const table of TABLES) {
    if (present.get(table) !== undefined) db.exec(`DELETE FROM ${table}`);
  }
  db.prepare('DELETE FROM tag WHERE tagid>?').run(LAST_FIXED_TAG);
}
