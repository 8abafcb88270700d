import type { Database } from '../platform/sqlite';

/** SQLite's application id of a checkout database (fossil.md 5.1). */
const applicationId = 252006674;

const mergeTable = `
  CREATE TABLE localdb.vmerge(
    id INTEGER REFERENCES vfile,
    merge INTEGER,
    mhash TEXT
  );
  CREATE UNIQUE INDEX localdb.vmergex1 ON vmerge(id,mhash);
  CREATE TRIGGER localdb.vmerge_ck1 AFTER INSERT ON vmerge
  WHEN new.mhash IS NULL BEGIN
    SELECT raise(FAIL, 'trying to update a newer check-out with an older version of Fossil');
  END;`;

const tables = `
  CREATE TABLE localdb.vvar(
    name TEXT PRIMARY KEY NOT NULL,
    value CLOB,
    CHECK( typeof(name)='text' AND length(name)>=1 )
  );
  CREATE TABLE localdb.vfile(
    id INTEGER PRIMARY KEY,
    vid INTEGER REFERENCES blob,
    chnged INT DEFAULT 0,
    deleted BOOLEAN DEFAULT 0,
    isexe BOOLEAN,
    islink BOOLEAN,
    rid INTEGER,
    mrid INTEGER,
    mtime INTEGER,
    pathname TEXT,
    origname TEXT,
    mhash TEXT,
    UNIQUE(pathname,vid)
  );
  ${mergeTable}`;

/** Makes Fossil's tables in a new checkout database that is attached as `localdb` (fossil.md 8.2). In the caller's transaction. */
export function createCheckoutTables(db: Database): void {
  db.exec(tables);
  db.exec(`PRAGMA localdb.application_id=${applicationId}`);
}

/** @returns whether the attached database has the three tables of a checkout */
export function hasCheckoutTables(db: Database): boolean {
  const found = db
    .prepare("SELECT count(*) AS n FROM localdb.sqlite_master WHERE type='table' AND name IN ('vvar','vfile','vmerge')")
    .get<{ n: number }>();
  return found?.n === 3;
}

/** @returns whether a Fossil before 2019 made the database, so that columns are missing */
export function isOutdated(db: Database): boolean {
  return missingColumns(db).length > 0;
}

/** Adds the columns that older versions of Fossil did not have. In the caller's transaction. */
export function upgradeCheckoutTables(db: Database): void {
  const missing = missingColumns(db);
  if (missing.includes('isexe')) db.exec('ALTER TABLE localdb.vfile ADD COLUMN isexe BOOLEAN');
  if (missing.includes('islink')) db.exec('ALTER TABLE localdb.vfile ADD COLUMN islink BOOLEAN DEFAULT 0');
  if (missing.includes('mhash')) {
    db.exec(`
      ALTER TABLE localdb.vfile ADD COLUMN mhash;
      UPDATE localdb.vfile SET mhash=(SELECT uuid FROM blob WHERE blob.rid=vfile.mrid) WHERE mrid<>rid;`);
  }
  if (!columnsOf(db, 'vmerge').has('mhash')) {
    db.exec(`
      DROP INDEX IF EXISTS localdb.vmergex1;
      ALTER TABLE localdb.vmerge RENAME TO old_vmerge;
      ${mergeTable}
      INSERT OR IGNORE INTO localdb.vmerge(id,merge,mhash)
        SELECT id, merge, blob.uuid FROM localdb.old_vmerge AS old, blob WHERE old.merge=blob.rid;
      DROP TABLE localdb.old_vmerge;`);
  }
}

function missingColumns(db: Database): string[] {
  const columns = columnsOf(db, 'vfile');
  return ['isexe', 'islink', 'mhash'].filter((name) => !columns.has(name));
}

function columnsOf(db: Database, table: 'vfile' | 'vmerge'): Set<string> {
  const rows = db.prepare(`PRAGMA localdb.table_info(${table})`).all<{ name: string }>();
  return new Set(rows.map((row) => row.name));
}
