import type { Database } from '../platform/sqlite';

/** Who gets email from a server, as Fossil 2.21 keeps it; a repository has these tables from the first subscriber on. */
const SUBSCRIBER_TABLES = `
  CREATE TABLE subscriber(
    subscriberId INTEGER PRIMARY KEY, subscriberCode BLOB DEFAULT (randomblob(32)) UNIQUE,
    semail TEXT UNIQUE COLLATE nocase, suname TEXT, sverified BOOLEAN DEFAULT true, sdonotcall BOOLEAN, sdigest BOOLEAN,
    ssub TEXT, sctime INTDATE, mtime INTDATE, smip TEXT, lastContact INT);
  CREATE INDEX subscriberUname ON subscriber(suname) WHERE suname IS NOT NULL;
  CREATE TABLE IF NOT EXISTS pending_alert(
    eventid TEXT PRIMARY KEY, sentSep BOOLEAN DEFAULT false, sentDigest BOOLEAN DEFAULT false, sentMod BOOLEAN DEFAULT false
  ) WITHOUT ROWID;`;

/** Makes the tables for subscribers where there are none, in the caller's transaction. */
export function createSubscriberTables(db: Database): void {
  const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name='subscriber'").get() !== undefined;
  if (!isThere) db.exec(SUBSCRIBER_TABLES);
}
