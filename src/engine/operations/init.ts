import type { Environment } from '../platform/environment';
import { createRepository } from '../repository/create-repository';
import { findUser } from '../repository/users';
import { userOfEnvironment } from './committer';
import { requireFree } from './free-path';
import { withPartialFile } from './partial-file';

export interface InitRequest {
  /** Repository file to make. */
  path: string;
  /** The administrator; by default whoever the environment names. */
  user?: string;
  projectName?: string;
}

export interface InitResult {
  path: string;
  projectCode: string;
  user: string;
  /** The administrator's first, random password. */
  password: string;
}

/**
 * Makes a new repository file (`fossil new`): beside its place, where it is renamed to when it is whole, so that neither a kill nor a full
 * disk leaves half of one.
 * @throws EngineError `repository-exists`, `repository-locked` when another program is making it
 */
export async function initRepository(environment: Environment, request: InitRequest): Promise<InitResult> {
  const { path } = request;
  const advice = 'Choose another name or remove it first.';
  await requireFree(environment, path, advice);
  const user = request.user ?? userOfEnvironment(environment.variables) ?? 'root';
  return withPartialFile(environment, path, async (partial) => {
    await requireFree(environment, path, advice);
    const made = makeRepository(environment, partial, user, request.projectName);
    await environment.fs.rename(partial, path);
    return { path, user, ...made };
  });
}

function makeRepository(
  environment: Environment,
  path: string,
  user: string,
  projectName: string | undefined,
): Pick<InitResult, 'projectCode' | 'password'> {
  const repository = createRepository(environment, path, {
    adminUser: user,
    isPrivate: true,
    ...(projectName === undefined ? {} : { projectName }),
  });
  try {
    return { projectCode: repository.projectCode ?? '', password: findUser(repository, user)?.password ?? '' };
  } finally {
    repository.close();
  }
}
