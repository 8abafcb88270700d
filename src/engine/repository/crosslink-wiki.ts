import { parseArtifact } from '../artifact/parse';
import type { Wiki } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { Rid } from '../identifiers';
import { recordBacklinks } from './backlinks';
import type { PageFacts } from './page-facts';
import { readableText } from './page-text';
import { linkToFormerVersions } from './page-versions';
import type { Repository } from './repository';
import { setTag, tagId } from './tags';

/** Derives what the versions of wiki pages say (fossil.md 5.6, Wiki). */
export class WikiLinker {
  readonly #repository: Repository;
  readonly #deltify: boolean;
  readonly #touched = new Set<string>();

  constructor(repository: Repository, options: { deltify: boolean }) {
    this.#repository = repository;
    this.#deltify = options.deltify;
  }

  link(rid: Rid, wiki: PageFacts<Wiki>): void {
    const mtime = toJulianDay(wiki.date);
    const former = linkToFormerVersions(this.#repository, rid, wiki.parents, mtime);
    const { length } = wiki;
    setTag(this.#repository, {
      name: `wiki-${wiki.title}`,
      type: 1,
      value: String(length),
      source: rid,
      mtime,
      target: rid,
    });
    if (this.#deltify) this.#deltifyNeighbours(rid, former);
    const mark = length === 0 ? '-' : former === undefined ? '+' : ':';
    this.#repository.db
      .prepare("REPLACE INTO event(type,mtime,objid,user,comment) VALUES('w',?,?,?,?)")
      .run(mtime, rid, wiki.user, mark + wiki.title);
    this.#touched.add(wiki.title);
  }

  /** Records the hyperlinks of the newest versions. */
  end(): void {
    for (const title of this.#touched) this.#recordBacklinks(title);
    this.#touched.clear();
  }

  /** The former version, and this one where the next was here before it: so a rebuild by Fossil leaves them. */
  #deltifyNeighbours(rid: Rid, former: Rid | undefined): void {
    const { db, blobs } = this.#repository;
    if (former !== undefined) blobs.deltify(former, [rid]);
    const later = db.prepare('SELECT cid FROM plink WHERE pid=? AND isprim').all<{ cid: Rid }>(rid);
    if (later.length > 0)
      blobs.deltify(
        rid,
        later.map((row) => row.cid),
      );
  }

  #recordBacklinks(title: string): void {
    const { db, blobs, environment } = this.#repository;
    const page = tagId(this.#repository, `wiki-${title}`);
    const newest = db
      .prepare('SELECT rid FROM tagxref WHERE tagid=? ORDER BY mtime DESC LIMIT 1')
      .get<{ rid: Rid }>(page);
    if (newest === undefined) return;
    const wiki = parseArtifact(blobs.content(newest.rid), environment.hash);
    if (wiki?.type !== 'wiki') return;
    recordBacklinks(this.#repository, {
      kind: 'wiki',
      source: page as Rid,
      mtime: toJulianDay(wiki.date),
      text: readableText(wiki.text),
      ...(wiki.mimetype === undefined ? {} : { mimetype: wiki.mimetype }),
    });
  }
}
