import { EngineError, hasCode } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';

/**
 * What replies that are still being sent may need, though this connection has changed it since: the content that stored artifacts had
 * before. A trigger keeps it, in memory or a temporary file as SQLite sees fit, while any reply is open.
 */
export class ReplySnapshots {
  static readonly #ofDatabase = new WeakMap<Database, ReplySnapshots>();
  readonly #db: Database;
  #open = 0;
  /** Whether this connection can change anything at all. */
  #isTracking = true;

  private constructor(db: Database) {
    this.#db = db;
    try {
      this.#unlessFull(() => this.#track());
    } catch (error) {
      if (!hasCode(error, 'repository-read-only')) throw error;
      this.#isTracking = false;
    }
  }

  #track(): void {
    this.#db.exec(
      `CREATE TEMP TABLE replaced_content(id INTEGER PRIMARY KEY, rid INTEGER, source TEXT, content BLOB);
       CREATE TEMP TABLE open_replies(count INTEGER);
       INSERT INTO open_replies VALUES(0);
       CREATE TEMP TRIGGER content_replaced BEFORE UPDATE OF content ON main.blob
         WHEN (SELECT count FROM open_replies)>0
       BEGIN
         INSERT INTO replaced_content(rid, source, content) VALUES(old.rid,
           (SELECT uuid FROM main.blob WHERE rid=(SELECT srcid FROM main.delta WHERE rid=old.rid)), old.content);
       END;`,
    );
  }

  static of(db: Database): ReplySnapshots {
    const known = this.#ofDatabase.get(db);
    if (known) return known;
    const made = new ReplySnapshots(db);
    this.#ofDatabase.set(db, made);
    return made;
  }

  /** Begins a reply that sees the content as it is now. */
  open(): ReplySnapshot {
    const untracked = { replaced: () => new Map<Rid, ReplacedContent>(), close: () => undefined };
    return (this.#isTracking ? this.#unlessFull(() => this.#openTracked()) : undefined) ?? untracked;
  }

  /** The portable driver takes a lock, which is a file, also for what is temporary. Without it a reply breaks off when content is replaced. */
  #unlessFull<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (hasCode(error, 'disk-full')) return undefined;
      throw error;
    }
  }

  #openTracked(): ReplySnapshot {
    this.#trackAgain();
    const latest = this.#db
      .prepare('SELECT coalesce(max(id), 0) AS id FROM temp.replaced_content')
      .get<{ id: number }>();
    this.#count(this.#open + 1);
    this.#open++;
    let isOpen = true;
    return {
      replaced: (first, last) => this.#replacedSince(latest?.id ?? 0, first, last),
      close: () => {
        if (isOpen) this.#release();
        isOpen = false;
      },
    };
  }

  /** On a full disk what was kept stays until the next reply ends; nothing that was sent is worse for it. */
  #release(): void {
    this.#open--;
    try {
      this.#count(this.#open);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  }

  #count(replies: number): void {
    this.#trackAgain();
    this.#db.prepare('UPDATE temp.open_replies SET count=?').run(replies);
    if (replies === 0) this.#db.prepare('DELETE FROM temp.replaced_content').run();
  }

  /** The portable driver forgets temporary tables when somebody has replaced the file: what was kept is lost then, and lengths tell. */
  #trackAgain(): void {
    if (!this.#isTracked) this.#track();
  }

  get #isTracked(): boolean {
    const tables = "SELECT 1 AS found FROM temp.sqlite_schema WHERE name='replaced_content'";
    return this.#db.prepare(tables).get() !== undefined;
  }

  #replacedSince(id: number, first: Rid, last: Rid): Map<Rid, ReplacedContent> {
    if (!this.#isTracked) return new Map();
    const rows = this.#db
      .prepare(
        'SELECT rid, source, content FROM temp.replaced_content WHERE id>? AND rid BETWEEN ? AND ? ORDER BY id DESC',
      )
      .all<{ rid: Rid; source: Hash | null; content: Uint8Array | null }>(id, first, last);
    // The oldest wins: it is what the reply was planned with.
    return new Map(rows.map(({ rid, source, content }) => [rid, { source, content }]));
  }
}

/** A container as it was stored; null where there was no content yet. */
export interface ReplacedContent {
  /** What it is a delta of. */
  source: Hash | null;
  content: Uint8Array | null;
}

/** Stored content as it was when a reply was planned. */
export interface ReplySnapshot {
  /** @returns those of the artifacts from `first` to `last` that have been changed since */
  replaced(first: Rid, last: Rid): Map<Rid, ReplacedContent>;
  /** Lets go of what was kept for it. Twice is harmless. */
  close(): void;
}
