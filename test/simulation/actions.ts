import { type Hash, isHash, type Rid } from '../../src/engine/identifiers';
import type { SyncDirection } from '../../src/engine/operations/sync';
import { UnversionedFiles } from '../../src/engine/repository/unversioned';
import { publishArtifacts } from '../../src/engine/repository/private';
import type { Seeded } from '../support/seeded';
import { WORKS } from './author';
import { USERS } from './first-repository';
import { heldLocks } from './held-locks';
import type { Inspector } from './inspector';
import type { Invariants } from './invariants';
import { lacking } from './lacking';
import type { Ledger, SettingState } from './ledger';
import { SETTINGS } from './settings';
import type { Station } from './station';

export interface Action {
  name: string;
  run: () => unknown;
}

/** What people do, with what they may expect of it. */
export class Actions {
  readonly #seeded: Seeded;
  readonly #ledger: Ledger;
  readonly #inspector: Inspector;
  readonly #invariants: Invariants;

  constructor(seeded: Seeded, ledger: Ledger, inspector: Inspector, invariants: Invariants) {
    this.#seeded = seeded;
    this.#ledger = ledger;
    this.#inspector = inspector;
    this.#invariants = invariants;
  }

  /** @returns something that the station's user may do next */
  choose(station: Station): Action {
    if (!station.hasRepository) return { name: 'clone', run: () => station.clone() };
    const choice = this.#seeded.below(100);
    if (choice < 35 && station.upstream !== undefined) {
      const direction = this.#seeded.pick(['sync', 'sync', 'pull', 'push'] as const);
      return { name: direction, run: () => this.sync(station, direction) };
    }
    if (choice < 41 && station.upstream !== undefined)
      return { name: 'exchange settings', run: () => this.exchangeSettings(station) };
    if (choice < 47 && station.upstream !== undefined)
      return { name: 'commit with lock', run: () => this.#commitWithLock(station) };
    // Where all messages end, each of them can be sent again.
    if (choice < 10) return { name: 'purge', run: () => this.#purge(station) };
    if (choice < 70) return { name: 'write', run: () => this.#write(station) };
    if (choice < 75) return { name: 'set', run: () => this.#set(station) };
    if (choice < 80) return { name: 'unversioned', run: () => this.#unversioned(station) };
    if (choice < 83) return { name: 'publish', run: () => this.#publish(station) };
    if (choice < 86) return { name: 'shun', run: () => this.#shun(station) };
    if (choice < 89) return { name: 'purge', run: () => this.#purge(station) };
    if (choice < 92) return { name: 'rebuild', run: () => station.rebuild(this.#seeded.below(2) === 0) };
    if (choice < 96) return { name: 'cut power', run: () => station.machine.cutPowerAfter(this.#seeded.below(40)) };
    return { name: 'fill disk', run: () => station.machine.fillDisk(this.#seeded.below(20)) };
  }

  /**
   * Whatever a push that succeeded found here is on the server; whatever a pull found there is here, unless somebody has lied to it.
   * @returns how many artifacts and files have moved
   */
  async sync(station: Station, direction: SyncDirection): Promise<number> {
    const before = this.#inspector.shared(station);
    const [offered, lies] = [direction === 'push' ? [] : this.#offered(station), station.lies];
    const { moved, wasPushRefused } = await station.sync(direction);
    if (station.lies === lies) this.#requireBrought(station, offered);
    if (direction !== 'pull' && !wasPushRefused && mayPush(station))
      for (const hash of before) this.#inspector.requireSent(station, hash);
    return moved;
  }

  #offered({ upstream }: Station): Iterable<Hash> {
    return upstream?.station.hasRepository === true ? this.#inspector.shared(upstream.station) : [];
  }

  #requireBrought(station: Station, offered: Iterable<Hash>): void {
    const isLacking = lacking(station, this.#inspector, this.#ledger);
    for (const hash of offered) {
      this.#invariants.require(
        'a pull brings all that there was',
        this.#ledger.purged.has(hash) || !isLacking(hash),
        () => `${station.name} has pulled and lacks ${hash}`,
      );
    }
  }

  #write(station: Station): void {
    const isPrivate = this.#seeded.below(5) === 0;
    const work = this.#seeded.pick(WORKS);
    const made = station.write(work, { isPrivate, onPrivate: (hash) => this.#ledger.notePrivate(hash, station) });
    for (const hash of made) {
      if (!isPrivate && station.upstream !== undefined) station.toSend.add(hash);
      station.acknowledged.add(hash);
    }
  }

  #unversioned(station: Station): void {
    if (!mayPush(station) && station.upstream !== undefined) return;
    const name = `${this.#seeded.pick(['logo', 'news', 'plan'])}.txt`;
    const isDeletion = this.#seeded.below(4) === 0;
    const content = new TextEncoder().encode(`${name} ${this.#seeded.below(1000)}`.repeat(this.#seeded.below(40)));
    const { before, after } = station.using((repository) => {
      const files = new UnversionedFiles(repository);
      const mtime = Math.floor(repository.environment.clock.now() / 1000);
      const before = files.find(name);
      if (isDeletion && before?.hash === undefined) return {};
      repository.transaction(() => {
        if (isDeletion) files.markDeleted(name, mtime);
        else files.add(name, content, mtime);
      });
      return { before, after: files.find(name) };
    });
    if (after !== undefined) this.#ledger.noteUnversioned(after, before);
  }

  /** Whoever may changes settings where everybody's come from. */
  #set(station: Station): void {
    if (!mayConfigure(station)) return;
    const name = this.#seeded.pick(SETTINGS);
    const value = `*.${this.#seeded.below(1000)}`;
    const made = station.using((repository) => {
      const read = repository.db.prepare('SELECT name, CAST(value AS TEXT) AS value, mtime FROM config WHERE name=?');
      const before = read.get<SettingState>(name);
      // What a server with a faster clock has set stays for a moment.
      if ((before?.mtime ?? 0) >= Math.floor(repository.environment.clock.now() / 1000)) return undefined;
      return repository.transaction(() => {
        repository.config.set(name, value);
        const row = read.get<SettingState>(name);
        if (row !== undefined) this.#ledger.noteSettingTried(row);
        return row;
      });
    });
    if (made !== undefined) this.#ledger.noteSetting(made);
  }

  async exchangeSettings(station: Station): Promise<void> {
    const push = mayConfigure(station);
    // What was set here and nowhere else must not be replaced by something older.
    await station.exchangeSettings({ push, overwrite: !push && this.#seeded.below(4) === 0 });
  }

  /** Two that commit a child of the same check-in at the same time would make a fork: the second hears of the first. */
  async #commitWithLock(station: Station): Promise<void> {
    const checkin = this.#leaf(station);
    const server = station.upstream?.station;
    if (checkin === undefined || server?.machine.isRunning() !== true) return;
    const begin = Math.floor(server.machine.environment.clock.now() / 1000);
    const isTaken = await station.lock(checkin);
    if (server.machine.isRunning() && server.hasRepository) {
      const other = server
        .using(heldLocks)
        .find((lock) => lock.checkin === checkin && lock.clientId !== station.clientId && lock.mtime < begin);
      this.#invariants.require(
        'a check-in lock has one holder',
        other === undefined || isTaken,
        () => `${station.name} did not hear that ${String(other?.clientId)} has locked ${checkin}`,
      );
    }
    if (!isTaken) this.#write(station);
    await station.lock();
  }

  #leaf(station: Station): Hash | undefined {
    const leaves = station.using((repository) =>
      repository.db
        .prepare('SELECT uuid FROM leaf JOIN blob USING(rid) WHERE rid NOT IN (SELECT rid FROM private) ORDER BY rid')
        .all<{ uuid: Hash }>(),
    );
    return leaves.length === 0 ? undefined : this.#seeded.pick(leaves).uuid;
  }

  #publish(station: Station): void {
    station.using((repository) => {
      const hidden = repository.db
        .prepare('SELECT rid FROM private JOIN blob USING(rid) WHERE size>=0 ORDER BY rid')
        .all<{ rid: Rid }>();
      if (hidden.length === 0) return;
      const { rid } = this.#seeded.pick(hidden);
      repository.transaction(() => {
        // Whether it succeeds or not: from here on the secret may be out.
        for (const published of publishArtifacts(repository, [rid]))
          this.#ledger.notePublished(repository.blobs.hash(published), namesIn(repository.blobs.content(published)));
      });
    });
  }

  /** Removes something for good. */
  async #shun(station: Station): Promise<void> {
    const hash = this.#victim(station);
    if (hash === undefined) return;
    this.#ledger.purged.add(hash);
    station.shun(hash);
    await station.rebuild(false);
    station.banned.add(hash);
  }

  /** Removes something, but takes it again from whoever has it. */
  async #purge(station: Station): Promise<void> {
    const hash = this.#victim(station, (candidate) => station.wasBrought(candidate));
    if (hash === undefined) return;
    this.#ledger.purged.add(hash);
    station.shun(hash);
    await station.rebuild(false);
    station.forsaken.add(hash);
    station.acceptShunned(hash);
    await station.suffersReplay(hash);
  }

  /**
   * No check-in: too much else would go with it.
   * @param isPreferred - one of these, when there are any
   */
  #victim(station: Station, isPreferred: (hash: Hash) => boolean = () => true): Hash | undefined {
    const candidates = station.using((repository) =>
      repository.db
        .prepare(
          `SELECT uuid FROM blob WHERE size>=0 AND rid NOT IN (SELECT objid FROM event WHERE type='ci')
              AND rid NOT IN (SELECT rid FROM private) AND uuid NOT IN (SELECT uuid FROM shun) ORDER BY rid DESC LIMIT 9`,
        )
        .all<{ uuid: Hash }>()
        .map(({ uuid }) => uuid),
    );
    const preferred = candidates.filter(isPreferred);
    if (candidates.length === 0) return undefined;
    return this.#seeded.pick(preferred.length > 0 ? preferred : candidates);
  }
}

/** Names of other artifacts in the text of one. */
function namesIn(content: Uint8Array): Hash[] {
  const names: string[] = new TextDecoder().decode(content).match(/\b[0-9a-f]{40,64}\b/g) ?? [];
  return names.filter((name) => isHash(name));
}

/** Whoever has nobody above sets for all; otherwise it takes the right to push settings. */
function mayConfigure({ upstream }: Station): boolean {
  return upstream === undefined || USERS[upstream.user].includes('s');
}

export function mayPush({ upstream }: Station): boolean {
  return upstream !== undefined && /[is]/.test(USERS[upstream.user]);
}
