import type { Hash } from '../../src/engine/identifiers';
import type { Repository } from '../../src/engine/repository/repository';

/** Whoever said first that a child of a check-in is about to be committed. */
export interface CheckinLock {
  checkin: Hash;
  clientId: string;
  /** Unix seconds by the server's clock. */
  mtime: number;
}

/** The locks that a server has written down, expired ones too. */
export function heldLocks({ db }: Repository): CheckinLock[] {
  return db
    .prepare(
      `SELECT substr(name, 9) AS checkin, json_extract(value, '$.clientid') AS clientId, mtime
         FROM config WHERE name GLOB 'ci-lock-*'`,
    )
    .all<CheckinLock>();
}
