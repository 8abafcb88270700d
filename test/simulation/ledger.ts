import type { Hash } from '../../src/engine/identifiers';
import { USERS } from './first-repository';
import type { Station } from './station';

/** One state of an unversioned file; without hash: deleted. */
export interface UnversionedState {
  name: string;
  mtime: number;
  hash?: string | undefined;
}

/** One state of a setting. */
export interface SettingState {
  name: string;
  value: string;
  mtime: number;
}

/** What whoever looks at all machines at once knows, and no machine does. */
export class Ledger {
  /** Private artifacts and their authors' stations; entered before they are written, for nobody knows whether that succeeded. */
  readonly #private = new Map<Hash, Station>();
  /** Artifacts that somebody has removed: nobody can count on them any more. */
  readonly purged = new Set<Hash>();
  readonly published = new Set<Hash>();
  /** Artifacts of which something published tells the name. */
  readonly #named = new Set<Hash>();
  /** The newest acknowledged state of each unversioned file; everybody ends with it or something newer. */
  readonly unversioned = new Map<string, UnversionedState>();
  /** Of each setting the time of the newest acknowledged value, and by time what may have been set. */
  readonly #settings = new Map<string, { newest: number; tried: Map<number, Set<string>> }>();

  notePrivate(hash: Hash, author: Station): void {
    if (!this.#private.has(hash)) this.#private.set(hash, author);
  }

  /**
   * A rebuild makes it private again on that machine, as Fossil's does.
   * @param names - of other artifacts, which its content tells
   */
  notePublished(hash: Hash, names: Iterable<Hash>): void {
    this.#private.delete(hash);
    this.published.add(hash);
    for (const name of names) this.#named.add(name);
  }

  isNamed(hash: Hash): boolean {
    return this.#named.has(hash);
  }

  /** Before it is known whether that succeeds. */
  noteSettingTried({ name, value, mtime }: SettingState): void {
    const history = this.#settings.get(name) ?? { newest: 0, tried: new Map<number, Set<string>>() };
    this.#settings.set(name, history);
    history.tried.set(mtime, (history.tried.get(mtime) ?? new Set()).add(value));
  }

  noteSetting({ name, mtime }: SettingState): void {
    const history = this.#settings.get(name);
    if (history !== undefined) history.newest = Math.max(history.newest, mtime);
  }

  get settingNames(): string[] {
    return [...this.#settings.keys()];
  }

  /** @returns whether it is as new as the newest acknowledged value; of one second, neither of two replaces the other */
  isNewestSetting(name: string, state: SettingState | undefined): boolean {
    const history = this.#settings.get(name);
    if (history === undefined || history.newest === 0) return true;
    return (
      state !== undefined && state.mtime >= history.newest && history.tried.get(state.mtime)?.has(state.value) === true
    );
  }

  /**
   * Whoever changes a file twice within a second may have been the only one who had its first state. The second counts on that machine,
   * as with Fossil, although of one second the first may be the greater.
   * @param replaced - what was there before
   */
  noteUnversioned(state: UnversionedState, replaced: UnversionedState | undefined): void {
    const known = this.unversioned.get(state.name);
    const isReplaced = replaced?.mtime === state.mtime && known?.mtime === state.mtime && known.hash === replaced.hash;
    if (known === undefined || isReplaced || isNewer(state, known)) this.unversioned.set(state.name, state);
  }

  /** @returns artifacts that the station must never know */
  *forbidden(station: Station): Generator<Hash> {
    for (const [hash, author] of this.#private) if (!mayShare(author, station)) yield hash;
  }

  isPrivate(hash: Hash): boolean {
    return this.#private.has(hash);
  }
}

/** Newest wins; of one second, the greater hash (fossil.md 2.5). */
export function isNewer(one: UnversionedState, other: UnversionedState): boolean {
  return one.mtime > other.mtime || (one.mtime === other.mtime && (one.hash ?? '-') > (other.hash ?? '-'));
}

/** Whether a way leads from one to the other on which everybody may share what is private. */
function mayShare(one: Station, other: Station): boolean {
  const reach = (station: Station): Set<Station> => {
    const reached = new Set<Station>();
    for (let at: Station | undefined = station; at !== undefined;) {
      reached.add(at);
      at = at.upstream !== undefined && USERS[at.upstream.user].includes('x') ? at.upstream.station : undefined;
    }
    return reached;
  };
  const reached = reach(one);
  return [...reach(other)].some((station) => reached.has(station));
}
