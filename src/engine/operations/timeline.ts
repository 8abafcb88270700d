import { EngineError } from '../errors';
import type { JulianDay, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import type { Repository } from '../repository/repository';
import { type TimelineCursor, type TimelineEntry, timelinePage } from '../repository/timeline';
import { namesOf, type TimelineFilter } from '../repository/timeline-filter';
import { type EventType, findNamed } from '../repository/version-names';
import { branchOf } from '../repository/versions';
import { ignoresCase } from './file-name-case';
import { type HistorySource, type OpenHistory, readHistory } from './history-source';
import { filesChangedBy, type PendingFile } from './pending-files';

/** What part of the timeline, in the user's words. */
export interface TimelineRequest {
  /** Where `origin` stands in what is wanted; default `before`. */
  when?: 'before' | 'after' | 'ancestors' | 'descendants';
  /** A version, `current`, a date, or `now`, which is the default. */
  origin?: string;
  types?: readonly EventType[];
  branch?: string;
  /** The branch that the checkout is on. */
  isCurrentBranch?: boolean;
  tag?: string;
  user?: string;
  /** A file or directory of the repository. */
  path?: string;
  /** Most entries; default 20. */
  limit?: number;
  /** Entries to leave out at the start. */
  offset?: number;
  /** `next` of the page before. */
  cursor?: string;
  /** Of ancestors or descendants only so many, the nearest in time; default `limit`, unless pages of all of them are wanted. */
  nearest?: number;
  /** Say which files each check-in changed. */
  withFiles?: boolean;
}

/** An event as users see it: nothing in it is particular to this copy of the repository. */
export interface TimelineEvent extends Omit<TimelineEntry, 'rid' | 'mtime'> {
  /** The checkout stands on it. */
  isCurrent: boolean;
  files?: PendingFile[];
}

export interface TimelineResult {
  /** Newest first. */
  entries: TimelineEvent[];
  /** `cursor` for the page after this; absent on the last. */
  next?: string;
}

const DEFAULT_LIMIT = 20;

/** A page of the timeline (`fossil timeline`). @throws EngineError `unknown-version`, `ambiguous-version`, `usage` */
export function readTimeline(
  environment: Environment,
  source: HistorySource,
  request: TimelineRequest,
): Promise<TimelineResult> {
  return readHistory(environment, source, (history) => {
    const { repository, current } = history;
    const page = timelinePage(repository, timelineFilter(history, request), {
      limit: request.limit ?? DEFAULT_LIMIT,
      ...(request.offset === undefined ? {} : { skip: request.offset }),
      ...(request.cursor === undefined ? {} : { after: parseCursor(request.cursor) }),
    });
    return {
      entries: page.entries.map((entry) => toEvent(repository, entry, current, request.withFiles ?? false)),
      ...(page.next === undefined ? {} : { next: formatCursor(page.next) }),
    };
  });
}

/** An entry without what only this copy of the repository knows. */
export function toEvent(
  repository: Repository,
  entry: TimelineEntry,
  current: Rid | undefined,
  withFiles = false,
): TimelineEvent {
  const { hash, type, time, comment, user, branch, tags, parents, children, isFork, isPrivate, rid } = entry;
  return {
    ...{ hash, type, time, comment, user, tags, parents, children, isFork, isPrivate },
    ...(branch === undefined ? {} : { branch }),
    isCurrent: rid === current,
    ...(withFiles ? { files: filesChangedBy(repository, rid) } : {}),
  };
}

function timelineFilter(history: OpenHistory, request: TimelineRequest): TimelineFilter {
  const { repository } = history;
  const { types, tag, user, path } = request;
  const branch = request.isCurrentBranch === true ? currentBranch(history) : request.branch;
  return {
    ...originFilter(history, request),
    ...(types === undefined ? (path === undefined ? {} : { types: ['ci'] as const }) : { types }),
    ...(branch === undefined ? {} : { branch }),
    ...(tag === undefined ? {} : { tag }),
    ...(user === undefined ? {} : { user }),
    ...(path === undefined || path === ''
      ? {}
      : { path: nameInRepository(repository, path), isCaseIgnored: ignoresCase(repository) }),
  };
}

function currentBranch({ repository, current }: OpenHistory): string {
  if (current !== undefined) return branchOf(repository, current);
  throw new EngineError('not-a-checkout', 'The current branch is that of a checkout: go into one, or name a branch.');
}

function originFilter(history: OpenHistory, request: TimelineRequest): TimelineFilter {
  const { when, origin = 'now' } = request;
  const { repository, current } = history;
  const isLineage = when === 'ancestors' || when === 'descendants';
  const date = isDate(origin)
    ? julianDay(repository, origin, when === undefined && /^\d{4}-\d\d-\d\d$/.test(origin))
    : undefined;
  if (date !== undefined) {
    if (isLineage) throw new EngineError('usage', `${when} are those of a version: "${origin}" is a date.`);
    return when === 'after' ? { since: date } : { until: date };
  }
  const rid = findNamed(repository, origin, current === undefined ? {} : { current });
  const mtime = rid === undefined ? undefined : momentOf(repository, rid);
  if (rid === undefined || mtime === undefined) {
    throw new EngineError('unknown-version', `"${origin}" is neither a version in this repository nor a date.`);
  }
  const isForward = when === 'after' || when === 'descendants';
  return {
    ...(isForward ? { since: mtime } : { until: mtime }),
    ...(isLineage ? { lineage: { of: rid, direction: when, ...nearest(request) } } : {}),
  };
}

function nearest(request: TimelineRequest): { nearest?: number } {
  const { cursor, path, offset = 0, limit = DEFAULT_LIMIT, nearest: wanted = limit } = request;
  const wantsAll = wanted <= 0 || cursor !== undefined || path !== undefined || offset > 0;
  return wantsAll ? {} : { nearest: wanted };
}

/** Digits alone are the beginning of a hash rather than a day number. */
function isDate(text: string): boolean {
  return text === 'now' || /[-:]/.test(text);
}

/** Reads a date as SQLite does. @param isWholeDay - the end of that day is meant. @returns undefined when it is none */
function julianDay(repository: Repository, text: string, isWholeDay: boolean): JulianDay | undefined {
  const day = repository.db
    .prepare('SELECT julianday(?,?) AS day')
    .get<{ day: JulianDay | null }>(text, isWholeDay ? '+1 day' : '+0 days')?.day;
  return day ?? undefined;
}

function momentOf(repository: Repository, rid: Rid): JulianDay | undefined {
  return repository.db.prepare('SELECT mtime FROM event WHERE objid=?').get<{ mtime: JulianDay }>(rid)?.mtime;
}

/** @throws EngineError `file-not-managed` when no check-in ever had it */
function nameInRepository(repository: Repository, path: string): string {
  const name = path.replace(/\/+$/, '');
  const { sql, parameters } = namesOf(name, ignoresCase(repository));
  const isKnown = repository.db.prepare(`${sql} LIMIT 1`).get(...parameters);
  if (isKnown !== undefined) return name;
  throw new EngineError('file-not-managed', `No check-in of this repository has a file or directory "${path}".`);
}

function formatCursor({ mtime, rid }: TimelineCursor): string {
  return `${mtime}/${rid}`;
}

function parseCursor(text: string): TimelineCursor {
  const match = /^(\d+(?:\.\d+)?)\/(\d+)$/.exec(text);
  if (match !== null) return { mtime: Number(match[1]) as JulianDay, rid: Number(match[2]) as Rid };
  throw new EngineError('usage', `"${text}" is no cursor: give "next" of the page before.`);
}
