import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import { describeArtifact } from './artifact-description';
import { compactMoment, roundedUp, startsWithDate } from './moments';
import type { Repository } from './repository';
import { settingFlag } from './setting-flag';
import { FIXED_TAGS } from './tag-ids';

/** What a line of the timeline is about: `event.type`. */
export type EventType = 'ci' | 'w' | 't' | 'e' | 'g' | 'f';

export interface NameOptions {
  /** Only artifacts with such a line in the timeline answer; by default all artifacts do. */
  type?: EventType;
  /** Check-in of the checkout that `current`, `prev`, `previous` and `next` start from; without it they are ordinary names. */
  current?: Rid;
}

/** Of an ambiguous hash prefix, so many candidates are named. */
const LISTED_CANDIDATES = 10;
/** A newest event with a common tag is nearly always among the last few; a rare tag is found by its index. */
const RECENT_EVENTS = 30;
const TRAILING_PUNCTUATION = /^(.*[^._)>!?,])[._)>!?,]{1,2}$/s;

/**
 * The artifact of any type that a name stands for (fossil.md 8.9), in Fossil's order: `tip`, places relative to the checkout, dates, `tag:`,
 * `root:`, `start:`, `merge-in:`, `TAG:DATE`, hash prefixes, branches and tags, compact dates, `rid:`; at last the name without the
 * punctuation that a sentence may have left at its end.
 * @returns undefined when there is none
 * @throws EngineError `ambiguous-version` for a hash prefix of several, naming them
 */
export function findNamed(repository: Repository, name: string, options: NameOptions = {}): Rid | undefined {
  if (name === '') return undefined;
  const names = new Names(repository, options);
  return names.find(name);
}

/** As {@link findNamed}. @throws EngineError `unknown-version`, `ambiguous-version` */
export function resolveArtifact(repository: Repository, name: string, options: NameOptions = {}): Rid {
  const rid = findNamed(repository, name, options);
  if (rid !== undefined) return rid;
  throw new EngineError('unknown-version', `Nothing in this repository is called "${name}".`);
}

class Names {
  readonly #repository: Repository;
  readonly #options: NameOptions;
  /** Pattern for `event.type`. */
  readonly #type: string;

  constructor(repository: Repository, options: NameOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#type = options.type ?? '*';
  }

  find(name: string): Rid | undefined {
    const prefixed = this.#byPrefix(name);
    if (prefixed !== undefined) return prefixed.rid;
    return (
      this.#byKeyword(name) ??
      (startsWithDate(name) ? this.#atMoment(roundedUp(name)) : undefined) ??
      this.#byTagAndDate(name) ??
      this.#byHash(name) ??
      this.#byLabel(name) ??
      this.#byCompactDate(name) ??
      this.#byRid(name) ??
      this.#withoutPunctuation(name)
    );
  }

  /** Names that say what they are: nothing else is tried for them. @returns undefined for other names */
  #byPrefix(name: string): { rid: Rid | undefined } | undefined {
    const [, prefix = '', rest = ''] = /^(date|local|utc|tag|root|start|merge-in):(.*)$/s.exec(name) ?? [];
    switch (prefix) {
      case 'date':
        return { rid: this.#atMoment(roundedUp(compactMoment(rest) ?? rest)) };
      case 'local':
        return { rid: this.#atMoment(rest, '+0 seconds') };
      case 'utc':
        return { rid: this.#atMoment(`${roundedUp(rest)}z`, '+0 seconds') };
      case 'tag':
        return { rid: this.#newestWithTag(`sym-${rest}`) };
      case 'root':
        return { rid: this.#inBranchOf(rest, (rid) => this.#branchEnd(rid, 'parent')) };
      case 'start':
        return { rid: this.#inBranchOf(rest, (rid) => this.#branchEnd(rid, 'first')) };
      case 'merge-in':
        return { rid: this.#inBranchOf(rest, (rid) => this.#lastMergeIn(rid)) };
      default:
        return undefined;
    }
  }

  #byKeyword(name: string): Rid | undefined {
    if (this.#options.type !== undefined && this.#options.type !== 'ci') return undefined;
    if (name === 'tip') {
      return this.#rid("SELECT objid AS rid FROM event WHERE type='ci' ORDER BY mtime DESC, objid DESC LIMIT 1");
    }
    const current = this.#options.current ?? 0;
    if (current === 0) return undefined;
    switch (name) {
      case 'current':
        return current;
      case 'prev':
      case 'previous':
        return this.#rid('SELECT pid AS rid FROM plink WHERE cid=? AND isprim', current);
      case 'next':
        return this.#rid('SELECT cid AS rid FROM plink WHERE pid=? ORDER BY isprim DESC, mtime DESC LIMIT 1', current);
      default:
        return undefined;
    }
  }

  /** The newest not after a moment, which SQLite reads. @param modifier - by default as the setting `timeline-utc` says */
  #atMoment(moment: string, modifier = this.#fromLocal()): Rid | undefined {
    return this.#rid(
      `SELECT objid AS rid FROM event WHERE mtime<=julianday(?,?) AND type GLOB ?
        ORDER BY mtime DESC, objid DESC LIMIT 1`,
      moment,
      modifier,
      this.#type,
    );
  }

  /** The newest with a tag that is not after a date. A name of that form is nothing else. */
  #byTagAndDate(name: string): Rid | undefined {
    const colon = name.indexOf(':');
    if (colon < 0 || colon >= name.length - 8) return undefined;
    const date = name.slice(colon + 1).replace(/utc$/i, 'z');
    const compact = compactMoment(date);
    if (compact === undefined && !startsWithDate(date)) return undefined;
    return this.#rid(
      `SELECT objid AS rid FROM tag JOIN tagxref USING(tagid) JOIN event ON event.objid=tagxref.rid
        WHERE tagname='sym-'||? AND tagtype>0 AND event.mtime<=julianday(?,?) AND event.type GLOB ?
        ORDER BY event.mtime DESC, objid DESC LIMIT 1`,
      name.slice(0, colon),
      roundedUp(compact ?? date),
      this.#fromLocal(),
      this.#type,
    );
  }

  #byHash(name: string): Rid | undefined {
    const prefix = name.replace(/^\[/, '').replace(/\]$/, '').toLowerCase();
    if (!/^[0-9a-f]{4,64}$/.test(prefix)) return undefined;
    const rows = this.#repository.db
      .prepare(
        this.#type === '*'
          ? 'SELECT rid, uuid AS hash FROM blob WHERE uuid>=? AND uuid<? ORDER BY uuid LIMIT ?'
          : `SELECT rid, uuid AS hash FROM blob CROSS JOIN event ON objid=rid
              WHERE uuid>=? AND uuid<? AND event.type GLOB '${this.#type}' ORDER BY uuid LIMIT ?`,
      )
      .all<{ rid: Rid; hash: Hash }>(prefix, `${prefix}g`, LISTED_CANDIDATES + 1);
    if (rows.length > 1) throw this.#ambiguous(name, rows);
    return rows[0]?.rid;
  }

  #ambiguous(name: string, candidates: { rid: Rid; hash: Hash }[]): EngineError {
    const listed = candidates
      .slice(0, LISTED_CANDIDATES)
      .map(({ rid, hash }) => `${hash.slice(0, 16)} (${describeArtifact(this.#repository, rid).summary})`);
    const more = candidates.length > LISTED_CANDIDATES ? ', and more' : '';
    return new EngineError(
      'ambiguous-version',
      `"${name}" is the beginning of several names: ${listed.join(', ')}${more}. Give more digits.`,
    );
  }

  /** A branch or tag; for wiki pages, their title. */
  #byLabel(name: string): Rid | undefined {
    return this.#newestWithTag(this.#type === 'w' ? `wiki-${name}` : `sym-${name}`);
  }

  #byCompactDate(name: string): Rid | undefined {
    const moment = compactMoment(name);
    return moment === undefined ? undefined : this.#atMoment(roundedUp(moment));
  }

  #byRid(name: string): Rid | undefined {
    const digits = /^rid:(\d+)$/.exec(name)?.[1];
    if (digits === undefined) return undefined;
    return this.#type === '*'
      ? this.#rid('SELECT rid FROM blob WHERE rid=?', Number(digits))
      : this.#rid('SELECT objid AS rid FROM event WHERE objid=? AND type GLOB ?', Number(digits), this.#type);
  }

  #withoutPunctuation(name: string): Rid | undefined {
    const bare = TRAILING_PUNCTUATION.exec(name)?.[1];
    return bare === undefined || name.length < 5 || bare.length < 3 ? undefined : this.find(bare);
  }

  #newestWithTag(tag: string): Rid | undefined {
    const { db } = this.#repository;
    const tagid = db.prepare('SELECT tagid FROM tag WHERE tagname=?').get<{ tagid: number }>(tag)?.tagid;
    if (tagid === undefined) return undefined;
    return (
      this.#rid(
        `SELECT objid AS rid FROM (SELECT objid, type, mtime FROM event ORDER BY mtime DESC, objid DESC LIMIT ${RECENT_EVENTS})
          WHERE type GLOB ? AND EXISTS(SELECT 1 FROM tagxref WHERE tagid=? AND tagtype>0 AND rid=objid)
          ORDER BY mtime DESC, objid DESC LIMIT 1`,
        this.#type,
        tagid,
      ) ??
      this.#rid(
        `SELECT objid AS rid FROM tagxref JOIN event ON event.objid=tagxref.rid
          WHERE tagxref.tagid=? AND tagtype>0 AND event.type GLOB ? ORDER BY event.mtime DESC, objid DESC LIMIT 1`,
        tagid,
        this.#type,
      )
    );
  }

  #inBranchOf(name: string, walk: (rid: Rid) => Rid | undefined): Rid | undefined {
    const rid = name === '' ? undefined : this.find(name);
    return rid === undefined ? undefined : walk(rid);
  }

  /** Follows primary parents through the check-in's branch: to its first check-in, or to the one it left. The check-in itself where there is none. */
  #branchEnd(rid: Rid, end: 'first' | 'parent'): Rid {
    const found = this.#rid(
      `WITH RECURSIVE above(rid, isInside, distance) AS (
         SELECT pid, ${IS_ON_BRANCH}, 1 FROM plink WHERE cid=? AND isprim
         UNION ALL
         SELECT pid, ${IS_ON_BRANCH}, distance+1 FROM plink JOIN above ON cid=above.rid
          WHERE isprim AND isInside AND distance<100000
       ) SELECT rid FROM above WHERE isInside>=? ORDER BY distance DESC LIMIT 1`,
      this.#branchOf(rid),
      rid,
      this.#branchOf(rid),
      end === 'first' ? 1 : 0,
    );
    return found ?? rid;
  }

  /** The youngest ancestor, along all parents, on the branch that the check-in's branch left. */
  #lastMergeIn(rid: Rid): Rid | undefined {
    return this.#rid(
      `WITH RECURSIVE above(rid, mtime) AS (
         SELECT objid, mtime FROM event WHERE objid=?
         UNION
         SELECT plink.pid, event.mtime FROM above JOIN plink ON plink.cid=above.rid JOIN event ON event.objid=plink.pid
          ORDER BY mtime DESC
       ) SELECT above.rid FROM above
          WHERE EXISTS(SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=above.rid AND value=? AND tagtype>0) LIMIT 1`,
      rid,
      this.#branchOf(this.#branchEnd(rid, 'parent')),
    );
  }

  #branchOf(rid: Rid): string {
    return (
      this.#repository.db
        .prepare(`SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=? AND tagtype>0`)
        .get<{ value: string | null }>(rid)?.value ?? 'trunk'
    );
  }

  /** Dates are UTC unless the user has Fossil show local times. */
  #fromLocal(): string {
    return settingFlag(this.#repository, 'timeline-utc', true) ? '+0 seconds' : 'utc';
  }

  #rid(sql: string, ...parameters: (string | number)[]): Rid | undefined {
    return this.#repository.db.prepare(sql).get<{ rid: Rid }>(...parameters)?.rid;
  }
}

const IS_ON_BRANCH = `EXISTS(SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND tagtype>0 AND value=? AND rid=plink.pid)`;
