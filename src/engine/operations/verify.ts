import type { Environment } from '../platform/environment';
import { Repository } from '../repository/repository';
import { verifyArtifacts } from '../repository/verify';
import type { Interaction } from './interaction';

export interface VerifyOutcome {
  artifacts: number;
  /** Bytes of all full artifacts. */
  logicalBytes: number;
  /** Artifacts known by name only. */
  phantoms: number;
  /** Sentences, one per thing that is wrong; empty when all is well. */
  problems: string[];
}

/** Hashes every artifact and runs SQLite's own check; changes nothing. */
export async function verifyRepository(
  environment: Environment,
  path: string,
  interaction: Interaction,
): Promise<VerifyOutcome> {
  const repository = Repository.open(environment, path, { mode: 'read' });
  try {
    const problems = integrityProblems(repository);
    const total = repository.blobs.count();
    const started = environment.clock.now();
    const totals = await verifyArtifacts(repository, {
      ...(interaction.signal === undefined ? {} : { signal: interaction.signal }),
      onWrong: ({ hash, code }) =>
        problems.push(
          code === 'hash-mismatch'
            ? `Artifact ${hash} does not match its name.`
            : `Artifact ${hash} is damaged and cannot be read.`,
        ),
      onVerified: (done) =>
        interaction.onProgress?.({
          phase: 'verify',
          fraction: Math.min(0.99, done / Math.max(1, total)),
          artifacts: { done, total },
          bytes: { done: 0 },
          roundTrips: 0,
          rate: (1000 * done) / Math.max(1, environment.clock.now() - started),
        }),
    });
    if (totals.artifacts < total) {
      problems.push(`${total - totals.artifacts} artifacts are deltas of something that is missing or of each other.`);
    }
    const phantoms = repository.db.prepare('SELECT count(*) AS n FROM phantom').get<{ n: number }>()?.n ?? 0;
    return { ...totals, phantoms, problems };
  } finally {
    repository.close();
  }
}

function integrityProblems(repository: Repository): string[] {
  return repository.db
    .prepare('PRAGMA main.integrity_check(20)')
    .all<{ integrity_check: string }>()
    .map((row) => row.integrity_check)
    .filter((line) => line !== 'ok')
    .map((line) => `SQLite finds the file damaged: ${line}.`);
}
