import type { Environment } from '../platform/environment';
import { type Compression, compressAll } from '../repository/compress';
import { type Rebuild, rebuild } from '../repository/rebuild';
import type { Repository } from '../repository/repository';
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
  /** Look for more deltas: after rebuilding, or without. */
  compress?: 'also' | 'only';
  /** Have SQLite gather its statistics. */
  analyze?: boolean;
  /** Bytes of a page, a power of two from 512 to 65536: the file is written anew with it. */
  pageSize?: number;
  /** Write the file anew, without gaps. */
  vacuum?: boolean;
}

export interface RebuildOutcome {
  /** Absent when only compression was asked for. */
  rebuild?: Rebuild;
  compression?: Compression;
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
    const outcome: RebuildOutcome = {};
    if (request.compress !== 'only') outcome.rebuild = await rebuildTables(repository, request, interaction);
    if (request.compress !== undefined) outcome.compression = repository.transaction(() => compressAll(repository));
    if (request.analyze === true) repository.db.exec('ANALYZE');
    if (request.pageSize !== undefined) repository.db.exec(`PRAGMA page_size=${request.pageSize}`);
    if (request.vacuum === true || request.pageSize !== undefined) repository.db.exec('VACUUM');
    return outcome;
  });
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
      const fraction = phase === 'verify' ? share * VERIFY_SHARE : VERIFY_SHARE + share * (1 - VERIFY_SHARE);
      interaction.onProgress?.({
        phase,
        fraction: Math.min(0.99, fraction),
        artifacts: phase === 'verify' ? { done, total } : { done: artifacts, total: artifacts },
        bytes: { done: 0 },
        roundTrips: 0,
        rate: (1000 * done) / Math.max(1, clock.now() - started),
      });
    },
  });
}
