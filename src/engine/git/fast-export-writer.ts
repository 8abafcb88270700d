import { byteTextOf, bytesOfText } from '../codec/byte-text';
import { hasCode, throwIfCancelled } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { checkinsInOrder, contentsInOrder } from './export-order';
import { gitPerson } from './git-person';
import { gitReferenceName } from './git-reference';
import type { Mark } from './marks-file';
import { quotePath } from './quoted-path';

export interface FastExportOptions {
  /** What the branch `trunk` is called. */
  trunkName: string;
  /** Objects that an earlier export has written: they are referred to and not written again. */
  earlier: readonly Mark[];
  signal?: AbortSignal;
  onProgress?: (progress: { contents: number; checkins: number; bytes: number; total: number }) => void;
}

export interface FastExport {
  checkins: number;
  contents: number;
  tags: number;
  bytes: number;
  /** Contents that have not been received: empty in the stream. */
  missing: Hash[];
  /** Old and new ones, as a later export wants them. */
  marks: Mark[];
}

/** Takes bytes of the stream; what it returns is waited for. */
export type StreamSink = (bytes: Uint8Array) => void | Promise<void>;

interface CommitRow {
  seconds: string;
  comment: Uint8Array | null;
  user: Uint8Array | null;
  branch: Uint8Array | null;
}

interface FileRow {
  name: Uint8Array;
  fid: Rid;
  permission: number;
}

interface TagRow {
  name: Uint8Array;
  rid: Rid;
  seconds: string;
  user: Uint8Array | null;
  value: Uint8Array | null;
}

interface FileChange {
  path: string;
  isRemoval: boolean;
  line: string;
}

const MODES = ['100644', '100755', '120000'] as const;
/** Text is handed on in pieces of about this many bytes. */
const PIECE = 1 << 16;
/** The thread is yielded after about this many milliseconds. */
const SLICE_MILLISECONDS = 100;

/** Writes a repository's check-ins as a Git fast-import stream, as `fossil export --git` does. */
export class FastExportWriter {
  readonly #repository: Repository;
  readonly #sink: StreamSink;
  readonly #options: FastExportOptions;
  readonly #marks = new Map<Rid, Mark>();
  readonly #contents = new Set<Rid>();
  readonly #checkins = new Set<Rid>();
  readonly #persons = new Map<string | undefined, string>();
  readonly #result: FastExport = { checkins: 0, contents: 0, tags: 0, bytes: 0, missing: [], marks: [] };
  #nextMark = 1;
  #text = '';
  #sliceEnd = 0;

  constructor(repository: Repository, sink: StreamSink, options: FastExportOptions) {
    this.#repository = repository;
    this.#sink = sink;
    this.#options = options;
    for (const mark of options.earlier) {
      if (!this.#marks.has(mark.rid)) this.#marks.set(mark.rid, mark);
      (mark.kind === 'b' ? this.#contents : this.#checkins).add(mark.rid);
      this.#nextMark = Math.max(this.#nextMark, Number(mark.name.slice(1)) + 1);
    }
  }

  /** @throws EngineError `cancelled`, `content-corrupt` */
  async write(): Promise<FastExport> {
    const old = new Set(this.#contents);
    const contents = [...contentsInOrder(this.#repository, (rid) => old.has(rid))];
    const checkins = checkinsInOrder(this.#repository).filter((rid) => !this.#checkins.has(rid));
    const total = contents.length + checkins.length;
    for (const rid of contents) {
      await this.#writeContent(rid);
      await this.#pause(total);
    }
    for (const rid of checkins) {
      this.#writeCommit(rid);
      await this.#pause(total);
    }
    for (const tag of this.#tagRows()) {
      this.#writeTag(tag);
      await this.#pause(total);
    }
    await this.#flush();
    this.#result.marks = [...this.#marks.values()];
    return this.#result;
  }

  async #writeContent(rid: Rid): Promise<void> {
    const content = this.#contentOf(rid);
    this.#contents.add(rid);
    this.#result.contents++;
    this.#text += `blob\nmark ${this.#markOf(rid, 'b')}\ndata ${content.length}\n`;
    await this.#flush();
    await this.#emit(content);
    this.#text = '\n';
  }

  #contentOf(rid: Rid): Uint8Array {
    try {
      return this.#repository.blobs.content(rid);
    } catch (error) {
      if (!hasCode(error, 'artifact-missing')) throw error;
      this.#result.missing.push(this.#repository.blobs.hash(rid));
      return new Uint8Array(0);
    }
  }

  #writeCommit(rid: Rid): void {
    const { db } = this.#repository;
    const row = db
      .prepare(
        `SELECT strftime('%s',mtime) AS seconds, CAST(coalesce(ecomment,comment) AS BLOB) AS comment,
           CAST(coalesce(euser,user) AS BLOB) AS user,
           (SELECT CAST(value AS BLOB) FROM tagxref JOIN tag USING(tagid) WHERE rid=objid AND tagname='branch') AS branch
           FROM event WHERE objid=?`,
      )
      .get<CommitRow>(rid);
    if (row === undefined) return;
    this.#checkins.add(rid);
    this.#result.checkins++;
    const branch = row.branch === null ? 'trunk' : byteTextOf(row.branch);
    const ref = gitReferenceName(branch === 'trunk' ? this.#options.trunkName : branch);
    const comment = row.comment ?? bytesOfText('null comment');
    this.#text +=
      `commit refs/heads/${ref}\nmark ${this.#markOf(rid, 'c')}\n` +
      `committer ${this.#person(row.user)} ${row.seconds} +0000\n` +
      `data ${comment.length}\n${byteTextOf(comment)}\n`;
    this.#writeParents(rid);
    this.#writeFiles(rid);
    this.#text += '\n';
  }

  #writeParents(rid: Rid): void {
    const { db } = this.#repository;
    const primary = db
      .prepare(
        'SELECT pid FROM plink WHERE cid=? AND isprim AND EXISTS(SELECT 1 FROM event WHERE objid=pid) ORDER BY pid',
      )
      .get<{ pid: Rid }>(rid);
    if (primary === undefined) {
      this.#text += 'deleteall\n';
      return;
    }
    this.#text += `from ${this.#markOf(primary.pid, 'c')}\n`;
    const merged = db
      .prepare(
        `SELECT pid FROM plink WHERE cid=? AND NOT isprim AND NOT EXISTS(SELECT 1 FROM phantom WHERE rid=pid) ORDER BY pid`,
      )
      .all<{ pid: Rid }>(rid);
    for (const { pid } of merged) this.#text += `merge ${this.#markOf(pid, 'c')}\n`;
  }

  #writeFiles(rid: Rid): void {
    const files = this.#repository.db
      .prepare(
        `SELECT CAST(name AS BLOB) AS name, fid, mperm AS permission FROM mlink JOIN filename USING(fnid)
          WHERE mid=? ORDER BY mlink.rowid`,
      )
      .all<FileRow>(rid);
    const changes: FileChange[] = [];
    for (const { name, fid, permission } of files) {
      const path = byteTextOf(name);
      if (fid === 0) changes.push({ path, isRemoval: true, line: `D ${quotePath(path)}\n` });
      else if (this.#contents.has(fid)) {
        const mode = MODES[permission] ?? MODES[0];
        changes.push({ path, isRemoval: false, line: `M ${mode} ${this.#markOf(fid, 'b')} ${quotePath(path)}\n` });
      }
    }
    for (const { line } of inHarmlessOrder(changes)) this.#text += line;
  }

  /** Fossil's order is whichever SQLite finds best; here of several tags of one name the newest comes last, and so wins in Git. */
  #tagRows(): TagRow[] {
    return this.#repository.db
      .prepare(
        `SELECT CAST(substr(tagname,5) AS BLOB) AS name, rid, strftime('%s',mtime) AS seconds,
           (SELECT CAST(coalesce(euser,user) AS BLOB) FROM event WHERE objid=rid) AS user, CAST(value AS BLOB) AS value
           FROM tagxref JOIN tag USING(tagid)
          WHERE tagtype=1 AND tagname GLOB 'sym-*' ORDER BY tagname, mtime, tagxref.rowid`,
      )
      .all<TagRow>()
      .filter(({ rid }) => this.#checkins.has(rid));
  }

  #writeTag({ name, rid, seconds, user, value }: TagRow): void {
    this.#result.tags++;
    const message = value === null ? 'data 0\n' : `data ${value.length + 1}\n${byteTextOf(value)}\n`;
    this.#text +=
      `tag ${gitReferenceName(byteTextOf(name))}\nfrom ${this.#markOf(rid, 'c')}\n` +
      `tagger ${this.#person(user)} ${seconds} +0000\n${message}`;
  }

  #person(login: Uint8Array | null): string {
    const user = login === null ? undefined : byteTextOf(login);
    const known = this.#persons.get(user);
    if (known !== undefined) return known;
    const row = this.#repository.db
      .prepare('SELECT CAST(info AS BLOB) AS info FROM user WHERE CAST(login AS BLOB)=?')
      .get<{ info: Uint8Array | null }>(login);
    const person = gitPerson(user, row === undefined ? undefined : byteTextOf(row.info ?? new Uint8Array(0)));
    this.#persons.set(user, person);
    return person;
  }

  /** Numbers are given in the order in which objects are first spoken of. */
  #markOf(rid: Rid, kind: Mark['kind']): string {
    const known = this.#marks.get(rid);
    if (known !== undefined) return known.name;
    const mark = { kind, name: `:${this.#nextMark++}`, rid, hash: this.#repository.blobs.hash(rid) };
    this.#marks.set(rid, mark);
    return mark.name;
  }

  async #pause(total: number): Promise<void> {
    if (this.#text.length >= PIECE) await this.#flush();
    const { clock } = this.#repository.environment;
    if (clock.now() < this.#sliceEnd) return;
    const { contents, checkins, bytes } = this.#result;
    this.#options.onProgress?.({ contents, checkins, bytes, total });
    await clock.yield();
    throwIfCancelled(this.#options.signal);
    this.#sliceEnd = clock.now() + SLICE_MILLISECONDS;
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text !== '') await this.#emit(bytesOfText(text));
  }

  async #emit(bytes: Uint8Array): Promise<void> {
    this.#result.bytes += bytes.length;
    if (bytes.length > 0) await this.#sink(bytes);
  }
}

/**
 * Fossil's order, but for a directory in the place of a file: Git would take the removal of the file for that of the directory if files
 * already stood in it, so there all removals go first.
 */
function inHarmlessOrder(changes: readonly FileChange[]): readonly FileChange[] {
  const removals = changes.filter(({ isRemoval }) => isRemoval);
  const removed = new Set(removals.map(({ path }) => path));
  const others = changes.filter(({ isRemoval }) => !isRemoval);
  if (!others.some(({ path }) => isBelowAny(path, removed))) return changes;
  return [...removals, ...others];
}

function isBelowAny(path: string, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    if (names.has(path.slice(0, slash))) return true;
  }
  return false;
}
