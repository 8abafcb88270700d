import type { JulianDay, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import type { Repository } from '../repository/repository';
import { SearchPattern } from '../repository/search-pattern';
import { timelineEntry } from '../repository/timeline';
import { type HistorySource, readHistory } from './history-source';
import { type TimelineEvent, toEvent } from './timeline';

export interface SearchRequest {
  /** Words; a `*` behind one lets it be the beginning of a word. */
  pattern: string;
  /** Also what matches much worse than the best. */
  wantsAll?: boolean;
  /** Most events, and most names of a kind; default 1000. */
  limit?: number;
}

export interface SearchResult {
  /** Events whose comment has all words, the best first, then the newest. */
  events: (TimelineEvent & { score: number })[];
  names: FoundNames;
}

/** Names that all words are parts of, each list sorted. */
export interface FoundNames {
  files: string[];
  branches: string[];
  tags: string[];
  users: string[];
}

const DEFAULT_LIMIT = 1000;

/** Looks through comments and names (`fossil search`). */
export function searchRepository(
  environment: Environment,
  source: HistorySource,
  request: SearchRequest,
): Promise<SearchResult> {
  return readHistory(environment, source, ({ repository, current }) => {
    const limit = request.limit ?? DEFAULT_LIMIT;
    const pattern = new SearchPattern(request.pattern);
    const found = matchingEvents(repository, pattern);
    const best = found[0]?.score ?? 0;
    const wanted = request.wantsAll === true ? found : found.filter(({ score }) => score > Math.trunc(best / 3));
    return {
      events: wanted.slice(0, limit).flatMap(({ rid, score }) => {
        const entry = timelineEntry(repository, rid);
        return entry === undefined ? [] : [{ ...toEvent(repository, entry, current), score }];
      }),
      names: matchingNames(repository, pattern, limit),
    };
  });
}

interface Match {
  rid: Rid;
  mtime: JulianDay;
  score: number;
}

function matchingEvents(repository: Repository, pattern: SearchPattern): Match[] {
  const found: Match[] = [];
  const rows = repository.db
    .prepare("SELECT objid AS rid, mtime, coalesce(ecomment,comment,'') AS comment FROM event")
    .iterate<{ rid: Rid; mtime: JulianDay; comment: string }>();
  for (const { rid, mtime, comment } of rows) {
    const score = pattern.score(comment);
    if (score > 0) found.push({ rid, mtime, score });
  }
  return found.sort((a, b) => b.score - a.score || b.mtime - a.mtime || b.rid - a.rid);
}

function matchingNames(repository: Repository, pattern: SearchPattern, limit: number): FoundNames {
  const among = (sql: string): string[] => {
    const names: string[] = [];
    for (const { name } of repository.db.prepare(sql).iterate<{ name: string }>()) {
      if (names.length >= limit) break;
      if (pattern.isIn(name)) names.push(name);
    }
    return names;
  };
  const branches = among(BRANCHES);
  return {
    files: among('SELECT name FROM filename ORDER BY name'),
    branches,
    tags: among(
      "SELECT substr(tagname,5) AS name FROM tag WHERE tagname GLOB 'sym-*' AND tagid IN (SELECT tagid FROM tagxref WHERE tagtype>0) ORDER BY 1",
    ).filter((tag) => !branches.includes(tag)),
    users: among(
      'SELECT name FROM (SELECT login AS name FROM user UNION SELECT coalesce(euser,user) FROM event) WHERE name IS NOT NULL ORDER BY name',
    ),
  };
}

const BRANCHES = `
SELECT DISTINCT value AS name FROM tagxref
 WHERE tagid=(SELECT tagid FROM tag WHERE tagname='branch') AND tagtype>0 AND value IS NOT NULL ORDER BY 1`;
