import { execFile } from 'node:child_process';
import * as path from 'node:path';

/** A rid (as TABLE.COLUMN) as the artifact's name; one that names no artifact, such as 0, stays itself. */
function nameOf(rid: string): string {
  return `coalesce((SELECT uuid FROM blob AS named WHERE named.rid=${rid}), ${rid})`;
}

function milliseconds(day: string): string {
  return `CAST(round(${day}*86400000) AS INTEGER)`;
}

function tagOf(tagid: string): string {
  return `(SELECT tagname FROM tag AS named WHERE named.tagid=${tagid})`;
}

function fileOf(fnid: string): string {
  return `(SELECT name FROM filename AS named WHERE named.fnid=${fnid})`;
}

/** Derived tables with every rid as the artifact's name, and times to the millisecond: what two repositories must have in common. */
const QUERIES = {
  event: `SELECT type, ${milliseconds('mtime')}, ${nameOf('event.objid')}, ${tagOf('event.tagid')}, uid, bgcolor, euser, user, ecomment,
    comment, brief, ${milliseconds('omtime')} FROM event`,
  plink: `SELECT ${nameOf('plink.pid')}, ${nameOf('plink.cid')}, isprim, ${milliseconds('mtime')}, ${nameOf('plink.baseid')} FROM plink`,
  mlink: `SELECT ${nameOf('mlink.mid')}, ${nameOf('mlink.fid')}, ${nameOf('mlink.pmid')}, ${nameOf('mlink.pid')}, ${fileOf('mlink.fnid')}, ${fileOf('mlink.pfnid')},
    mperm, isaux FROM mlink`,
  // A cluster's own tag carries the time at which it was linked.
  tagxref: `SELECT ${tagOf('tagxref.tagid')}, tagtype, ${nameOf('tagxref.srcid')}, ${nameOf('tagxref.origid')}, value,
    CASE WHEN tagid=7 THEN '' ELSE ${milliseconds('mtime')} END, ${nameOf('tagxref.rid')} FROM tagxref`,
  tag: 'SELECT tagname FROM tag',
  leaf: `SELECT ${nameOf('leaf.rid')} FROM leaf`,
  unclustered: `SELECT ${nameOf('unclustered.rid')} FROM unclustered`,
  cherrypick: `SELECT ${nameOf('cherrypick.parentid')}, ${nameOf('cherrypick.childid')}, isExclude FROM cherrypick`,
  filename: 'SELECT name FROM filename',
  // The source of a wiki page's links is the page: the tag of its title.
  backlink: `SELECT target, srctype, CASE srctype WHEN 2 THEN ${tagOf('backlink.srcid')} ELSE ${nameOf('backlink.srcid')} END,
    ${milliseconds('mtime')} FROM backlink`,
  attachment: `SELECT ${nameOf('attachment.attachid')}, isLatest, ${milliseconds('mtime')}, src, target, filename, comment, user FROM attachment`,
  phantom: `SELECT ${nameOf('phantom.rid')} FROM phantom`,
  orphan: `SELECT ${nameOf('orphan.rid')}, ${nameOf('orphan.baseline')} FROM orphan`,
  private: `SELECT ${nameOf('private.rid')} FROM private`,
  blob: 'SELECT uuid, size FROM blob',
} as const;

/** Tables that a project defines, or that are made when first needed: column by column. */
const VARIABLE_TABLES = ['ticket', 'ticketchng', 'forumpost'] as const;

/** How a column of those is told; others as they are. */
const COLUMNS: Readonly<Record<string, string | undefined>> = {
  'ticket.tkt_id': 'NULL',
  'ticket.tkt_mtime': milliseconds('tkt_mtime'),
  'ticket.tkt_ctime': milliseconds('tkt_ctime'),
  'ticketchng.tkt_id': '(SELECT tkt_uuid FROM ticket AS named WHERE named.tkt_id=ticketchng.tkt_id)',
  'ticketchng.tkt_rid': nameOf('ticketchng.tkt_rid'),
  'ticketchng.tkt_mtime': milliseconds('tkt_mtime'),
  'forumpost.fpid': nameOf('forumpost.fpid'),
  'forumpost.froot': nameOf('forumpost.froot'),
  'forumpost.fprev': nameOf('forumpost.fprev'),
  'forumpost.firt': nameOf('forumpost.firt'),
  'forumpost.fmtime': milliseconds('fmtime'),
};

export type DerivedTable = keyof typeof QUERIES | (typeof VARIABLE_TABLES)[number];

export type DerivedTables = Record<DerivedTable, string[]>;

/** Reads the tables through the `fossil` binary, each sorted by its lines; a table that the repository lacks has no rows. */
export async function derivedTables(repository: string): Promise<DerivedTables> {
  const queries: [string, string][] = Object.entries(QUERIES);
  for (const name of VARIABLE_TABLES) {
    const columns = await columnsOf(repository, name);
    if (columns.length > 0) queries.push([name, `SELECT ${columns.join(', ')} FROM "${name}"`]);
  }
  const marked = queries.map(([name, query]) => `SELECT '${HEADING}${name}';\n${query}`).join(';\n');
  const tables: Record<DerivedTable, string[]> = emptyTables();
  let rows: string[] = [];
  for (const line of await fossilSql(repository, marked)) {
    const heading = line.startsWith(`'${HEADING}`) ? line.slice(HEADING.length + 1, -1) : undefined;
    if (heading === undefined) rows.push(line);
    else tables[heading as DerivedTable] = rows = [];
  }
  for (const lines of Object.values(tables)) lines.sort();
  return tables;
}

const HEADING = '---- ';

function emptyTables(): DerivedTables {
  const names = [...Object.keys(QUERIES), ...VARIABLE_TABLES] as DerivedTable[];
  return Object.fromEntries(names.map((name) => [name, [] as string[]])) as DerivedTables;
}

async function columnsOf(repository: string, table: string): Promise<string[]> {
  const names = await fossilSql(repository, `SELECT name FROM pragma_table_info('${table}')`);
  return names.map((quoted) => {
    const name = quoted.slice(1, -1);
    return COLUMNS[`${table}.${name}`] ?? `"${name}"`;
  });
}

/** Runs one query with `fossil sql`. @returns its rows; within one, line ends are escaped */
export function fossilSql(repository: string, query: string): Promise<string[]> {
  const home = path.dirname(repository);
  return new Promise((resolve, reject) => {
    const child = execFile(
      'fossil',
      ['sql', '-R', repository, '--readonly'],
      { env: { PATH: process.env['PATH'], HOME: home, USER: 'tester' }, maxBuffer: 1 << 28 },
      (error, stdout, stderr) =>
        error === null ? resolve(stdout.split('\n').slice(0, -1)) : reject(new Error(stderr, { cause: error })),
    );
    child.stdin?.end(`.mode quote\n${query};\n`);
  });
}
