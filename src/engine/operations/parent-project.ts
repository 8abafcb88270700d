import { unobscure } from '../codec/obscure';
import { EngineError } from '../errors';
import type { Repository } from '../repository/repository';
import { canonicalUrl, parseRemote, type Remote } from '../xfer/remote';
import { rememberPassword } from './remembered-remote';

const URL_ROW = 'parent-project-url';
const PASSWORD_ROW = 'parent-project-pw';

/** The project that this one was split off from. */
export interface ParentProject {
  code: string;
  /** Where it was pulled from last. */
  remote: Remote | undefined;
}

/** @throws EngineError `no-remote` where there is none, `url-malformed` */
export function parentProject({ config }: Repository): ParentProject {
  const code = config.get('parent-project-code');
  if (code === undefined || config.get('parent-project-name') === undefined) {
    throw new EngineError(
      'no-remote',
      'This repository has no parent project. Set "parent-project-code" and "parent-project-name" in its configuration to pull from one.',
    );
  }
  const url = config.get(URL_ROW);
  const password = unobscure(config.get(PASSWORD_ROW) ?? '');
  if (url === undefined) return { code, remote: undefined };
  return { code, remote: { ...parseRemote(url), ...(password === '' ? {} : { password }) } };
}

/** Keeps where the parent project was pulled from, in the caller's transaction. */
export function rememberParent(repository: Repository, remote: Remote, options: { withPassword: boolean }): void {
  repository.config.set(URL_ROW, canonicalUrl(remote));
  if (options.withPassword) rememberPassword(repository, PASSWORD_ROW, remote);
}
