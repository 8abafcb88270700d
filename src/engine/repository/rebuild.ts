import type { Artifact } from '../artifact/types';
import { EngineError, throwIfCancelled } from '../errors';
import type { Rid } from '../identifiers';
import { quoteName } from '../platform/sql-text';
import { BulkCrosslink } from './bulk-crosslink';
import { createClusters } from './create-clusters';
import { RebuildFacts } from './rebuild-facts';
import type { Repository } from './repository';
import { correctSizes, type RepositoryFacts } from './repository-facts';
import { AUX_SCHEMA, CONTENT_SCHEMA, DERIVED_SCHEMA } from './schema';
import { removeShunned } from './shun';
import { FIXED_TAGS } from './tag-ids';
import { defineTicketTables } from './ticket-tables';
import { tagMainBranch } from './main-branch';
import type { WrongArtifact } from './verify';

export interface RebuildOptions {
  signal?: AbortSignal;
  onProgress?: (progress: { phase: 'verify' | 'crosslink'; done: number; total: number }) => void;
  /** Who tags the first check-in, where no tag names the main branch yet. */
  user: string;
  /** Gather artifacts that no cluster names into clusters. */
  withClusters?: boolean;
  /** Removes artifacts in the same transaction. @returns how many */
  remove?: () => number;
  /** Leave artifacts that are damaged out, instead of giving up. */
  ignoreDamage?: boolean;
}

export interface Rebuild {
  artifacts: number;
  /** Bytes of all full artifacts. */
  logicalBytes: number;
  /** How many structural artifacts of each type there are. */
  types: Partial<Record<Artifact['type'], number>>;
  /** Artifacts that were removed: shunned ones, and what the caller chose. */
  removed: number;
  clusters: number;
  /** What was damaged and left out. */
  wrong: WrongArtifact[];
  /** Sentences for the user: what of the project's definitions was not followed. */
  warnings: string[];
}

/** Whoever listens hears of so many steps at once. */
const REPORTED_STEPS = 100;

/** Tables that a rebuild keeps (fossil.md 5.6); besides them what SQLite and a project's own extensions have. */
const PERMANENT = new Set([
  ...['admin_log', 'blob', 'delta', 'rcvfrom', 'user', 'alias', 'config', 'shun', 'private', 'reportfmt', 'concealed'],
  ...['accesslog', 'modreq', 'purgeevent', 'purgeitem', 'unversioned', 'subscriber', 'pending_alert', 'chat'],
]);
/** The search index is by rid, and no rid changes: it stays good as long as nothing is removed. */
const KEPT = /^(?:sqlite_|fx_|fts)/;

/**
 * Makes all derived tables anew from the artifacts (fossil.md 5.6, Rebuild algorithm). Reading, in workers, locks nobody out; then one
 * transaction reads what others wrote meanwhile and replaces the tables, so whoever kills it finds the old ones. It holds the lock for as
 * long as that takes, as Fossil's.
 *
 * @throws EngineError `cancelled`; `hash-mismatch` or `content-corrupt` for a damaged artifact
 */
export async function rebuild(repository: Repository, options: RebuildOptions): Promise<Rebuild> {
  const total = repository.blobs.count();
  const onWrong = (artifact: WrongArtifact): void => {
    if (options.ignoreDamage !== true) throw damaged(artifact);
  };
  const current = await new RebuildFacts(repository, onWrong).read({
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onVerified: (done) => options.onProgress?.({ phase: 'verify', done, total }),
  });
  throwIfCancelled(options.signal);
  return repository.transaction(() => {
    const { facts, wrong } = current();
    return { ...deriveAll(repository, facts, options), wrong };
  });
}

function deriveAll(repository: Repository, facts: RepositoryFacts, options: RebuildOptions): Omit<Rebuild, 'wrong'> {
  const { db } = repository;
  dropDerived(repository);
  db.exec(DERIVED_SCHEMA);
  repository.checkins.forgetAll();
  repository.controls.forgetAll();
  const warnings = defineTicketTables(repository);
  const removed = removeShunned(repository) + (options.remove?.() ?? 0);
  if (removed > 0) warnings.push(...dropSearchIndex(repository));
  correctSizes(repository, facts);
  db.exec(
    `INSERT INTO unclustered SELECT rid FROM blob EXCEPT SELECT rid FROM private;
     INSERT OR IGNORE INTO phantom SELECT rid FROM blob WHERE size<0;
     DELETE FROM config WHERE name IN ('remote-code', 'remote-maxid')`,
  );
  const seconds = Math.floor(repository.environment.clock.now() / 1000);
  db.prepare('UPDATE user SET mtime=? WHERE mtime IS NULL').run(seconds);
  if (removed > 0) leaveRemovedOut(repository, facts);
  const types = countTypes(facts);
  const crosslink = new BulkCrosslink(repository, facts);
  for (let done = 1; done <= crosslink.steps; done++) {
    crosslink.step();
    if (done % REPORTED_STEPS === 0) options.onProgress?.({ phase: 'crosslink', done, total: crosslink.steps });
  }
  tagMainBranch(repository, options.user);
  const clusters = options.withClusters === true ? createClusters(repository) : 0;
  derivePrivate(repository);
  repository.config.set('content-schema', CONTENT_SCHEMA);
  repository.config.set('aux-schema', AUX_SCHEMA);
  repository.config.set('rebuilt', 'Trilobite');
  const { artifacts, logicalBytes } = facts;
  return { artifacts, logicalBytes, types, removed, clusters, warnings };
}

function countTypes({ checkins, others }: RepositoryFacts): Rebuild['types'] {
  const types: Rebuild['types'] = checkins.count === 0 ? {} : { checkin: checkins.count };
  for (const { type } of others.values()) types[type] = (types[type] ?? 0) + 1;
  return types;
}

function dropDerived({ db }: Repository): void {
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name")
    .all<{ name: string }>()
    .map((row) => row.name);
  for (const name of tables) {
    if (!PERMANENT.has(name) && !KEPT.test(name)) db.exec(`DROP TABLE ${quoteName(name)}`);
  }
}

/** It holds words of what was removed. */
function dropSearchIndex({ db }: Repository): string[] {
  try {
    for (const name of ['ftsidx', 'ftsdocs']) db.exec(`DROP TABLE IF EXISTS ${name}`);
    return [];
  } catch {
    return [
      'The search index could not be dropped and still holds words of what was removed. Run "fossil fts-config reindex".',
    ];
  }
}

function leaveRemovedOut(repository: Repository, facts: RepositoryFacts): void {
  const { checkins, others } = facts;
  const present = new Set(
    repository.db
      .prepare('SELECT rid FROM blob')
      .all<{ rid: Rid }>()
      .map((row) => row.rid),
  );
  facts.names = undefined;
  for (const rid of checkins.rids()) if (!present.has(rid)) checkins.delete(rid);
  for (const rid of others.keys()) if (!present.has(rid)) others.delete(rid);
}

/** Private are the check-ins that are tagged so, and the files that only they have. Nothing public may be stored as a delta of them. */
function derivePrivate({ db, blobs }: Repository): void {
  const tagged = `SELECT rid FROM tagxref WHERE tagid=${FIXED_TAGS.private} AND tagtype>0`;
  db.exec(
    `INSERT OR IGNORE INTO private SELECT fid FROM mlink EXCEPT SELECT fid FROM mlink WHERE mid NOT IN (${tagged});
     INSERT OR IGNORE INTO private ${tagged}`,
  );
  const exposed = db
    .prepare('SELECT rid FROM delta WHERE srcid IN (SELECT rid FROM private) AND rid NOT IN (SELECT rid FROM private)')
    .all<{ rid: Rid }>();
  for (const { rid } of exposed) if (blobs.isReadable(rid)) blobs.expand(rid);
}

function damaged({ hash, code }: WrongArtifact): EngineError {
  return new EngineError(
    code,
    `Nothing was rebuilt: artifact ${hash} is damaged. "verify" lists all that is wrong; clone again or restore a backup, or rebuild with --force to leave out what is damaged.`,
  );
}
