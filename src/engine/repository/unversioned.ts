import { isAddablePath } from '../artifact/file-name';
import { packContainer, unpackContainer } from '../codec/container';
import { LARGEST_ARTIFACT } from '../codec/size-limits';
import { utf8 } from '../codec/utf8';
import { EngineError } from '../errors';
import type { Hash } from '../identifiers';
import type { Repository } from './repository';

/** Where the digest of all files is kept; Fossil computes it anew when the row is missing. */
const DIGEST = 'uv-hash';
const NAME_BYTES = 500;
/** A container is kept when it is no larger than this share of the content (fossil.md 5.2). */
const WORTHWHILE = 0.8;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS unversioned(
  uvid INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  rcvid INTEGER,
  mtime DATETIME,
  hash TEXT,
  sz INTEGER,
  encoding INT,
  content BLOB
);`;

/** A file of the `unversioned` table, or the mark that its deletion left. */
export interface UnversionedFile {
  name: string;
  /** Unix seconds. */
  mtime: number;
  /** Absent when the file is deleted. */
  hash?: Hash;
  /** Bytes of the content. */
  size: number;
  /** Bytes that the content takes in the repository; absent when it is not here. */
  storedSize?: number;
}

export interface UnversionedFilter {
  /** SQLite's GLOB pattern. */
  glob?: string;
  /** SQLite's LIKE pattern; counts instead of `glob`, as for Fossil. */
  like?: string;
  /** Also the marks of deleted files. */
  withDeleted?: boolean;
}

interface Row {
  name: string;
  mtime: number;
  hash: Hash | null;
  size: number | null;
  storedSize: number | null;
}

const COLUMNS = 'name, CAST(mtime AS INTEGER) AS mtime, hash, sz AS size, length(content) AS storedSize';

/**
 * The unversioned files of a repository (fossil.md 2.5, 5.2): the newest content of each name, without history. What changes something
 * belongs into a transaction of the repository.
 */
export class UnversionedFiles {
  readonly #repository: Repository;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** In the order of their names. */
  list(filter: UnversionedFilter = {}): UnversionedFile[] {
    if (!this.#hasTable()) return [];
    const { glob, like, withDeleted = false } = filter;
    const condition = like !== undefined ? 'name LIKE ?' : glob !== undefined ? 'name GLOB ?' : "coalesce(?,'')=''";
    return this.#repository.db
      .prepare(
        `SELECT ${COLUMNS} FROM unversioned WHERE ${condition}${withDeleted ? '' : ' AND hash IS NOT NULL'} ORDER BY name`,
      )
      .all<Row>(like ?? glob ?? null)
      .map(fileOf);
  }

  /** @returns the file, or the mark of its deletion */
  find(name: string): UnversionedFile | undefined {
    if (!this.#hasTable()) return undefined;
    const row = this.#repository.db.prepare(`SELECT ${COLUMNS} FROM unversioned WHERE name=?`).get<Row>(name);
    return row && fileOf(row);
  }

  /** @returns undefined when there is no such file, it is deleted, or its content never came */
  content(name: string): Uint8Array | undefined {
    return this.#contentWhere('name', name);
  }

  /** The content of any file that has this hash, in full length. */
  contentOfHash(hash: string): Uint8Array | undefined {
    return this.#contentWhere('hash', hash);
  }

  /** Adds a file, or gives it new content. @param mtime - Unix seconds @throws EngineError `file-name-refused` */
  add(name: string, content: Uint8Array, mtime: number): void {
    requireUnversionedName(name);
    const hash = this.#repository.blobs.hashPolicy.nameFor(content, () => false);
    this.put({ name, mtime, hash }, content);
  }

  /** Takes over a file under a hash that has been compared with the content. */
  put(file: { name: string; mtime: number; hash: Hash }, content: Uint8Array): void {
    this.#createTable();
    const { faults, zlib } = this.#repository.environment;
    const container = packContainer(zlib, content);
    const isPacked = container.length <= WORTHWHILE * content.length;
    faults?.at('unversioned-to-store');
    this.#repository.db
      .prepare('REPLACE INTO unversioned(name,rcvid,mtime,hash,sz,encoding,content) VALUES(?,?,?,?,?,?,?)')
      .run(
        ...[file.name, this.#repository.receivedId(), file.mtime, file.hash, content.length],
        ...[isPacked ? 1 : 0, isPacked ? container : content],
      );
    this.#forgetDigest();
    faults?.at('unversioned-stored');
  }

  /** Removes the content and leaves a mark, so that the next sync deletes the file elsewhere too. */
  markDeleted(name: string, mtime: number): void {
    this.#change(
      'UPDATE unversioned SET rcvid=?, mtime=?, hash=NULL, sz=0, encoding=0, content=NULL WHERE name=?',
      ...[this.#repository.receivedId(), mtime, name],
    );
  }

  setTime(name: string, mtime: number): void {
    this.#change('UPDATE unversioned SET mtime=? WHERE name=?', mtime, name);
  }

  /** Removes a file without a mark, as if it had never been here. */
  forget(name: string): void {
    this.#change('DELETE FROM unversioned WHERE name=?', name);
  }

  /**
   * What tells two sets of files apart: SHA-1 over name, time and hash of each that is not deleted (fossil.md 2.5). Within a transaction
   * it is kept, as Fossil does.
   */
  digest(): string {
    const { config, db } = this.#repository;
    const kept = config.get(DIGEST);
    if (kept !== undefined) return kept;
    const hash = this.freshDigest();
    if (db.isInTransaction) config.set(DIGEST, hash);
    return hash;
  }

  /** The same, whatever is kept. @param onLine - is told each line that is hashed, without its end */
  freshDigest(onLine: (line: string) => void = () => undefined): string {
    const { db, environment } = this.#repository;
    const digest = environment.hash.create('sha1');
    if (this.#hasTable()) {
      const lines = db.prepare(
        `SELECT printf('%s %s %s', name, datetime(mtime,'unixepoch'), hash) AS line
           FROM unversioned WHERE hash IS NOT NULL ORDER BY name`,
      );
      for (const { line } of lines.iterate<{ line: string }>()) {
        digest.update(utf8(`${line}\n`));
        onLine(line);
      }
    }
    return digest.hex();
  }

  #contentWhere(column: 'name' | 'hash', value: string): Uint8Array | undefined {
    if (!this.#hasTable()) return undefined;
    const row = this.#repository.db
      .prepare(`SELECT encoding, content, sz AS size FROM unversioned WHERE ${column}=? AND hash IS NOT NULL`)
      .get<{ encoding: number; content: Uint8Array | null; size: number }>(value);
    if (!row) return undefined;
    // An empty file that came from elsewhere is one without content for Fossil.
    if (row.content === null) return row.size === 0 ? new Uint8Array(0) : undefined;
    return row.encoding === 1
      ? unpackContainer(this.#repository.environment.zlib, row.content, LARGEST_ARTIFACT)
      : row.content;
  }

  #change(sql: string, ...parameters: (string | number)[]): void {
    if (!this.#hasTable()) return;
    this.#repository.db.prepare(sql).run(...parameters);
    this.#forgetDigest();
  }

  #forgetDigest(): void {
    this.#repository.config.remove(DIGEST);
  }

  #hasTable(): boolean {
    return this.#repository.db.prepare("SELECT 1 FROM main.sqlite_schema WHERE name='unversioned'").get() !== undefined;
  }

  #createTable(): void {
    if (!this.#hasTable()) this.#repository.db.exec(SCHEMA);
  }
}

/** @throws EngineError `file-name-refused` for a name that Fossil would not take for an unversioned file (fossil.md 2.5) */
export function requireUnversionedName(name: string): void {
  const reason = refusal(name);
  if (reason === undefined) return;
  throw new EngineError(
    'file-name-refused',
    `"${name}" cannot be an unversioned file: ${reason}. Choose another name.`,
  );
}

function refusal(name: string): string | undefined {
  if (name === '') return 'its name is empty';
  if (name.startsWith('/')) return 'its name is an absolute path';
  if (!isAddablePath(name)) return 'its name is not a plain relative path that every system can hold';
  if (/[ \t-\r]/.test(name)) return 'its name has white space';
  if (utf8(name).length > NAME_BYTES) return `its name is longer than ${NAME_BYTES} bytes`;
  return undefined;
}

function fileOf({ name, mtime, hash, size, storedSize }: Row): UnversionedFile {
  return {
    name,
    mtime,
    ...(hash === null ? {} : { hash }),
    size: size ?? 0,
    ...(storedSize === null ? {} : { storedSize }),
  };
}
