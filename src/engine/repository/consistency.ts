import type { Hash, Rid } from '../identifiers';
import type { Finding } from './finding';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';

/** What helps against damage in permanent tables, which nothing can recompute. */
export const REPLACE = 'Restore a backup, or clone again from a server that has it';
const REBUILD = 'Run "trilobite rebuild"';
const SYNC = 'Sync with a server that has it; clone again if that does not help';

/** Columns that hold the rid of an artifact, by table. 0 and -1 stand for none. */
const REFERENCES: readonly { table: string; columns: readonly string[] }[] = [
  { table: 'delta', columns: ['rid', 'srcid'] },
  { table: 'private', columns: ['rid'] },
  { table: 'phantom', columns: ['rid'] },
  { table: 'unclustered', columns: ['rid'] },
  { table: 'unsent', columns: ['rid'] },
  { table: 'leaf', columns: ['rid'] },
  { table: 'orphan', columns: ['rid', 'baseline'] },
  { table: 'event', columns: ['objid'] },
  { table: 'plink', columns: ['pid', 'cid', 'baseid'] },
  { table: 'mlink', columns: ['mid', 'fid', 'pmid', 'pid'] },
  { table: 'tagxref', columns: ['rid', 'srcid', 'origid'] },
  { table: 'cherrypick', columns: ['parentid', 'childid'] },
  { table: 'attachment', columns: ['attachid'] },
  { table: 'ticketchng', columns: ['tkt_rid'] },
  { table: 'forumpost', columns: ['fpid', 'froot', 'fprev', 'firt'] },
];

/** Columns that hold the number of a name, which the table of these names has under the same title. */
const NAMES = [
  { table: 'mlink', column: 'fnid', names: 'filename' },
  { table: 'tagxref', column: 'tagid', names: 'tag' },
];

/** Derived tables that every repository has had from the beginning. */
export const DERIVED_TABLES = [
  'attachment',
  'backlink',
  'event',
  'filename',
  'leaf',
  'orphan',
  'phantom',
  'tag',
  'tagxref',
  'unclustered',
];

/** Permanent tables that are not needed to open a repository. */
export const PERMANENT_TABLES = ['concealed', 'private', 'reportfmt', 'shun'];

/** Every check that the tables alone answer, without reading content. Each gives its findings when it is run. */
export const CONSISTENCY_CHECKS: readonly ((repository: Repository) => Finding[])[] = [
  missingTables,
  malformedNames,
  missingContent,
  wrongPhantoms,
  missingSources,
  deltaLoops,
  unresolvedDeltas,
  danglingRows,
  namelessRows,
  emptyFileHistory,
  wrongLeaves,
];

function missingTables({ db }: Repository): Finding[] {
  const missing = (table: string): Finding => incomplete(table, `Table ${table} is missing.`);
  return [
    ...DERIVED_TABLES.map(missing),
    // Nothing tells what stood in it.
    { ...missing('unsent'), advice: `${REBUILD}, which makes it empty.` },
    ...PERMANENT_TABLES.map((table) => ({ ...missing(table), advice: `${REPLACE}.` })),
  ].filter(({ table = '' }) => !hasTable(db, table));
}

/** What is told of files or tags whose names have no row. */
function namelessRows({ db }: Repository): Finding[] {
  return NAMES.flatMap(({ table, column, names }) => {
    if (!hasTable(db, table) || !hasTable(db, names)) return [];
    const sql = `SELECT count(DISTINCT ${column}) AS n FROM ${table} WHERE ${column}>0 AND ${column} NOT IN (SELECT ${column} FROM ${names})`;
    const count = db.prepare(sql).get<{ n: number }>()?.n ?? 0;
    if (count === 0) return [];
    const missing = count === 1 ? '1 name' : `${count} names`;
    return [incomplete(names, `Table ${names} lacks ${missing} that table ${table} speaks of.`)];
  });
}

/** Names of files come with what is told of them. */
function emptyFileHistory({ db }: Repository): Finding[] {
  if (!hasTable(db, 'mlink') || !hasTable(db, 'filename')) return [];
  const sql = 'SELECT EXISTS (SELECT 1 FROM filename) AND NOT EXISTS (SELECT 1 FROM mlink) AS isLost';
  return db.prepare(sql).get<{ isLost: number }>()?.isLost === 1
    ? [incomplete('mlink', 'The history of files is missing.')]
    : [];
}

/**
 * A check-in is a leaf when no child is of its branch. Only where all branches are known; where a check-in has been given other parents,
 * Fossil does not look at the former ones again.
 */
function wrongLeaves({ db }: Repository): Finding[] {
  if (!['leaf', 'event', 'plink', 'tagxref'].every((table) => hasTable(db, table))) return [];
  const sql = `
    WITH branched(rid, branch) AS (
      SELECT rid, value FROM tagxref JOIN event ON objid=rid
       WHERE tagxref.tagid=${FIXED_TAGS.branch} AND tagtype>0 AND event.type='ci')
    SELECT count(*) AS n FROM branched AS this
     WHERE NOT EXISTS (SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.parent})
       AND NOT EXISTS (SELECT 1 FROM plink WHERE pid=this.rid AND cid NOT IN (SELECT rid FROM branched))
       AND EXISTS (SELECT 1 FROM leaf WHERE leaf.rid=this.rid)=
           EXISTS (SELECT 1 FROM plink JOIN branched AS child ON child.rid=cid WHERE pid=this.rid AND child.branch IS this.branch)`;
  const count = db.prepare(sql).get<{ n: number }>()?.n ?? 0;
  if (count === 0) return [];
  const problem = `${count} ${count === 1 ? 'check-in is' : 'check-ins are'} wrongly listed, or not listed, as the end of a branch.`;
  return [incomplete('leaf', problem)];
}

/** A derived table that lacks something, or has something wrong. */
export function incomplete(table: string, problem: string): Finding {
  return { kind: 'table-incomplete', table, problem, advice: `${REBUILD}.` };
}

export function hasTable(db: Repository['db'], table: string): boolean {
  return db.prepare("SELECT 1 FROM main.sqlite_schema WHERE type='table' AND name=?").get(table) !== undefined;
}

/** Names are lower-case hexadecimal of one of two lengths; anything else was never the hash of something. */
function malformedNames({ db }: Repository): Finding[] {
  return db
    .prepare("SELECT uuid FROM blob WHERE length(uuid) NOT IN (40,64) OR uuid GLOB '*[^0-9a-f]*' ORDER BY rid")
    .all<{ uuid: Hash }>()
    .map(({ uuid }) => ({
      kind: 'name-malformed',
      artifact: uuid,
      table: 'blob',
      problem: `"${uuid}" is not a name that an artifact can have.`,
      advice: `${REPLACE}.`,
    }));
}

function missingContent({ db }: Repository): Finding[] {
  return artifacts(db, 'SELECT rid, uuid FROM blob WHERE size>=0 AND content IS NULL').map(({ uuid }) => ({
    kind: 'content-missing',
    artifact: uuid,
    table: 'blob',
    problem: `Artifact ${uuid} has lost its content.`,
    advice: `${REPLACE}.`,
  }));
}

/** `phantom` and a size of -1 say the same (fossil.md 5.2). */
function wrongPhantoms({ db }: Repository): Finding[] {
  if (!hasTable(db, 'phantom')) return [];
  const finding = (uuid: Hash, problem: string): Finding => ({
    kind: 'phantom-wrong',
    artifact: uuid,
    table: 'phantom',
    problem,
    advice: `${REBUILD}.`,
  });
  return [
    ...artifacts(db, 'SELECT rid, uuid FROM blob JOIN phantom USING(rid) WHERE size>=0').map(({ uuid }) =>
      finding(uuid, `Artifact ${uuid} is here, but listed as known by name only.`),
    ),
    ...artifacts(db, 'SELECT rid, uuid FROM blob WHERE size<0 AND rid NOT IN (SELECT rid FROM phantom)').map(
      ({ uuid }) => finding(uuid, `Artifact ${uuid} is known by name only, but not listed so: no sync asks for it.`),
    ),
    ...artifacts(db, 'SELECT rid, uuid FROM blob WHERE size<0 AND content IS NOT NULL').map(({ uuid }) =>
      finding(uuid, `Artifact ${uuid} has content, but counts as known by name only.`),
    ),
  ];
}

function missingSources({ db }: Repository): Finding[] {
  return artifacts(
    db,
    `SELECT blob.rid, uuid FROM blob JOIN delta USING(rid)
      WHERE size>=0 AND srcid NOT IN (SELECT rid FROM blob)`,
  ).map(({ uuid }) => ({
    kind: 'delta-source-missing',
    artifact: uuid,
    table: 'delta',
    problem: `Artifact ${uuid} is stored as a delta of an artifact that is gone without a trace.`,
    advice: `${REPLACE}.`,
  }));
}

/** Chains that come back to where they were. */
function deltaLoops({ db }: Repository): Finding[] {
  const sources = new Map(
    db
      .prepare('SELECT rid, srcid FROM delta')
      .all<{ rid: Rid; srcid: Rid }>()
      .map(({ rid, srcid }) => [rid, srcid]),
  );
  const inLoop = new Set<Rid>();
  const settled = new Set<Rid>();
  for (const start of sources.keys()) {
    const path: Rid[] = [];
    const onPath = new Set<Rid>();
    let current: Rid | undefined = start;
    while (current !== undefined && !settled.has(current) && !onPath.has(current)) {
      path.push(current);
      onPath.add(current);
      current = sources.get(current);
    }
    if (current !== undefined && onPath.has(current)) {
      for (const rid of path.slice(path.indexOf(current))) inLoop.add(rid);
    }
    for (const rid of path) settled.add(rid);
  }
  const name = db.prepare('SELECT uuid FROM blob WHERE rid=?');
  return [...inLoop].flatMap((rid) => {
    const uuid = name.get<{ uuid: Hash }>(rid)?.uuid;
    return uuid === undefined
      ? []
      : [
          {
            kind: 'delta-loop' as const,
            artifact: uuid,
            table: 'delta',
            problem: `Artifact ${uuid} is stored as a delta of itself, by way of others.`,
            advice: `${REPLACE}.`,
          },
        ];
  });
}

/** Deltas whose source has not arrived: others cannot even clone them. */
function unresolvedDeltas({ db, blobs }: Repository): Finding[] {
  if (!hasTable(db, 'phantom')) return [];
  return blobs.danglingDeltas().map((rid) => {
    const uuid = blobs.hash(rid);
    return {
      kind: 'delta-unresolved',
      artifact: uuid,
      table: 'delta',
      problem: `Artifact ${uuid} is a delta of one that has not been received, so that its content is not known.`,
      advice: `${SYNC}.`,
    };
  });
}

function danglingRows({ db }: Repository): Finding[] {
  const columnsOf = db.prepare('SELECT name FROM pragma_table_info(?)');
  const findings: Finding[] = [];
  for (const { table, columns } of REFERENCES) {
    const present = new Set(columnsOf.all<{ name: string }>(table).map((row) => row.name));
    const known = columns.filter((column) => present.has(column) && !(table === 'delta' && column === 'srcid'));
    if (known.length === 0) continue;
    const isDangling = known.map((column) => `(${column}>0 AND ${column} NOT IN (SELECT rid FROM blob))`).join(' OR ');
    const rows = db.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${isDangling}`).get<{ n: number }>()?.n ?? 0;
    if (rows === 0) continue;
    findings.push({
      kind: 'dangling-rows',
      table,
      problem: `${rows} ${rows === 1 ? 'row' : 'rows'} of table ${table} ${rows === 1 ? 'speaks' : 'speak'} of artifacts that are not in the repository.`,
      advice: `${REBUILD}.`,
    });
  }
  return findings;
}

function artifacts(db: Repository['db'], sql: string): { rid: Rid; uuid: Hash }[] {
  return db.prepare(`${sql} ORDER BY rid`).all<{ rid: Rid; uuid: Hash }>();
}
