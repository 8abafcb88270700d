import { fromJulianDay } from '../codec/julian-day';
import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { checkinSummary } from '../repository/versions';

/** A check-in as views show it. */
export interface CheckinDescription {
  hash: string;
  comment: string;
  user: string;
  /** Unix milliseconds. */
  time: number;
  branch: string;
}

/** @throws EngineError `unknown-version` */
export function describeCheckin(repository: Repository, rid: Rid): CheckinDescription {
  const { hash, comment, user, mtime, branch } = checkinSummary(repository, rid);
  return { hash, comment, user, time: fromJulianDay(mtime), branch };
}
