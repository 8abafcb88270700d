import { EngineError, hasCode } from '../errors';
import type { Rid } from '../identifiers';
import { toJulianDay } from '../codec/julian-day';
import type { Environment } from '../platform/environment';
import type { Database } from '../platform/sqlite';
import { AwaitedCherrypicks } from './awaited-cherrypicks';
import { BlobStore } from './blob-store';
import { CheckinReader } from './checkin-reader';
import { ConfigTable } from './config';
import { ControlReader } from './control-reader';
import { LeafQueue } from './leaves';
import { AUX_SCHEMA, CONTENT_SCHEMA, OLDEST_AUX_SCHEMA, TELLTALE_TABLES } from './schema';
import { TagDisputes } from './tag-disputes';

export interface RepositoryOptions {
  /** Default `write`. */
  mode?: 'read' | 'write';
  allowPortableWrites?: boolean;
  /** A file only we can have open: a clone's partial file. */
  isPrivate?: boolean;
}

/** Where the content of a transaction comes from: the `rcvfrom` row. */
export interface Origin {
  userId?: number;
  /** Of the login card; a second message with the same one is refused. */
  nonce?: string;
  address?: string;
}

/** An open `.fossil` file. Everything else in this folder works on one. */
export class Repository {
  readonly environment: Environment;
  readonly path: string;
  readonly db: Database;
  readonly config: ConfigTable;
  readonly blobs: BlobStore;
  readonly checkins: CheckinReader;
  readonly controls: ControlReader;
  /** Tags that are to be settled when a session of crosslinking ends. */
  readonly disputes = new TagDisputes();
  /** Check-ins whose leaf state is decided before the transaction commits. */
  readonly leaves: LeafQueue;
  readonly awaitedCherrypicks = new AwaitedCherrypicks();
  #origin: Origin = {};
  #receivedId: number | undefined;
  readonly #unverified = new Set<Rid>();
  #lastDataVersion: string | undefined;
  #commits = 0;
  /** Nobody else can change the file just now. */
  #isStable = false;

  /** For {@link createRepository} and {@link Repository.open}: the database must hold Fossil's tables. */
  constructor(environment: Environment, db: Database) {
    this.environment = environment;
    this.db = db;
    this.path = db.path;
    this.config = new ConfigTable(db, environment.clock);
    this.blobs = new BlobStore(db, environment, this.config, {
      receivedId: () => this.receivedId(),
      verifyBeforeCommit: (rid) => this.#unverified.add(rid),
      isStable: () => this.#isStable,
    });
    this.checkins = new CheckinReader(this.blobs, environment.hash);
    this.controls = new ControlReader(this.blobs, environment.hash);
    this.leaves = new LeafQueue(db);
  }

  /**
   * @throws EngineError `not-a-repository` when the file lacks Fossil's tables or its schema is out of Fossil's range,
   * `file-missing`, `file-access`
   */
  static open(environment: Environment, path: string, options: RepositoryOptions = {}): Repository {
    const db = environment.sqlite.open(path, {
      mode: options.mode ?? 'write',
      ...(options.isPrivate === undefined ? {} : { isPrivate: options.isPrivate }),
      ...(options.allowPortableWrites === undefined ? {} : { allowPortableWrites: options.allowPortableWrites }),
    });
    try {
      requireFossilTables(db);
      const repository = new Repository(environment, db);
      requireSchema(repository);
      return repository;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** 40 hexadecimal digits; undefined in a clone that has not learnt it yet. */
  get projectCode(): string | undefined {
    return this.config.get('project-code');
  }

  get serverCode(): string {
    return this.config.get('server-code') ?? '';
  }

  /**
   * One transaction (joins an outer one). Before it commits, leaves that were queued are checked and every artifact that was added
   * or re-deltified is read back and hashed (fossil.md 5.5).
   */
  transaction<T>(work: () => T): T {
    if (this.db.isInTransaction) return work();
    this.#receivedId = undefined;
    try {
      const committed = this.db.transaction(() => {
        this.#forgetForeignChanges();
        this.#isStable = true;
        const result = work();
        this.leaves.settle();
        this.blobs.verify(this.#unverified);
        this.environment.faults?.at('transaction-to-commit');
        return result;
      });
      this.#commits++;
      this.environment.faults?.at('transaction-committed');
      return committed;
    } catch (error) {
      this.#forgetAll();
      this.disputes.clear();
      throw error;
    } finally {
      this.#isStable = false;
      this.leaves.clear();
      this.#unverified.clear();
      this.#receivedId = undefined;
      this.#origin = {};
    }
  }

  /** Another one whenever the content may have changed, here or by somebody else. */
  get version(): string {
    return `${this.#dataVersion()} ${this.#commits}`;
  }

  /** What {@link version} will be when the transaction that is running, and is no part of another, has been committed, and nobody else has changed anything. */
  get versionOnceCommitted(): string {
    return `${this.#dataVersion()} ${this.#commits + 1}`;
  }

  /** Runs `work` on one state of the file, under one lock: many reads are much cheaper so. It must not write, and should be short. */
  snapshot<T>(work: () => T): T {
    if (this.#isStable || this.db.isInTransaction) return work();
    return this.db.snapshot(() => {
      this.#forgetForeignChanges();
      this.#isStable = true;
      try {
        return work();
      } finally {
        this.#isStable = false;
      }
    });
  }

  /** Forgets what is not true any more because another process has changed the file: before reading outside of transactions and snapshots. */
  heedOthers(): void {
    this.snapshot(() => undefined);
  }

  /** Says where the content of the running transaction comes from; its `rcvfrom` row is made at the first artifact. */
  receivedFrom(origin: Origin): void {
    this.#origin = origin;
  }

  /**
   * rcvid of the running transaction; its row is made at the first call.
   * @throws EngineError `message-replayed` when something came with the same nonce before (fossil.md 4.2)
   */
  receivedId(): number {
    this.#receivedId ??= this.#insertOrigin();
    return this.#receivedId;
  }

  /** Whether that row has been made. */
  get hasReceipt(): boolean {
    return this.#receivedId !== undefined;
  }

  close(): void {
    this.db.close();
  }

  #insertOrigin(): number {
    const { userId = 0, nonce = null, address = null } = this.#origin;
    if (nonce !== null && this.db.prepare('SELECT 1 FROM rcvfrom WHERE nonce=?').get(nonce) !== undefined) {
      throw new EngineError('message-replayed', 'This message has been received before. Begin the sync anew.');
    }
    return this.db
      .prepare('INSERT INTO rcvfrom(uid,mtime,nonce,ipaddr) VALUES(?,?,?,?)')
      .run(userId, toJulianDay(this.environment.clock.now()), nonce, address).lastInsertRowid;
  }

  /** `PRAGMA data_version` moves when another connection has committed: what was cached may then be stale. */
  #forgetForeignChanges(): void {
    const version = this.#dataVersion();
    if (version !== this.#lastDataVersion) this.#forgetAll();
    this.#lastDataVersion = version;
  }

  #dataVersion(): string {
    const row = this.db.prepare('PRAGMA main.data_version').get<{ data_version: number }>();
    // Asked afterwards: the portable driver may just have read the file anew, and counts from one then.
    return `${this.db.generation} ${row?.data_version ?? ''}`;
  }

  #forgetAll(): void {
    this.blobs.forgetAll();
    this.checkins.forgetAll();
    this.controls.forgetAll();
  }
}

function requireFossilTables(db: Database): void {
  let names: Set<string>;
  try {
    names = new Set(
      db
        .prepare("SELECT name FROM main.sqlite_schema WHERE type='table'")
        .all<{ name: string }>()
        .map((row) => row.name),
    );
  } catch (error) {
    if (hasCode(error, 'repository-locked', 'content-corrupt', 'file-access')) throw error;
    throw notARepository(db.path, error);
  }
  if (!TELLTALE_TABLES.every((name) => names.has(name))) throw notARepository(db.path);
}

function requireSchema(repository: Repository): void {
  const content = repository.config.get('content-schema');
  const aux = repository.config.get('aux-schema');
  if (content === CONTENT_SCHEMA && aux !== undefined && aux >= OLDEST_AUX_SCHEMA && aux <= AUX_SCHEMA) return;
  throw new EngineError(
    'not-a-repository',
    `${repository.path} has a repository schema that is too old or too new. Rebuild it with a current Fossil ("fossil rebuild"), then try again.`,
  );
}

function notARepository(path: string, cause?: unknown): EngineError {
  return new EngineError('not-a-repository', `${path} is not a Fossil repository.`, { cause });
}
