import type { Hash } from '../../src/engine/identifiers';
import { mayPush } from './actions';
import type { Inspector } from './inspector';
import { isNewer, type Ledger, type UnversionedState } from './ledger';
import type { Station } from './station';
import { Violation } from './violation';

/** What must be true of all stations together once nothing moves any more. */
export class Convergence {
  constructor(
    private readonly stations: readonly Station[],
    private readonly inspector: Inspector,
    private readonly ledger: Ledger,
  ) {}

  check(): void {
    this.#checkArtifacts();
    this.#checkUnversioned();
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
    const refused = this.inspector.shunned(to);
    for (const hash of shared.get(from) ?? []) {
      // What was published may be private again where a rebuild came by.
      if (shared.get(to)?.has(hash) === true || refused.has(hash) || this.ledger.published.has(hash)) continue;
      // What leads by deltas to something shunned there cannot be read; it must still be wanted, or what it is a delta of.
      if (refused.size > 0 && this.inspector.awaits(to, hash)) continue;
      throw new Violation('all who may see everything converge', `${to.name} lacks ${hash}, which ${from.name} has`);
    }
  }

  /** Everybody has the newest state of each file that was acknowledged anywhere, or a newer one that was not, and all have the same. */
  #checkUnversioned(): void {
    const [first, ...others] = this.stations;
    if (first === undefined) return;
    const states = this.inspector.unversioned(first);
    for (const newest of this.ledger.unversioned.values()) {
      const state = states.get(newest.name);
      // Who never had a file needs no mark that it was deleted.
      if (state === undefined && newest.hash === undefined) continue;
      if (state === undefined || isNewer(newest, state))
        throw broken(`${first.name} has not got the newest ${newest.name}: ${text(state)} instead of ${text(newest)}`);
    }
    for (const station of others) {
      const theirs = this.inspector.unversioned(station);
      for (const name of new Set([...states.keys(), ...theirs.keys()])) {
        if (states.get(name)?.hash === undefined && theirs.get(name)?.hash === undefined) continue;
        if (text(states.get(name)) === text(theirs.get(name))) continue;
        throw broken(`${name} is ${text(theirs.get(name))} for ${station.name}, ${text(states.get(name))} elsewhere`);
      }
    }
  }
}

function text(state: UnversionedState | undefined): string {
  return state === undefined ? 'nothing' : `${state.hash?.slice(0, 8) ?? 'deleted'} of ${state.mtime}`;
}

function broken(what: string): Violation {
  return new Violation('unversioned files converge to the newest', what);
}
