import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';

/** What an artifact is in the repository, in Fossil's words. */
export interface ArtifactDescription {
  hash: Hash;
  /** `checkin`, `file`, `tag`, `cluster`, `ticket`, `wiki`, `event`, `attach-control`, `attachment`, `forumpost`, `phantom`, or empty. */
  type: string;
  /** Such as `file src/main.c`; `unknown` when nothing tells. */
  summary: string;
  /** The artifact that tells what an otherwise unknown one is. */
  reference?: Hash;
}

/** One way to tell what an artifact is; the first that answers counts. `?` is its rid. */
const DESCRIPTIONS: readonly { type: string; sql: string }[] = [
  {
    type: 'checkin',
    sql: `SELECT 'check-in to '
            || coalesce((SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND tagtype>0 AND rid=objid),'trunk')
            || ' by ' || coalesce(euser,user) || ' on ' || strftime('%Y-%m-%d %H:%M',mtime) AS summary
            FROM event WHERE objid=? AND type='ci'`,
  },
  {
    type: 'file',
    sql: `SELECT 'file '||name AS summary FROM mlink JOIN filename USING(fnid) JOIN event ON event.objid=mlink.mid WHERE fid=? LIMIT 1`,
  },
  {
    type: 'tag',
    sql: `SELECT 'tag '||substr((SELECT uuid FROM blob WHERE rid=tagxref.rid),1,16) AS summary
            FROM tagxref WHERE srcid=? AND srcid<>rid LIMIT 1`,
  },
  { type: 'cluster', sql: `SELECT 'cluster' AS summary FROM tagxref WHERE rid=? AND tagid=${FIXED_TAGS.cluster}` },
  { type: 'ticket', sql: namedByTag('tkt-', `'ticket '||substr(tagname,5,21)`) },
  { type: 'wiki', sql: namedByTag('wiki-', `'wiki "'||substr(tagname,6)||'"'`) },
  { type: 'event', sql: namedByTag('event-', `'event '||substr(tagname,7)`) },
  {
    type: 'attach-control',
    sql: `SELECT 'attachment-control for '||filename AS summary FROM attachment WHERE attachid=?`,
  },
  {
    type: 'attachment',
    sql: `SELECT 'attachment '||filename AS summary FROM attachment WHERE src=(SELECT uuid FROM blob WHERE rid=?) LIMIT 1`,
  },
];

const FORUM_POST = `SELECT CASE WHEN fpid=froot THEN 'forum-post ' ELSE 'forum-reply-to ' END || substr(uuid,1,14) AS summary
                      FROM forumpost JOIN blob ON blob.rid=froot WHERE fpid=?`;

/** How an artifact that says nothing itself is mentioned by others. Of several answers the last way's last counts, as in Fossil. */
const MENTIONS: readonly string[] = [
  `SELECT CASE WHEN isprim THEN '' ELSE 'merge ' END || 'parent of check-in' AS summary, uuid AS reference
     FROM plink JOIN blob ON blob.rid=cid WHERE pid=? LIMIT 1`,
  `SELECT 'child of check-in' AS summary, uuid AS reference FROM plink JOIN blob ON blob.rid=pid WHERE cid=? LIMIT 1`,
  `SELECT 'check-in referenced by "'||tagname||'" tag' AS summary, uuid AS reference
     FROM tagxref JOIN tag USING(tagid) JOIN blob ON blob.rid=srcid WHERE origid=? LIMIT 1`,
  `SELECT 'file "'||name||'"' AS summary, uuid AS reference
     FROM mlink JOIN filename USING(fnid) JOIN blob ON blob.rid=mid WHERE fid=? LIMIT 1`,
];

/** @throws EngineError `artifact-missing` when there is no such row */
export function describeArtifact(repository: Repository, rid: Rid): ArtifactDescription {
  const { db } = repository;
  const hash = db.prepare('SELECT uuid FROM blob WHERE rid=?').get<{ uuid: Hash }>(rid)?.uuid;
  if (hash === undefined)
    throw new EngineError('artifact-missing', 'The repository lacks an artifact that was asked for.');
  for (const { type, sql } of DESCRIPTIONS) {
    const summary = db.prepare(sql).get<{ summary: string | null }>(rid)?.summary;
    if (summary !== undefined) return { hash, type, summary: summary ?? 'unknown' };
  }
  if (hasForum(repository)) {
    const summary = db.prepare(FORUM_POST).get<{ summary: string }>(rid)?.summary;
    if (summary !== undefined) return { hash, type: 'forumpost', summary };
  }
  const isPhantom = db.prepare('SELECT 1 FROM phantom WHERE rid=?').get(rid) !== undefined;
  const type = isPhantom ? 'phantom' : '';
  for (const sql of MENTIONS) {
    const mention = db.prepare(sql).get<{ summary: string; reference: Hash }>(rid);
    if (mention !== undefined) return { hash, type, ...mention };
  }
  return { hash, type, summary: 'unknown' };
}

/** Fossil makes the table with the first forum post. */
export function hasForum(repository: Repository): boolean {
  return repository.db.prepare("SELECT 1 FROM main.sqlite_schema WHERE name='forumpost'").get() !== undefined;
}

function namedByTag(prefix: string, summary: string): string {
  return `SELECT ${summary} AS summary FROM tagxref JOIN tag USING(tagid) WHERE rid=? AND tagname GLOB '${prefix}*' LIMIT 1`;
}
