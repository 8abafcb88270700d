import type { Hash } from '../../src/engine/identifiers';
import { mayPush } from './actions';
import type { Inspector } from './inspector';
import type { Invariants } from './invariants';
import { lacking } from './lacking';
import { isNewer, type Ledger, type UnversionedState } from './ledger';
import type { Station } from './station';

/** What must be true of all stations together once nothing moves any more. */
export class Convergence {
  constructor(
    private readonly stations: readonly Station[],
    private readonly inspector: Inspector,
    private readonly ledger: Ledger,
    private readonly invariants: Invariants,
  ) {}

  check(): void {
    this.#checkArtifacts();
    this.#checkUnversioned();
    this.#checkSettings();
  }

  /** Everybody has what everybody else shares. */
  #checkArtifacts(): void {
    const shared = new Map(this.stations.map((station) => [station, this.inspector.shared(station)]));
    for (const station of this.stations) {
      const server = station.upstream?.station;
      if (server === undefined) continue;
      this.#requireShared(server, station, shared);
      if (mayPush(station)) this.#requireShared(station, server, shared);
    }
  }

  #requireShared(from: Station, to: Station, shared: ReadonlyMap<Station, ReadonlySet<Hash>>): void {
    const isLacking = lacking(to, this.inspector, this.ledger);
    for (const hash of shared.get(from) ?? []) {
      this.invariants.require(
        'all who may see everything converge',
        !isLacking(hash),
        () => `${to.name} lacks ${hash}, which ${from.name} has`,
      );
    }
  }

  /** Everybody has the newest state of each file that was acknowledged anywhere, or a newer one that was not, and all have the same. */
  #checkUnversioned(): void {
    const [first, ...others] = this.stations;
    if (first === undefined) return;
    const states = this.inspector.unversioned(first);
    for (const newest of this.ledger.unversioned.values()) {
      const state = states.get(newest.name);
      // Where a file is gone, neither does a mark that it was deleted matter nor when that was: the digest of all files leaves it out.
      const isGone = state?.hash === undefined && newest.hash === undefined;
      this.#requireUnversioned(
        isGone || (state !== undefined && !isNewer(newest, state)),
        () => `${first.name} has not got the newest ${newest.name}: ${text(state)} instead of ${text(newest)}`,
      );
    }
    for (const station of others) {
      const theirs = this.inspector.unversioned(station);
      for (const name of new Set([...states.keys(), ...theirs.keys()])) {
        const [one, other] = [states.get(name), theirs.get(name)];
        this.#requireUnversioned(
          (one?.hash === undefined && other?.hash === undefined) || text(one) === text(other),
          () => `${name} is ${text(other)} for ${station.name}, ${text(one)} elsewhere`,
        );
      }
    }
  }

  #requireUnversioned(holds: boolean, what: () => string): void {
    this.invariants.require('unversioned files converge to the newest', holds, what);
  }

  /** Everybody has the newest value of each setting that was acknowledged anywhere, or a newer one that was not, and all of one time. */
  #checkSettings(): void {
    const [first] = this.stations;
    if (first === undefined) return;
    for (const name of this.ledger.settingNames) {
      for (const station of this.stations) {
        const row = this.inspector.settings(station).get(name);
        this.invariants.require(
          'settings converge to the newest',
          this.ledger.isNewestSetting(name, row) && row?.mtime === this.inspector.settings(first).get(name)?.mtime,
          () => `${name} is ${JSON.stringify(row)} for ${station.name}`,
        );
      }
    }
  }
}

function text(state: UnversionedState | undefined): string {
  return state === undefined ? 'nothing' : `${state.hash?.slice(0, 8) ?? 'deleted'} of ${state.mtime}`;
}
