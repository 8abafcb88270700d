import type { Checkin } from '../artifact/types';
import { hasCode } from '../errors';
import type { Hash } from '../identifiers';
import type { Environment } from '../platform/environment';
import { referencesOf } from '../repository/artifact-references';
import { CONSISTENCY_CHECKS, hasTable, REPLACE } from '../repository/consistency';
import type { Finding } from '../repository/finding';
import { unpackCheckin } from '../repository/packed-checkins';
import { Repository } from '../repository/repository';
import { verifyArtifacts, type VerifyTotals, type WrongArtifact } from '../repository/verify';
import { CheckinClaims } from '../repository/verify-tables';
import type { OtherArtifact } from '../repository/verify-task';
import { timeLeft } from '../time-left';
import { countOf } from './describe';
import type { Interaction } from './interaction';

/** What SQLite's check reports at most. */
const INTEGRITY_LINES = 20;

export interface VerifyOutcome {
  /** Artifacts that have been read and hashed. */
  artifacts: number;
  /** Bytes of these artifacts in full. */
  logicalBytes: number;
  /** Artifacts known by name only: no fault, a sync may bring them. */
  phantoms: Hash[];
  /** All that is wrong; empty when all is well. */
  findings: Finding[];
  /** Somebody wrote while it was looked at: what came then has not been looked at, and what is wrong may be so no more. */
  isChanged: boolean;
}

/** How often what is found wrong is looked for again, when somebody writes meanwhile. */
const ATTEMPTS = 3;

/**
 * Hashes every artifact, follows every delta, checks that the tables agree with each other, and runs SQLite's own check. Changes nothing, and
 * locks nobody out for long: contents are read bit by bit. What was found wrong while somebody wrote is looked for again.
 * @throws EngineError `not-a-repository`, `file-missing`, `cancelled`
 */
export async function verifyRepository(
  environment: Environment,
  path: string,
  interaction: Interaction,
): Promise<VerifyOutcome> {
  let repository: Repository;
  try {
    repository = Repository.open(environment, path, { mode: 'read' });
  } catch (error) {
    if (!hasCode(error, 'content-corrupt')) throw error;
    const findings = [damagedFile('SQLite cannot read it')];
    return { artifacts: 0, logicalBytes: 0, phantoms: [], findings, isChanged: false };
  }
  try {
    for (let attempt = 1; ; attempt++) {
      const outcome = await verifyOpened(repository, interaction);
      if (outcome.findings.length === 0 || !outcome.isChanged || attempt === ATTEMPTS) return outcome;
    }
  } finally {
    repository.close();
  }
}

async function verifyOpened(repository: Repository, interaction: Interaction): Promise<VerifyOutcome> {
  const { version } = repository;
  const findings: Finding[] = [...(await fileSizeFindings(repository)), ...integrityFindings(repository)];
  repository.snapshot(() => {
    for (const check of CONSISTENCY_CHECKS) findings.push(...unlessDamaged(() => check(repository), findings));
  });
  const named = new Set<Hash>();
  const claims = new CheckinClaims();
  let totals: VerifyTotals = { artifacts: 0, logicalBytes: 0 };
  try {
    totals = await verifyContents(repository, interaction, findings, named, claims);
  } catch (error) {
    if (!hasCode(error, 'content-corrupt')) throw error;
    if (findings.length === 0) findings.push(damagedFile(error.message));
  }
  return repository.snapshot(() => {
    const isChanged = repository.version !== version;
    // Where somebody has written meanwhile, the numbers may differ.
    if (findings.length === 0 && !isChanged)
      findings.push(...unreadArtifacts(repository.blobs.count() - totals.artifacts));
    findings.push(...unlessDamaged(() => unknownReferences(repository, named), findings));
    if (!isChanged) findings.push(...unlessDamaged(() => claims.findings(repository), findings));
    return { ...totals, phantoms: unlessDamaged(() => phantomNames(repository), findings), findings, isChanged };
  });
}

async function verifyContents(
  repository: Repository,
  interaction: Interaction,
  findings: Finding[],
  named: Set<Hash>,
  claims: CheckinClaims,
): Promise<VerifyTotals> {
  const { clock } = repository.environment;
  const total = repository.blobs.count();
  const started = clock.now();
  const note = (artifact: Checkin | OtherArtifact): void => {
    for (const hash of referencesOf(artifact)) named.add(hash);
  };
  return verifyArtifacts(repository, {
    ...(interaction.signal === undefined ? {} : { signal: interaction.signal }),
    onWrong: (artifact) => findings.push(wrongArtifact(artifact)),
    onSize: (rid, size, told) => {
      if (told !== size) findings.push(wrongSize(repository.blobs.hash(rid), told, size));
    },
    onCheckins: (packed, rids) => {
      packed.items.forEach((item, index) => {
        const checkin = unpackCheckin(packed, index);
        note(checkin);
        const rid = rids[item];
        if (rid !== undefined) claims.note(rid, checkin);
      });
    },
    onOther: (_, artifact) => note(artifact),
    onVerified: (done) => {
      const fraction = Math.min(0.99, done / Math.max(1, total));
      interaction.onProgress?.({
        phase: 'verify',
        fraction,
        artifacts: { done, total },
        bytes: { done: 0 },
        roundTrips: 0,
        rate: 0,
        ...timeLeft(clock.now() - started, fraction),
      });
    },
  });
}

/** What no chain of deltas leads to has a finding of its own; this one is for what no check foresaw. */
function unreadArtifacts(count: number): Finding[] {
  if (count === 0) return [];
  const problem = `${countOf(count, 'artifact')} could not be read, for a reason that is not known.`;
  return [{ kind: 'content-corrupt', problem, advice: `${REPLACE}.` }];
}

function wrongArtifact({ hash, code }: WrongArtifact): Finding {
  const isWrongContent = code === 'hash-mismatch';
  return {
    kind: code,
    artifact: hash,
    problem: isWrongContent
      ? `The content of artifact ${hash} does not match its name.`
      : `Artifact ${hash} is damaged and cannot be read.`,
    advice: `${REPLACE}.`,
  };
}

function wrongSize(hash: Hash, stored: number, actual: number): Finding {
  return {
    kind: 'size-wrong',
    artifact: hash,
    table: 'blob',
    problem: `Artifact ${hash} has ${actual} bytes, but the repository says ${stored}.`,
    advice: 'Run "trilobite rebuild".',
  };
}

/** SQLite keeps the number of pages in the file's header; what stands behind them is not its own. */
async function fileSizeFindings({ db, environment, path }: Repository): Promise<Finding[]> {
  const mode = db.prepare('PRAGMA main.journal_mode').get<{ journal_mode: string }>()?.journal_mode;
  const pages = db.prepare('PRAGMA main.page_count').get<{ page_count: number }>()?.page_count ?? 0;
  const pageSize = db.prepare('PRAGMA main.page_size').get<{ page_size: number }>()?.page_size ?? 0;
  const size = (await environment.fs.status(path))?.size;
  const expected = pages * pageSize;
  if (size === undefined || size === expected || mode === 'wal') return [];
  const difference = Math.abs(size - expected);
  return [
    damagedFile(size > expected ? `${difference} foreign bytes follow its end` : `it is ${difference} bytes short`),
  ];
}

function integrityFindings(repository: Repository): Finding[] {
  try {
    return repository.db
      .prepare(`PRAGMA main.integrity_check(${INTEGRITY_LINES})`)
      .all<{ integrity_check: string }>()
      .map((row) => row.integrity_check)
      .filter((line) => line !== 'ok')
      .map((line) => damagedFile(`SQLite says: ${line}`));
  } catch (error) {
    if (!hasCode(error, 'content-corrupt')) throw error;
    return [damagedFile('SQLite cannot read it')];
  }
}

/** Structural artifacts leave a phantom behind for every name that is new to the repository. */
function unknownReferences(repository: Repository, named: ReadonlySet<Hash>): Finding[] {
  const { blobs, db } = repository;
  if (!hasTable(db, 'shun')) return [];
  const unknown = new Set(named);
  for (const { uuid } of db.prepare('SELECT uuid FROM blob').iterate<{ uuid: Hash }>()) unknown.delete(uuid);
  return [...unknown]
    .filter((hash) => !blobs.isShunned(hash))
    .map((hash) => ({
      kind: 'unknown-reference',
      artifact: hash,
      problem: `Artifact ${hash} is referred to, but the repository does not list it as missing: no sync asks for it.`,
      advice: 'Run "trilobite rebuild", then sync.',
    }));
}

function phantomNames(repository: Repository): Hash[] {
  return repository.db
    .prepare('SELECT uuid FROM blob WHERE size<0 ORDER BY uuid')
    .all<{ uuid: Hash }>()
    .map((row) => row.uuid);
}

/** In a damaged file a check may find a table unreadable; that is the damage already reported. */
function unlessDamaged<T>(check: () => T[], findings: Finding[]): T[] {
  try {
    return check();
  } catch (error) {
    if (!hasCode(error, 'content-corrupt', 'artifact-missing')) throw error;
    if (findings.length === 0) findings.push(damagedFile(error.message));
    return [];
  }
}

function damagedFile(why: string): Finding {
  return {
    kind: 'file-damaged',
    problem: `The repository file is damaged: ${why}.`,
    advice: 'Restore a backup, or clone again; "trilobite rebuild" cannot repair this.',
  };
}
