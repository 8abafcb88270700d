import type { DerivedTable, DerivedTables } from '../../support/derived-tables';

/** What the generator's repository must show in its tables; without it the comparison would prove less than it says. */
const ODDITIES: readonly (readonly [what: string, table: DerivedTable, row: RegExp])[] = [
  ...['ci', 'w', 'e', 't', 'g', 'f'].map(
    (type) => [`an event of type ${type}`, 'event', RegExp(`^\\["${type}",`)] as const,
  ),
  ['an edited comment', 'event', /"an edited comment"/],
  ['an edited user', 'event', /^\["ci",[^,]*,"[^"]*",null,null,(null|"[^"]*"),"dora",/],
  ['a check-in at another time than it says', 'event', /^\["ci",(\d+),.*,(?!\1\])\d+\]$/],
  ['a deleted page', 'event', /"-Gone"/],
  ['a new title of a thread', 'event', /"Post: It's how it works"/],
  ['a merge', 'plink', /,0,\d+,null\]$/],
  ['a delta manifest', 'plink', /,1,\d+,"[0-9a-f]+"\]$/],
  ['an addition', 'mlink', /^\["[^"]*","[^"]*","[^"]*",0,"[^"]*",null,0,0\]$/],
  ['a deletion', 'mlink', /^\["[^"]*",0,"[^"]*","[^"]*","[^"]*",null,0,0\]$/],
  ['a rename', 'mlink', /^\["[^"]*","[^"]*","[^"]*","[^"]*","[^"]*","[^"]*",0,0\]$/],
  ['an executable', 'mlink', /,1,0\]$/],
  ['a symbolic link', 'mlink', /,2,0\]$/],
  ['a file of a merge parent', 'mlink', /,1\]$/],
  ['a file that a merge brought', 'mlink', /,-1,"/],
  ['a cherry-pick', 'cherrypick', /,0\]$/],
  ['a back-out', 'cherrypick', /,1\]$/],
  ['a cancelled tag', 'tagxref', /^\["campaign",0,/],
  ['a tag that came down from a parent', 'tagxref', /^\["campaign",2,0,/],
  ...['bgcolor', 'comment', 'user', 'date', 'hidden', 'cluster', 'branch', 'closed', 'parent', 'note'].map(
    (tag) => [`the tag ${tag}`, 'tagxref', RegExp(`^\\["${tag}",`)] as const,
  ),
  ...[0, 1, 2, 4].map((kind) => [`a link of kind ${kind}`, 'backlink', RegExp(`^\\["[^"]*",${kind},`)] as const),
  ['an attachment that was replaced', 'attachment', /^\["[^"]*",0,/],
  ['an attachment that was deleted', 'attachment', /^\["[^"]*",1,\d+,(null|""),/],
  ['a SHA-1 name', 'blob', /^\["[0-9a-f]{40}",/],
  ['a SHA-3 name', 'blob', /^\["[0-9a-f]{64}",/],
  ['a name in UTF-8', 'filename', /größe/],
  ['a name in Latin-1', 'filename', /caf\udce9/],
  ['a comment in Latin-1', 'event', /"corrig\udce9"/],
  ['a tag in Latin-1', 'tag', /sym-\udce9t\udce9/],
];

/** @returns what is not there */
export function missingOddities(tables: DerivedTables): string[] {
  return ODDITIES.filter(([, table, row]) => !tables[table].some((line) => row.test(line))).map(([what]) => what);
}
