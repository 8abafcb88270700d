import type { Hash } from '../identifiers';
import type { Environment } from '../platform/environment';
import { mainBranch } from '../repository/main-branch';
import { timelineEntry } from '../repository/timeline';
import { findNamed } from '../repository/version-names';
import { allLeaves, type Leaf } from '../repository/versions';
import { forksOf } from './forks';
import { type HistorySource, type OpenHistory, readHistory } from './history-source';
import { type TimelineEvent, toEvent } from './timeline';

export interface LeavesRequest {
  /** Default `open`. */
  which?: 'open' | 'closed' | 'all';
  /** Only those of branches with several open ones. */
  forksOnly?: boolean;
}

/** The end of a line of check-ins. */
export interface LeafEvent extends TimelineEvent {
  branch: string;
  isClosed: boolean;
  /** The check-in that its branch left; absent on the main branch, and where the branch is the first. */
  branchedFrom?: Hash;
}

/** The leaves of a repository, newest first (`fossil leaves`). */
export function readLeaves(
  environment: Environment,
  source: HistorySource,
  request: LeavesRequest,
): Promise<LeafEvent[]> {
  return readHistory(environment, source, (history) => {
    const { which = 'open' } = request;
    const forked = new Set(request.forksOnly === true ? forksOf(history.repository).map(({ branch }) => branch) : []);
    return allLeaves(history.repository)
      .filter(({ isClosed }) => which === 'all' || isClosed === (which === 'closed'))
      .filter(({ branch, isClosed }) => request.forksOnly !== true || (forked.has(branch) && !isClosed))
      .flatMap((leaf) => eventOf(history, leaf));
  });
}

function eventOf({ repository, current }: OpenHistory, { rid, hash, branch, isClosed }: Leaf): LeafEvent[] {
  const entry = timelineEntry(repository, rid);
  if (entry === undefined) return [];
  const left = branch === mainBranch(repository) ? undefined : findNamed(repository, `root:${hash}`, { type: 'ci' });
  return [
    {
      ...{ ...toEvent(repository, entry, current), branch, isClosed },
      ...(left === undefined ? {} : { branchedFrom: repository.blobs.hash(left) }),
    },
  ];
}
