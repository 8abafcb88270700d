import type { FossilFixture } from './fossil-fixture';

const milliseconds = (column: string): string => `CAST(round(${column}*86400000) AS INTEGER)`;
const hash = (column: string): string => `coalesce((SELECT uuid FROM blob WHERE blob.rid=${column}), ${column})`;
const file = (column: string): string =>
  `coalesce((SELECT name FROM filename WHERE filename.fnid=${column}), ${column})`;

/** Derived tables that a check-in fills, without row ids: what `fossil rebuild` would make again. */
const derivedTables: Record<string, string[]> = {
  event: [
    'type',
    milliseconds('mtime'),
    hash('event.objid'),
    'user',
    'comment',
    'euser',
    'ecomment',
    'bgcolor',
    milliseconds('omtime'),
  ],
  plink: [hash('plink.pid'), hash('plink.cid'), 'isprim', milliseconds('mtime'), hash('plink.baseid')],
  mlink: [
    hash('mlink.mid'),
    hash('mlink.fid'),
    hash('mlink.pmid'),
    `CASE pid WHEN -1 THEN -1 ELSE ${hash('mlink.pid')} END`,
    file('mlink.fnid'),
    file('mlink.pfnid'),
    'mperm',
    'isaux',
  ],
  tagxref: [
    '(SELECT tagname FROM tag WHERE tag.tagid=tagxref.tagid)',
    'tagtype',
    hash('tagxref.srcid'),
    hash('tagxref.origid'),
    'value',
    milliseconds('mtime'),
    hash('tagxref.rid'),
  ],
  leaf: [hash('leaf.rid')],
  filename: ['name'],
  cherrypick: [hash('cherrypick.parentid'), hash('cherrypick.childid'), 'isExclude'],
  unclustered: [hash('unclustered.rid')],
};

/** @returns the rows of the derived tables as sorted text */
export async function dumpDerived(fixture: FossilFixture): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {};
  for (const [table, columns] of Object.entries(derivedTables)) {
    const row = columns.map((column) => `coalesce(${column},'-')`).join("||' | '||");
    dump[table] = (await fixture.query(fixture.repository, `SELECT ${row} FROM ${table}`)).sort();
  }
  return dump;
}

/** @returns the checkout's tables, row ids as hashes, without times and what names the very check-in */
export async function dumpCheckout(fixture: FossilFixture, root: string): Promise<Record<string, string[]>> {
  const attach = `ATTACH '${fixture.repository}' AS repository;`;
  const file = `${root}/.fslckout`;
  const blob = (column: string): string => `coalesce((SELECT uuid FROM repository.blob WHERE blob.rid=${column}),'-')`;
  return {
    vfile: await fixture.query(
      file,
      `${attach} SELECT pathname||' | '||chnged||' | '||deleted||' | '||isexe||' | '||islink||' | '||${blob('vfile.rid')}||' | '||
         ${blob('vfile.mrid')}||' | '||coalesce(origname,'-')||' | '||coalesce(mhash,'-')||' | '||
         (vid=(SELECT value FROM vvar WHERE name='checkout')) FROM vfile ORDER BY pathname`,
    ),
    vvar: await fixture.query(
      file,
      `SELECT name||'='||typeof(value)||' '||value FROM vvar
        WHERE name NOT IN ('checkout','checkout-hash','fingerprint','undo_cmdline') ORDER BY name`,
    ),
    vmerge: await fixture.query(file, 'SELECT id FROM vmerge'),
  };
}
