import * as path from 'node:path';
import { byteTextOf } from '../../src/engine/codec/byte-text';
import type { Database } from '../../src/engine/platform/sqlite';
import { runFossil } from './run-fossil';

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

/** Columns of the tables with every rid as the artifact's name, and times to the millisecond: what two repositories must have in common. */
const COLUMNS = {
  event: [
    'type',
    milliseconds('mtime'),
    nameOf('event.objid'),
    tagOf('event.tagid'),
    ...['uid', 'bgcolor', 'euser', 'user', 'ecomment', 'comment', 'brief'],
    milliseconds('omtime'),
  ],
  plink: [nameOf('plink.pid'), nameOf('plink.cid'), 'isprim', milliseconds('mtime'), nameOf('plink.baseid')],
  mlink: [
    ...[nameOf('mlink.mid'), nameOf('mlink.fid'), nameOf('mlink.pmid'), nameOf('mlink.pid')],
    ...[fileOf('mlink.fnid'), fileOf('mlink.pfnid'), 'mperm', 'isaux'],
  ],
  tagxref: [
    ...[tagOf('tagxref.tagid'), 'tagtype', nameOf('tagxref.srcid'), nameOf('tagxref.origid'), 'value'],
    // A cluster's own tag carries the time at which it was linked.
    `CASE WHEN tagid=7 THEN '' ELSE ${milliseconds('mtime')} END`,
    nameOf('tagxref.rid'),
  ],
  tag: ['tagname'],
  leaf: [nameOf('leaf.rid')],
  unclustered: [nameOf('unclustered.rid')],
  cherrypick: [nameOf('cherrypick.parentid'), nameOf('cherrypick.childid'), 'isExclude'],
  filename: ['name'],
  backlink: [
    'target',
    'srctype',
    // The source of a wiki page's links is the page: the tag of its title.
    `CASE srctype WHEN 2 THEN ${tagOf('backlink.srcid')} ELSE ${nameOf('backlink.srcid')} END`,
    milliseconds('mtime'),
  ],
  attachment: [
    ...[nameOf('attachment.attachid'), 'isLatest', milliseconds('mtime')],
    ...['src', 'target', 'filename', 'comment', 'user'],
  ],
  phantom: [nameOf('phantom.rid')],
  orphan: [nameOf('orphan.rid'), nameOf('orphan.baseline')],
  private: [nameOf('private.rid')],
  blob: ['uuid', 'size'],
} as const;

/** Tables that a project defines, or that are made when first needed: all columns they have, these in another form. */
const VARIABLE_TABLES = {
  ticket: { tkt_id: 'NULL', tkt_mtime: milliseconds('tkt_mtime'), tkt_ctime: milliseconds('tkt_ctime') },
  ticketchng: {
    tkt_id: '(SELECT tkt_uuid FROM ticket AS named WHERE named.tkt_id=ticketchng.tkt_id)',
    tkt_rid: nameOf('ticketchng.tkt_rid'),
    tkt_mtime: milliseconds('tkt_mtime'),
  },
  forumpost: {
    fpid: nameOf('forumpost.fpid'),
    froot: nameOf('forumpost.froot'),
    fprev: nameOf('forumpost.fprev'),
    firt: nameOf('forumpost.firt'),
    fmtime: milliseconds('fmtime'),
  },
} as const;

export type DerivedTable = keyof typeof COLUMNS | keyof typeof VARIABLE_TABLES;

/** A row is a JSON array. */
export type DerivedTables = Record<DerivedTable, string[]>;

/** Runs queries of one column each. @returns their rows, all together */
type ColumnReader = (queries: readonly string[]) => string[] | Promise<string[]>;

/** Reads the tables through the `fossil` binary, the rows of each sorted; a table that the repository lacks has none. */
export function derivedTables(repository: string): Promise<DerivedTables> {
  return readTables((queries) => fossilLines(repository, `.mode list\n${queries.join(';\n')};\n`));
}

/** The same through our own driver. */
export function derivedTablesIn(database: Database): Promise<DerivedTables> {
  return readTables((queries) =>
    queries.flatMap((sql) =>
      database
        .prepare(sql)
        .all<Record<string, string>>()
        .flatMap((row) => Object.values(row)),
    ),
  );
}

async function readTables(read: ColumnReader): Promise<DerivedTables> {
  const columns: Record<DerivedTable, readonly string[]> = { ...COLUMNS, ticket: [], ticketchng: [], forumpost: [] };
  for (const [table, forms] of Object.entries(VARIABLE_TABLES)) {
    columns[table as keyof typeof VARIABLE_TABLES] = await variableColumns(read, table, forms);
  }
  const tables: Partial<DerivedTables> = {};
  const queries: string[] = [];
  for (const [table, list] of Object.entries(columns) as [DerivedTable, readonly string[]][]) {
    tables[table] = [];
    if (list.length > 0) queries.push(`SELECT '${table}' || json_array(${list.join(', ')}) FROM "${table}"`);
  }
  for (const row of await read(queries)) {
    const start = row.indexOf('[');
    tables[row.slice(0, start) as DerivedTable]?.push(row.slice(start));
  }
  for (const rows of Object.values(tables)) rows.sort();
  return tables as DerivedTables;
}

async function variableColumns(
  read: ColumnReader,
  table: string,
  forms: Readonly<Record<string, string>>,
): Promise<string[]> {
  const names = await read([`SELECT name FROM pragma_table_info('${table}')`]);
  return names.map((name) => forms[name] ?? `"${name}"`);
}

/** Runs one query with `fossil sql`. @returns its rows as SQL literals, lossless (`byteTextOf`); line ends stay as they are */
export function fossilSql(repository: string, query: string): Promise<string[]> {
  return fossilLines(repository, `.mode quote\n${query};\n`);
}

async function fossilLines(repository: string, commands: string): Promise<string[]> {
  const home = path.dirname(repository);
  const env = { PATH: process.env['PATH'], HOME: home, USER: 'tester' };
  const output = await runFossil(['sql', '-R', repository, '--readonly'], { env, input: commands });
  return byteTextOf(output).split('\n').slice(0, -1);
}
