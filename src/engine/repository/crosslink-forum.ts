import { parseArtifact } from '../artifact/parse';
import type { ForumPost } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { Rid } from '../identifiers';
import { recordBacklinks } from './backlinks';
import { readableText } from './page-text';
import { linkToFormerVersions } from './page-versions';
import type { Repository } from './repository';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS forumpost(
  fpid INTEGER PRIMARY KEY,
  froot INT,
  fprev INT,
  firt INT,
  fmtime REAL
);
CREATE INDEX IF NOT EXISTS forumthread ON forumpost(froot,fmtime);
`;

/** The title of a reply as long as no first post of its thread is here. */
const UNKNOWN_TITLE = '<i>Unknown</i>';

/** Derives what forum posts say (fossil.md 5.6, Forum post). */
export class ForumLinker {
  readonly #repository: Repository;
  /** Roots of the threads that got posts. */
  readonly #touched = new Set<Rid>();
  /** Titles of first posts, and of edits of them. */
  readonly #titles = new Map<Rid, string>();
  #hasTable = false;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  link(rid: Rid, post: ForumPost): void {
    this.#requireTable();
    const { db, blobs } = this.#repository;
    const mtime = toJulianDay(post.date);
    linkToFormerVersions(this.#repository, rid, post.parent === undefined ? [] : [post.parent], mtime);
    const root = post.threadRoot === undefined ? rid : blobs.ridOrPhantom(post.threadRoot);
    const former = post.parent === undefined ? null : blobs.ridOrPhantom(post.parent);
    const repliedTo = post.inReplyTo === undefined ? null : blobs.ridOrPhantom(post.inReplyTo);
    db.prepare('REPLACE INTO forumpost(fpid,froot,fprev,firt,fmtime) VALUES(?,?,?,?,?)').run(
      rid,
      root,
      former,
      repliedTo,
      mtime,
    );
    const text = readableText(post.text);
    const title = titleOf(post);
    if (repliedTo === null) this.#titles.set(rid, title);
    db.prepare("REPLACE INTO event(type,mtime,objid,user,comment) VALUES('f',?,?,?,?)").run(
      mtime,
      rid,
      post.user,
      `${verb({ isEdit: former !== null, isReply: repliedTo !== null, isEmpty: text === '' })}: ${title}`,
    );
    this.#touched.add(root);
    if (text !== '') {
      recordBacklinks(this.#repository, {
        kind: 'forum',
        source: rid,
        mtime,
        text,
        ...(post.mimetype === undefined ? {} : { mimetype: post.mimetype }),
      });
    }
  }

  /** Gives all posts of a thread the title that its last first post, or edit of that, has set. */
  end(): void {
    for (const root of this.#touched) this.#retitle(root);
    this.#touched.clear();
    this.#titles.clear();
  }

  /** "Last" is told by the rid, as "fossil rebuild" goes through them: a later reply to a thread without root has no title. */
  #retitle(root: Rid): void {
    const { db } = this.#repository;
    const last = db
      .prepare('SELECT fpid FROM forumpost WHERE froot=? AND firt IS NULL ORDER BY fpid DESC LIMIT 1')
      .get<{ fpid: Rid }>(root)?.fpid;
    const isRootHere = db.prepare('SELECT 1 FROM forumpost WHERE fpid=?').get(root) !== undefined;
    const title = last === undefined ? UNKNOWN_TITLE : this.#title(last);
    db.prepare(
      `UPDATE event SET comment=substr(comment,1,instr(comment,':')) || ' ' || CASE WHEN ?3 OR objid<=?4 THEN ?2 ELSE ?5 END
        WHERE objid IN (SELECT fpid FROM forumpost WHERE froot=?1)`,
    ).run(root, title, isRootHere ? 1 : 0, last ?? 0, UNKNOWN_TITLE);
  }

  #title(rid: Rid): string {
    const known = this.#titles.get(rid);
    if (known !== undefined) return known;
    const { blobs, environment } = this.#repository;
    const post = parseArtifact(blobs.content(rid), environment.hash);
    return post?.type === 'forum' ? titleOf(post) : UNKNOWN_TITLE;
  }

  /** Only repositories that have a forum have its table. */
  #requireTable(): void {
    if (this.#hasTable) return;
    this.#repository.db.exec(SCHEMA);
    this.#hasTable = true;
  }
}

function titleOf({ title }: ForumPost): string {
  return title === undefined || title === '' ? '(Deleted)' : title;
}

function verb(post: { isEdit: boolean; isReply: boolean; isEmpty: boolean }): string {
  if (!post.isReply) return post.isEdit ? 'Edit' : 'Post';
  if (post.isEmpty) return 'Delete reply';
  return post.isEdit ? 'Edit reply' : 'Reply';
}
