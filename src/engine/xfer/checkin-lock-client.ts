import { decodeToken } from '../codec/fossil-encoding';
import { parseInteger } from '../codec/card-line';
import type { Hash } from '../identifiers';
import type { Card } from './card';
import type { MessageWriter } from './message-writer';
import { serverText } from './server-text';
import type { SyncPart, SyncRound } from './sync-part';

/** Who is about to commit a child of the same check-in. */
export interface CheckinLockHolder {
  /** Absent: has not logged in. */
  user?: string;
  /** Since when, in Unix seconds; absent when the server has told nonsense. */
  since?: number;
}

/**
 * Tells the server that a child of a check-in is about to be committed, or that no longer (fossil.md 2.3). The lock outlives the
 * sync that takes it; the sync after the commit gives it back.
 */
export class CheckinLockClient implements SyncPart {
  readonly #clientId: string;
  readonly #checkin: Hash | undefined;
  #holder: CheckinLockHolder | undefined;
  #avoidsDeltaManifests = false;

  /**
   * @param clientId - of the checkout, 40 hexadecimal digits
   * @param checkin - the parent to lock; absent: the locks of the checkout are given back
   */
  constructor(clientId: string, checkin?: Hash) {
    this.#clientId = clientId;
    this.#checkin = checkin;
  }

  /** Who else has locked the check-in; undefined when we have it. */
  get holder(): CheckinLockHolder | undefined {
    return this.#holder;
  }

  /** The server asked for complete manifests only. */
  get avoidsDeltaManifests(): boolean {
    return this.#avoidsDeltaManifests;
  }

  /** Once a sync; fossil gives a lock back with the second message of the sync that took it, and then commits without one. */
  compose(message: MessageWriter, round: SyncRound): void {
    if (round.number > 1) return;
    if (this.#checkin === undefined) message.pragma('ci-unlock', this.#clientId);
    else message.pragma('ci-lock', this.#checkin, this.#clientId);
  }

  take(card: Card): boolean {
    if (card.kind !== 'pragma') return false;
    if (card.name === 'avoid-delta-manifests') {
      this.#avoidsDeltaManifests = true;
      return true;
    }
    if (card.name !== 'ci-lock-fail') return false;
    // Fossil leaves the name out of whoever has not logged in, and the time stands in its place.
    const [stamp = '', name = 'nobody'] = card.parameters.slice(0, 2).reverse();
    // An empty number is 0 elsewhere (fossil.md 0).
    const since = stamp === '' ? undefined : parseInteger(stamp, Number.MAX_SAFE_INTEGER);
    const user = serverText(decodeToken(since === undefined && card.parameters.length === 1 ? stamp : name));
    this.#holder = { ...(user === '' || user === 'nobody' ? {} : { user }), ...(since === undefined ? {} : { since }) };
    return true;
  }

  digest(): boolean {
    return false;
  }
}
