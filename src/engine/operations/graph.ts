import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';
import type { Rid } from '../identifiers';
import { checkinPath, type PathOptions } from '../repository/checkin-path';
import { commonAncestor } from '../repository/common-ancestor';
import type { Repository } from '../repository/repository';
import { timelineEntry } from '../repository/timeline';
import { leavesBelow } from '../repository/versions';
import { type CheckinDescription, describeCheckin } from './checkin-description';
import { type HistorySource, readHistory, versionIn } from './history-source';
import { type TimelineEvent, toEvent } from './timeline';

/** A check-in on the way from one to another. */
export interface PathCheckin extends CheckinDescription {
  /** What the one before is to it; absent for the first. */
  reachedFrom?: 'parent' | 'child';
}

/** What a merge of the others into the first version would start from (`fossil merge-base`). @returns undefined when they share nothing */
export function findCommonAncestor(
  environment: Environment,
  source: HistorySource,
  request: { versions: readonly string[]; ignoresMerges?: boolean },
): Promise<CheckinDescription | undefined> {
  return readHistory(environment, source, (history) => {
    const [primary, ...others] = request.versions.map((version) => versionIn(history, version));
    if (primary === undefined || others.length === 0) throw new EngineError('usage', 'Name two versions or more.');
    const found = commonAncestor(history.repository, primary, others, {
      ignoresMerges: request.ignoresMerges ?? false,
    });
    return found === undefined ? undefined : describeCheckin(history.repository, found);
  });
}

/** A shortest path between two versions, both included. @returns undefined when none leads there */
export function findPath(
  environment: Environment,
  source: HistorySource,
  request: { from: string; to: string } & PathOptions,
): Promise<PathCheckin[] | undefined> {
  return readHistory(environment, source, (history) => {
    const { repository } = history;
    const [from, to] = [versionIn(history, request.from), versionIn(history, request.to)];
    return checkinPath(repository, from, to, request)?.map(({ rid, isFromParent }, at) => ({
      ...describeCheckin(repository, rid),
      ...(at === 0 ? {} : { reachedFrom: isFromParent ? ('parent' as const) : ('child' as const) }),
    }));
  });
}

/** The leaves that a version leads to, newest first (`fossil descendants`). @param version - default the checked-out one */
export function findLeaves(
  environment: Environment,
  source: HistorySource,
  version: string | undefined,
): Promise<TimelineEvent[]> {
  return readHistory(environment, source, (history) => {
    const { repository, current } = history;
    const base = version === undefined ? current : versionIn(history, version);
    if (base === undefined) throw new EngineError('usage', 'Name the version whose descendants are wanted.');
    return leavesBelow(repository, base).flatMap(({ rid }) => eventOf(repository, rid, current));
  });
}

function eventOf(repository: Repository, rid: Rid, current: Rid | undefined): TimelineEvent[] {
  const entry = timelineEntry(repository, rid);
  return entry === undefined ? [] : [toEvent(repository, entry, current)];
}
