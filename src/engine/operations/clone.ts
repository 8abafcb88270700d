import { EngineError, throwIfCancelled } from '../errors';
import type { Environment } from '../platform/environment';
import { createRepository } from '../repository/create-repository';
import type { Repository } from '../repository/repository';
import { cloneInto, type CloneStatistics } from '../xfer/client';
import { parseRemote, type Remote } from '../xfer/remote';
import type { Transport } from '../xfer/transport';
import { userOfEnvironment } from './committer';
import { countOf, describeBytes } from './describe';
import { type Interaction, observationOf } from './interaction';
import { rememberRemote } from './remembered-remote';
import { withCredentials } from './with-credentials';

export interface CloneRequest {
  url: string;
  /** Repository file to make. */
  path: string;
  user?: string;
  password?: string;
  /** Keep the password in the repository, obscured as Fossil does; the editor keeps it elsewhere. */
  rememberPassword?: boolean;
}

export interface CloneResult {
  path: string;
  projectName: string | undefined;
  artifacts: number;
  bytesReceived: number;
  roundTrips: number;
  /** Artifacts that the server announced but never sent. */
  unresolved: string[];
  /** In words. */
  summary: string;
}

/**
 * Clones a server's repository: grows `path.trilobite-partial`, verifies it, renames it to `path`.
 * @throws EngineError; neither `path` nor the partial file is left then
 */
export async function cloneRepository(
  environment: Environment,
  transport: Transport,
  request: CloneRequest,
  interaction: Interaction,
): Promise<CloneResult> {
  const remote = remoteOf(request);
  if ((await environment.fs.status(request.path)) !== undefined) throw taken(request.path);
  const partial = `${request.path}.trilobite-partial`;
  await removePartial(environment, partial);
  try {
    const result = await withCredentials(remote, interaction, (current) =>
      cloneOnce(environment, transport, current, partial, request, interaction),
    );
    throwIfCancelled(interaction.signal);
    await environment.fs.rename(partial, request.path);
    return describe(request.path, result.result);
  } catch (error) {
    await removePartial(environment, partial);
    throw error;
  }
}

/** One try with one set of credentials, into a fresh partial file that is closed when this returns. */
async function cloneOnce(
  environment: Environment,
  transport: Transport,
  remote: Remote,
  partial: string,
  request: CloneRequest,
  interaction: Interaction,
): Promise<{ statistics: CloneStatistics; projectName: string | undefined; artifacts: number }> {
  await removePartial(environment, partial);
  const repository = createRepository(environment, partial, {
    adminUser: remote.user ?? userOfEnvironment(environment.variables) ?? 'root',
    projectCode: null,
    withInitialCheckin: false,
    isPrivate: true,
  });
  try {
    const statistics = await cloneInto(repository, transport, remote, observationOf(interaction));
    repository.transaction(() =>
      rememberRemote(repository, remote, { withPassword: request.rememberPassword ?? false }),
    );
    repository.db.persist();
    return { statistics, projectName: projectNameOf(repository), artifacts: repository.blobs.count() };
  } finally {
    repository.close();
  }
}

function remoteOf(request: CloneRequest): Remote {
  return {
    ...parseRemote(request.url),
    ...(request.user === undefined ? {} : { user: request.user }),
    ...(request.password === undefined ? {} : { password: request.password }),
  };
}

function projectNameOf(repository: Repository): string | undefined {
  return repository.config.get('project-name');
}

function describe(
  path: string,
  clone: { statistics: CloneStatistics; projectName: string | undefined; artifacts: number },
): CloneResult {
  const { bytesReceived, roundTrips, unresolved } = clone.statistics;
  const missing =
    unresolved.length === 0
      ? ''
      : ` ${countOf(unresolved.length, 'artifact')} could not be completed because the server lacks what they build on: ${unresolved.join(', ')}.`;
  return {
    path,
    projectName: clone.projectName,
    artifacts: clone.artifacts,
    bytesReceived,
    roundTrips,
    unresolved,
    summary: `Cloned ${countOf(clone.artifacts, 'artifact')}, every one verified: ${describeBytes(bytesReceived)} in ${countOf(roundTrips, 'round trip')}.${missing}`,
  };
}

async function removePartial(environment: Environment, partial: string): Promise<void> {
  for (const suffix of ['', '-journal', '-wal', '-shm']) await environment.fs.remove(partial + suffix);
}

function taken(path: string): EngineError {
  return new EngineError('repository-exists', `${path} exists already. Choose another name for the clone.`);
}
