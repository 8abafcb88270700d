import { execFile } from 'node:child_process';
import * as path from 'node:path';

/** Derived tables with every rid as the artifact's name, and times to the millisecond: what two repositories must have in common. */
const QUERIES = {
  event: `SELECT type, round(mtime*86400000), (SELECT uuid FROM blob WHERE rid=objid), tagid, uid, bgcolor, euser, user, ecomment,
    comment, brief, round(omtime*86400000) FROM event`,
  plink: `SELECT (SELECT uuid FROM blob WHERE rid=pid), (SELECT uuid FROM blob WHERE rid=cid), isprim, round(mtime*86400000),
    (SELECT uuid FROM blob WHERE rid=baseid) FROM plink`,
  mlink: `SELECT (SELECT uuid FROM blob WHERE rid=mid), coalesce((SELECT uuid FROM blob WHERE rid=fid), fid),
    (SELECT uuid FROM blob WHERE rid=pmid), coalesce((SELECT uuid FROM blob WHERE rid=pid), pid),
    (SELECT name FROM filename f WHERE f.fnid=mlink.fnid), (SELECT name FROM filename f WHERE f.fnid=mlink.pfnid), mperm, isaux
    FROM mlink`,
  // A cluster's own tag carries the time at which it was linked.
  tagxref: `SELECT (SELECT tagname FROM tag WHERE tag.tagid=tagxref.tagid), tagtype, (SELECT uuid FROM blob WHERE rid=srcid),
    (SELECT uuid FROM blob WHERE rid=origid), value, CASE WHEN tagid=7 THEN '' ELSE round(mtime*86400000) END,
    (SELECT uuid FROM blob b WHERE b.rid=tagxref.rid) FROM tagxref`,
  leaf: 'SELECT (SELECT uuid FROM blob b WHERE b.rid=leaf.rid) FROM leaf',
  unclustered: 'SELECT (SELECT uuid FROM blob b WHERE b.rid=unclustered.rid) FROM unclustered',
  cherrypick: `SELECT (SELECT uuid FROM blob WHERE rid=parentid), (SELECT uuid FROM blob WHERE rid=childid), isexclude FROM cherrypick`,
  filename: 'SELECT name FROM filename',
  phantom: 'SELECT (SELECT uuid FROM blob b WHERE b.rid=phantom.rid) FROM phantom',
  blob: 'SELECT uuid, size FROM blob',
} as const;

export type DerivedTables = Record<keyof typeof QUERIES, string[]>;

/** Reads the tables through the `fossil` binary, each sorted by its lines. */
export async function derivedTables(repository: string): Promise<DerivedTables> {
  const tables = {} as DerivedTables;
  for (const [name, query] of Object.entries(QUERIES) as [keyof typeof QUERIES, string][]) {
    tables[name] = (await fossilSql(repository, query)).sort();
  }
  return tables;
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
