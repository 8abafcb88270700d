import type { JulianDay, Rid } from '../identifiers';
import { linkedPrefix } from './link-target';
import { findMarkdownLinks } from './markdown-links';
import type { Repository } from './repository';
import { upToNul } from './up-to-nul';
import { findWikiLinks } from './wiki-links';

/** A text whose hyperlinks are remembered. Fossil 2.21 remembers none of technotes. */
export interface LinkingText {
  kind: 'checkin' | 'ticket' | 'wiki' | 'forum';
  /** The artifact (of a ticket, the change); for a wiki page the id of its tag. */
  source: Rid;
  mtime: JulianDay;
  /** Ends at the first NUL. */
  text: string;
  /** Of a check-in's comment there is none. Without one, the text is Fossil wiki. */
  mimetype?: string;
}

const SOURCE_TYPE = { checkin: 0, ticket: 1, wiki: 2, forum: 4 } as const;

/** `backlink.srctype` of ticket changes. */
export const TICKET_SOURCE = SOURCE_TYPE.ticket;

/** Writes the `backlink` rows of a text (fossil.md 5.3), instead of those that its source had. */
export function recordBacklinks(repository: Repository, text: LinkingText): void {
  repository.db.prepare('DELETE FROM backlink WHERE srctype=? AND srcid=?').run(SOURCE_TYPE[text.kind], text.source);
  addBacklinks(repository, text);
}

/** Writes the `backlink` rows of a text beside those that its source has. */
export function addBacklinks(repository: Repository, { kind, source, mtime, text, mimetype }: LinkingText): void {
  const markup = markupOf(mimetype);
  // Every form of hyperlink that counts has a bracket.
  if (markup === 'plain' || !text.includes('[')) return;
  const insert = repository.db.prepare('REPLACE INTO backlink(target,srctype,srcid,mtime) VALUES(?,?,?,?)');
  for (const prefix of prefixesIn(repository, upToNul(text), markup))
    insert.run(prefix, SOURCE_TYPE[kind], source, mtime);
}

type Markup = 'wiki' | 'markdown' | 'plain';

/** Fossil's reading of a mimetype: a word in it decides. */
function markupOf(mimetype: string | undefined): Markup {
  if (mimetype === undefined || mimetype.includes('wiki')) return 'wiki';
  return mimetype.includes('markdown') ? 'markdown' : 'plain';
}

function prefixesIn(repository: Repository, text: string, markup: 'wiki' | 'markdown'): Set<string> {
  const targets = markup === 'markdown' ? findMarkdownLinks(text) : findWikiLinks(text, isWikiHtml(repository));
  return new Set(targets.map(linkedPrefix).filter((prefix) => prefix !== undefined));
}

/** Fossil would take the setting of the user for lack of one of the project; then two clones differed. */
function isWikiHtml({ config }: Repository): boolean {
  return /^(1|on|yes|true)$/i.test(config.get('wiki-use-html') ?? '');
}
