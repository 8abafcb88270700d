import { EngineError, hasCode } from '../errors';
import type { Environment } from '../platform/environment';
import type { FileStatus } from '../platform/file-system';
import { Repository } from '../repository/repository';
import type { OpenedFile } from '../transport/file';
import type { ConnectionContext } from '../xfer/transport';
import { repositoryHandlers } from './serve';

/**
 * Opens a repository file that another one syncs with. Where it may not be written it is served to read only.
 * @throws EngineError `file-missing`, `not-a-repository`; `usage` for the repository itself, which must not be opened twice in one process
 * (on POSIX the second close would drop the locks of the first)
 */
export async function openRepositoryFile(
  environment: Environment,
  path: string,
  context: ConnectionContext | undefined,
): Promise<OpenedFile> {
  const own = context?.repositoryPath;
  if (own !== undefined && (await isSameFile(environment, own, path)))
    throw new EngineError('usage', `${path} is this repository itself. Give the file of another one.`);
  const { repository, isReadOnly } = await openAsAllowed(environment, path, context);
  return {
    handlers: repositoryHandlers(repository, { isLocalAdmin: true, isReadOnly }),
    close: () => repository.close(),
  };
}

async function openAsAllowed(
  environment: Environment,
  path: string,
  context: ConnectionContext | undefined,
): Promise<{ repository: Repository; isReadOnly: boolean }> {
  try {
    return { repository: Repository.open(environment, path), isReadOnly: false };
  } catch (error) {
    if (!hasCode(error, 'portable-writes-refused', 'repository-read-only')) throw error;
    const mayAsk = hasCode(error, 'portable-writes-refused') && context?.sends === true;
    if (mayAsk && (await context.allowPortableWrites(path))) {
      return { repository: Repository.open(environment, path, { allowPortableWrites: true }), isReadOnly: false };
    }
    return { repository: Repository.open(environment, path, { mode: 'read' }), isReadOnly: true };
  }
}

/** By links too, symbolic and hard. */
async function isSameFile({ fs }: Environment, one: string, other: string): Promise<boolean> {
  if ((await fs.realPath(one)) === (await fs.realPath(other))) return true;
  const [first, second] = await Promise.all([fs.status(one), fs.status(other)]);
  return first !== undefined && second !== undefined && isSame(first, second);
}

function isSame(one: FileStatus, other: FileStatus): boolean {
  return (
    one.identity !== undefined &&
    one.identity === other.identity &&
    one.size === other.size &&
    one.mtimeMs === other.mtimeMs
  );
}
