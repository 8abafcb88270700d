import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';
import { type Compression, compressAll } from '../repository/compress';
import { hasTable, REPLACE } from '../repository/consistency';
import { type Rebuild, rebuild } from '../repository/rebuild';
import { AUX_SCHEMA } from '../repository/schema';
import type { Repository } from '../repository/repository';
import { timeLeft } from '../time-left';
import type { Interaction } from './interaction';
import { userOfEnvironment } from './committer';
import { writeRepository } from './with-checkout';

export interface RebuildRequest {
  /** The repository file. */
  path: string;
  user?: string;
  /** Leave damaged artifacts out instead of giving up. */
  force?: boolean;
  withClusters?: boolean;
  /** Do nothing where the tables have the form of this version already. */
  ifNeeded?: boolean;
  /** Look for more deltas: after rebuilding, or without. */
  compress?: 'also' | 'only';
  /** Have SQLite gather its statistics. */
  analyze?: boolean;
  /** Have SQLite forget its statistics. */
  deanalyze?: boolean;
  /** Bytes of a page, a power of two from 512 to 65536: the file is written anew with it. */
  pageSize?: number;
  /** Write the file anew, without gaps. */
  vacuum?: boolean;
  /** Have SQLite keep a write-ahead log from now on. */
  wal?: boolean;
}

export interface RebuildOutcome {
  /** Absent when only compression was asked for, or nothing was needed. */
  rebuild?: Rebuild;
  compression?: Compression;
  /** Sentences for the user: what was asked for and could not be done. */
  warnings: string[];
}

/** Shares of the bar. */
const VERIFY_SHARE = 0.6;

/**
 * Makes the derived tables of a repository anew from its artifacts (`fossil rebuild`): all or nothing.
 * @throws EngineError as {@link rebuild} does
 */
export function rebuildRepository(
  environment: Environment,
  request: RebuildRequest,
  interaction: Interaction,
): Promise<RebuildOutcome> {
  return writeRepository(environment, request.path, interaction, async (repository) => {
    const outcome: RebuildOutcome = { warnings: [] };
    if (request.ifNeeded === true && repository.config.get('aux-schema') === AUX_SCHEMA) return outcome;
    requireGuards(repository);
    if (request.compress !== 'only') outcome.rebuild = await rebuildTables(repository, request, interaction);
    if (request.compress !== undefined) outcome.compression = repository.transaction(() => compressAll(repository));
    if (request.deanalyze === true) forgetStatistics(repository);
    if (request.analyze === true) repository.db.exec('ANALYZE');
    if (request.pageSize !== undefined) repository.db.exec(`PRAGMA page_size=${request.pageSize}`);
    if (request.vacuum === true || request.pageSize !== undefined) repository.db.exec('VACUUM');
    if (request.wal === true) outcome.warnings.push(...keepLog(repository));
    return outcome;
  });
}

function forgetStatistics({ db }: Repository): void {
  for (const table of ['sqlite_stat1', 'sqlite_stat3', 'sqlite_stat4']) db.exec(`DROP TABLE IF EXISTS ${table}`);
}

/** @returns sentences for the user: why it could not be done */
function keepLog({ db, environment }: Repository): string[] {
  // What the portable driver writes has no log, whatever its SQLite says.
  if (environment.sqlite.name === 'native') {
    const mode = db.prepare('PRAGMA main.journal_mode=WAL').get<{ journal_mode: string }>()?.journal_mode;
    if (mode === 'wal') return [];
  }
  return ['There is no write-ahead log now: it takes the native driver, and a file that nobody else uses.'];
}

/**
 * What stood in these no artifact tells, and empty they would give away what is private and take in again what was shunned. Fossil's
 * rebuild fails without them, too.
 */
function requireGuards(repository: Repository): void {
  const missing = ['private', 'shun'].find((table) => !hasTable(repository.db, table));
  if (missing === undefined) return;
  throw new EngineError(
    'content-corrupt',
    `Nothing was rebuilt: ${repository.path} has lost its table "${missing}", and no artifact tells what stood in it. ${REPLACE}.`,
  );
}

function rebuildTables(repository: Repository, request: RebuildRequest, interaction: Interaction): Promise<Rebuild> {
  const { clock, variables } = repository.environment;
  const started = clock.now();
  const artifacts = repository.blobs.count();
  return rebuild(repository, {
    user: request.user ?? userOfEnvironment(variables) ?? 'root',
    withClusters: request.withClusters ?? false,
    ignoreDamage: request.force ?? false,
    ...(interaction.signal === undefined ? {} : { signal: interaction.signal }),
    onProgress: ({ phase, done, total }) => {
      const share = total === 0 ? 1 : done / total;
      const [begin, length] = phase === 'verify' ? [0, VERIFY_SHARE] : [VERIFY_SHARE, 1 - VERIFY_SHARE];
      const fraction = Math.min(0.99, begin + share * length);
      interaction.onProgress?.({
        phase,
        fraction,
        artifacts: phase === 'verify' ? { done, total } : { done: artifacts, total: artifacts },
        bytes: { done: 0 },
        roundTrips: 0,
        rate: 0,
        ...timeLeft(clock.now() - started, fraction),
      });
    },
  });
}
