import type { Environment } from '../platform/environment';
import { createRepository } from '../repository/create-repository';
import { findUser } from '../repository/users';
import { userOfEnvironment } from './committer';

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

/** Makes a new repository file (`fossil new`). @throws EngineError `repository-exists` */
export function initRepository(environment: Environment, request: InitRequest): InitResult {
  const user = request.user ?? userOfEnvironment(environment.variables) ?? 'root';
  const repository = createRepository(environment, request.path, {
    adminUser: user,
    ...(request.projectName === undefined ? {} : { projectName: request.projectName }),
  });
  try {
    return {
      path: request.path,
      projectCode: repository.projectCode ?? '',
      user,
      password: findUser(repository, user)?.password ?? '',
    };
  } finally {
    repository.close();
  }
}
