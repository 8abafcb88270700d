import type { Hash, Rid } from '../../src/engine/identifiers';
import { EngineError } from '../../src/engine/errors';
import type { Environment } from '../../src/engine/platform/environment';
import type { Hashing } from '../../src/engine/platform/hash';
import { createInlinePool } from '../../src/engine/platform/pool-inline';
import { nodeZlib } from '../../src/engine/platform/zlib-node';
import { rebuild } from '../../src/engine/repository/rebuild';
import { Repository } from '../../src/engine/repository/repository';
import type { SqlJsStatic } from 'sql.js';
import { type DerivedTables, derivedTablesIn } from '../support/derived-tables';
import { differences } from '../interop/repository/parity-differences';
import { withoutFudge } from '../interop/repository/parity-exceptions';
import { UnversionedFiles } from '../../src/engine/repository/unversioned';
import type { Invariants } from './invariants';
import type { Ledger, SettingState, UnversionedState } from './ledger';
import { alwaysOn } from './power';
import { SETTINGS } from './settings';
import type { Disk } from './disk';
import { SimulatedDisk } from './simulated-disk';
import { Station } from './station';

/** Looks into repositories from outside, without a trace: what must always be true there. */
export class Inspector {
  readonly #ledger: Ledger;
  readonly #sqlJs: SqlJsStatic;
  readonly #hash: Hashing;
  readonly #invariants: Invariants;
  readonly #open = new Map<Station, Repository>();
  /** Artifacts whose content has been seen to be right, by station. */
  readonly #seen = new Map<Station, Set<Hash>>();

  constructor(sqlJs: SqlJsStatic, hash: Hashing, ledger: Ledger, invariants: Invariants) {
    this.#ledger = ledger;
    this.#sqlJs = sqlJs;
    this.#hash = hash;
    this.#invariants = invariants;
  }

  repository(station: Station): Repository {
    const known = this.#open.get(station);
    if (known !== undefined) return known;
    const repository = Repository.open(this.#environment(station.machine.disk), Station.PATH, { mode: 'read' });
    this.#open.set(station, repository);
    return repository;
  }

  /** What holds whenever nobody is in the middle of a transaction; new artifacts alone are read. */
  checkQuickly(station: Station): void {
    if (!station.hasRepository) return;
    this.#names(station, this.#seen.get(station) ?? new Set());
    this.#phantoms(station);
    this.#bans(station);
    this.#secrets(station);
    this.#acknowledged(station);
  }

  /** The same, reading everything anew, and what takes longer. */
  async checkThoroughly(station: Station): Promise<void> {
    if (!station.hasRepository) return;
    this.#names(station, new Set());
    this.#phantoms(station);
    this.#bans(station);
    this.#secrets(station);
    this.#acknowledged(station);
    this.#file(station);
    await this.#derived(station);
  }

  /** Public artifacts whose content is known here and not banned. */
  shared(station: Station): Set<Hash> {
    const { db, blobs } = this.repository(station);
    const dangling = new Set(blobs.danglingDeltas());
    return new Set(
      db
        .prepare(
          'SELECT rid, uuid FROM blob WHERE size>=0 AND rid NOT IN (SELECT rid FROM private) AND uuid NOT IN (SELECT uuid FROM shun)',
        )
        .all<{ rid: Rid; uuid: Hash }>()
        .filter(({ rid }) => !dangling.has(rid))
        .map(({ uuid }) => uuid),
    );
  }

  /** @returns whether the station asks for the artifact, or has a delta of something that it asks for */
  awaits(station: Station, hash: Hash): boolean {
    const { blobs } = this.repository(station);
    const rid = blobs.rid(hash);
    return rid !== undefined && !blobs.isReadable(rid);
  }

  /** @returns whether the station has the artifact, which has become private there because it grew on something that was published */
  hidesAgain(station: Station, hash: Hash): boolean {
    const { blobs } = this.repository(station);
    const rid = blobs.rid(hash);
    if (rid === undefined || blobs.size(rid) < 0 || !blobs.isPrivate(rid)) return false;
    return this.#grownOnPublished(station).has(hash);
  }

  /** What a sync could change. */
  state(station: Station): string {
    if (!station.hasRepository) return 'none';
    const { db } = this.repository(station);
    const counts = db
      .prepare(
        'SELECT (SELECT count(*) FROM blob WHERE size>=0) AS whole, (SELECT count(*) FROM private) AS hidden, count(*) AS named FROM blob',
      )
      .get();
    return JSON.stringify([counts, [...this.unversioned(station).values()], [...this.settings(station).values()]]);
  }

  /** By name, deleted ones too. */
  unversioned(station: Station): Map<string, UnversionedState> {
    const files = new UnversionedFiles(this.repository(station)).list({ withDeleted: true });
    return new Map(files.map((file) => [file.name, file]));
  }

  /** Those that travel and are changed in simulations, by name. */
  settings(station: Station): Map<string, SettingState> {
    const rows = this.repository(station)
      .db.prepare(
        'SELECT name, CAST(value AS TEXT) AS value, mtime FROM config WHERE name IN (SELECT value FROM json_each(?))',
      )
      .all<SettingState>(JSON.stringify(SETTINGS));
    return new Map(rows.map((row) => [row.name, row]));
  }

  shunned(station: Station): Set<Hash> {
    const rows = this.repository(station).db.prepare('SELECT uuid FROM shun').all<{ uuid: Hash }>();
    return new Set(rows.map(({ uuid }) => uuid));
  }

  close(): void {
    for (const repository of this.#open.values()) repository.close();
  }

  #names(station: Station, seen: Set<Hash>): void {
    const { db, blobs } = this.repository(station);
    blobs.forgetAll();
    const dangling = new Set(blobs.danglingDeltas());
    for (const { rid, uuid, size } of db
      .prepare('SELECT rid, uuid, size FROM blob WHERE size>=0')
      .all<{ rid: Rid; uuid: Hash; size: number }>()) {
      if (seen.has(uuid) || dangling.has(rid)) continue;
      const content = blobs.storedContent(rid);
      const name = this.#hash.hex(uuid.length === 40 ? 'sha1' : 'sha3-256', content);
      this.#invariants.require(
        'every artifact matches its name',
        name === uuid && content.length === size,
        () => `${station.name} holds ${uuid} with other content`,
      );
      seen.add(uuid);
    }
    this.#seen.set(station, seen);
  }

  #phantoms(station: Station): void {
    const { db, blobs } = this.repository(station);
    const wrong = db
      .prepare(
        `SELECT uuid FROM blob WHERE (size<0) <> (rid IN (SELECT rid FROM phantom))
         UNION SELECT uuid FROM blob JOIN delta USING(rid) WHERE srcid NOT IN (SELECT rid FROM blob)
         UNION SELECT 'row '||rid FROM delta WHERE rid NOT IN (SELECT rid FROM blob)`,
      )
      .get<{ uuid: string }>();
    const invariant = 'no dangling delta without its phantom';
    this.#invariants.require(
      invariant,
      wrong === undefined,
      () => `${station.name} has lost track of ${String(wrong?.uuid)}`,
    );
    for (const rid of blobs.danglingDeltas()) {
      const end = db
        .prepare(
          `WITH RECURSIVE chain(rid) AS (SELECT ? UNION SELECT srcid FROM chain JOIN delta USING(rid))
           SELECT 1 FROM chain JOIN phantom USING(rid)`,
        )
        .get(rid);
      this.#invariants.require(invariant, end !== undefined, () => `${station.name} does not ask for a source`);
    }
  }

  #bans(station: Station): void {
    const { db } = this.repository(station);
    const isHere = db.prepare('SELECT 1 FROM shun JOIN blob USING(uuid) WHERE size>=0 AND uuid=?');
    for (const hash of station.banned) {
      this.#invariants.require(
        'shunned never returns',
        isHere.get(hash) === undefined,
        () => `${station.name} has taken ${hash} again`,
      );
    }
  }

  /** Not even the name of what others keep private, unless something that was published tells it. */
  #secrets(station: Station): void {
    const { blobs } = this.repository(station);
    for (const hash of this.#ledger.forbidden(station)) {
      const rid = blobs.rid(hash);
      const isHidden = rid === undefined || (this.#ledger.isNamed(hash) && blobs.size(rid) < 0);
      this.#invariants.require('private stays private', isHidden, () => `${station.name} knows ${hash}`);
    }
  }

  /** What was acknowledged here is here; what is taken for sent is there. */
  #acknowledged(station: Station): void {
    const { db } = this.repository(station);
    const size = db.prepare('SELECT size FROM blob WHERE uuid=?');
    const isUnsent = db.prepare('SELECT 1 FROM unsent JOIN blob USING(rid) WHERE uuid=?');
    const shunned = this.shunned(station);
    for (const hash of station.acknowledged) {
      const isHere = (size.get<{ size: number }>(hash)?.size ?? -1) >= 0;
      this.#invariants.require(
        'nothing acknowledged is lost',
        isHere || shunned.has(hash) || this.#ledger.purged.has(hash),
        () => `${station.name} has lost ${hash}, which it wrote`,
      );
    }
    for (const hash of station.toSend) {
      if (!shunned.has(hash) && isUnsent.get(hash) === undefined) this.requireSent(station, hash);
    }
  }

  /**
   * The upstream has what it was sent. A delta that somebody has changed on its way may wait there for its source before it is found out:
   * then it is asked for again.
   */
  requireSent(station: Station, hash: Hash): void {
    const server = station.upstream?.station;
    if (server?.hasRepository !== true || this.#ledger.purged.has(hash) || this.shunned(server).has(hash)) return;
    const row = this.repository(server).db.prepare('SELECT size FROM blob WHERE uuid=?').get<{ size: number }>(hash);
    this.#invariants.require(
      'nothing acknowledged is lost',
      row !== undefined && (row.size >= 0 || station.lies > 0),
      () => `${station.name} takes ${hash} for sent, and ${server.name} has not got it`,
    );
  }

  #file(station: Station): void {
    const check = this.repository(station).db.prepare('PRAGMA integrity_check').all<{ integrity_check: string }>();
    const isSound = check[0]?.integrity_check === 'ok';
    this.#invariants.require('files are sound', isSound, () => `${station.name}: ${JSON.stringify(check)}`);
  }

  async #derived(station: Station): Promise<void> {
    // What a clone has got before its server shunned it stays until a rebuild, as for Fossil.
    if (this.#holdsShunned(station)) return;
    const ours = await derivedTablesIn(this.repository(station).db);
    const disk = new SimulatedDisk(this.#sqlJs);
    try {
      disk.place(Station.PATH, station.machine.disk.copy(Station.PATH));
      const copy = Repository.open(this.#environment(disk), Station.PATH);
      await rebuild(copy, { user: station.name });
      const theirs = await derivedTablesIn(copy.db);
      const hidden = [...ours.private, ...theirs.private];
      const unknown = new Set([...this.#phantomNames(station), ...this.#grownOnPublished(station)]);
      const comparable = (tables: DerivedTables): DerivedTables => this.#comparable(tables, hidden, unknown);
      const wrong = differences(comparable(ours), comparable(theirs));
      this.#invariants.require(
        'derived tables equal a rebuild',
        wrong.length === 0,
        () => `${station.name}:\n${wrong.join('\n')}`,
      );
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#invariants.require('files are sound', false, () => `${station.name}: ${error.message}`);
    } finally {
      disk.remove();
    }
  }

  #phantomNames(station: Station): Set<string> {
    const rows = this.repository(station)
      .db.prepare('SELECT uuid FROM phantom JOIN blob USING(rid)')
      .all<{ uuid: Hash }>();
    return new Set(rows.map(({ uuid }) => uuid));
  }

  /** Check-ins behind one that was published, and their files. */
  #grownOnPublished(station: Station): Set<string> {
    const rows = this.repository(station)
      .db.prepare(
        `WITH RECURSIVE grown(rid) AS (
           SELECT rid FROM blob WHERE uuid IN (SELECT value FROM json_each(?))
           UNION SELECT cid FROM grown JOIN plink ON pid=rid)
         SELECT uuid FROM blob WHERE rid IN grown OR rid IN (SELECT fid FROM mlink WHERE mid IN grown)`,
      )
      .all<{ uuid: Hash }>(JSON.stringify([...this.#ledger.published]));
    return new Set(rows.map(({ uuid }) => uuid));
  }

  #holdsShunned(station: Station): boolean {
    const { db } = this.repository(station);
    return db.prepare('SELECT 1 FROM shun JOIN blob USING(uuid) WHERE size>=0').get() !== undefined;
  }

  #environment(disk: Disk): Environment {
    const tools = { hash: this.#hash, zlib: nodeZlib };
    return {
      clock: { now: () => 0, sleep: () => Promise.resolve(), yield: () => Promise.resolve() },
      random: { bytes: (length) => new Uint8Array(length) },
      ...tools,
      sqlite: disk.driver(alwaysOn),
      fs: disk.fileSystem(alwaysOn),
      pool: createInlinePool(tools),
      variables: {},
      homeDirectory: '/home',
      platform: 'posix',
    };
  }

  /**
   * A rebuild, as Fossil's, takes a file that private check-ins alone delete for a private artifact 0, and makes private again what was
   * published and what grew on it (its tag propagates), without a word to the table of unclustered ones. Of what is not here it guesses, where others have said what it is. What was removed and came back is announced although a cluster names it.
   */
  #comparable(tables: DerivedTables, hidden: readonly string[], unknown: ReadonlySet<string>): DerivedTables {
    const without = (rows: readonly string[], names: ReadonlySet<string>): string[] =>
      rows.filter((row) => row !== '[0]' && !names.has(nameIn(row)));
    const { published, purged } = this.#ledger;
    return withoutFudge({
      ...tables,
      private: without(tables.private, new Set([...published, ...unknown])),
      unclustered: without(tables.unclustered, new Set([...published, ...purged, ...hidden.map(nameIn)])),
    });
  }
}

function nameIn(row: string): string {
  return String((JSON.parse(row) as unknown[])[0]);
}
