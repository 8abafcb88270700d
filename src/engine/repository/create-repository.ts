import { formatArtifact } from '../artifact/format';
import { hexOf } from '../codec/hex';
import type { Environment } from '../platform/environment';
import { CrosslinkSession } from './crosslink-session';
import { createDefaultReport } from './default-report';
import { Repository } from './repository';
import { AUX_SCHEMA, CONTENT_SCHEMA, DERIVED_SCHEMA, PERMANENT_SCHEMA, REPOSITORY_APPLICATION_ID } from './schema';
import { createDefaultUsers } from './users';

export interface CreateOptions {
  /** Login of the administrator; gets capability `s`. */
  adminUser: string;
  projectName?: string;
  /** Writes Fossil's first, empty check-in. Default true; a clone passes false. */
  withInitialCheckin?: boolean;
  /** 40 hexadecimal digits; by default random. `null` writes none: a clone learns it from the server. */
  projectCode?: string | null;
  isPrivate?: boolean;
}

/** MD5 of nothing: the R-card of a check-in without files. */
const EMPTY_CHECKSUM = 'd41d8cd98f00b204e9800998ecf8427e';

/**
 * Makes a repository file as `fossil new` does, durable when this returns.
 * @throws EngineError `repository-exists` when the path is taken
 */
export function createRepository(environment: Environment, path: string, options: CreateOptions): Repository {
  const db = environment.sqlite.open(path, {
    mode: 'create',
    ...(options.isPrivate === undefined ? {} : { isPrivate: options.isPrivate }),
  });
  try {
    db.exec(`PRAGMA application_id=${REPOSITORY_APPLICATION_ID}`);
    db.transaction(() => {
      db.exec(PERMANENT_SCHEMA);
      db.exec(DERIVED_SCHEMA);
    });
    const repository = new Repository(environment, db);
    repository.transaction(() => {
      writeConfig(repository, options);
      createDefaultUsers(repository, options.adminUser);
      createDefaultReport(repository);
      if (options.withInitialCheckin ?? true) writeInitialCheckin(repository, options.adminUser);
    });
    return repository;
  } catch (error) {
    db.close();
    throw error;
  }
}

function writeConfig(repository: Repository, options: CreateOptions): void {
  const { config, environment } = repository;
  const random = (): string => hexOf(environment.random.bytes(20));
  config.set('content-schema', CONTENT_SCHEMA);
  config.set('aux-schema', AUX_SCHEMA);
  config.set('hash-policy', '2');
  config.set('rebuilt', 'Trilobite');
  config.set('server-code', random());
  if (options.projectCode !== null) config.set('project-code', options.projectCode ?? random());
  if (options.projectName !== undefined) config.set('project-name', options.projectName);
}

function writeInitialCheckin(repository: Repository, user: string): void {
  const { environment, blobs } = repository;
  const manifest = formatArtifact(
    {
      type: 'checkin',
      comment: 'initial empty check-in',
      date: environment.clock.now(),
      files: [],
      parents: [],
      cherrypicks: [],
      filesChecksum: EMPTY_CHECKSUM,
      tags: [
        { sign: '*', name: 'branch', target: '*', value: 'trunk' },
        { sign: '*', name: 'sym-trunk', target: '*' },
      ],
      user,
    },
    environment.hash,
  );
  repository.receivedFrom({ userId: 1 });
  const { rid } = blobs.put(manifest);
  const session = new CrosslinkSession(repository, { isBulk: false });
  session.crosslink(rid, manifest);
  session.end();
}
