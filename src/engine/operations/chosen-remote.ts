import { EngineError } from '../errors';
import type { Repository } from '../repository/repository';
import { type Remote, withoutLogin } from '../xfer/remote';
import { rememberedRemote } from './remembered-remote';
import { remoteOf } from './remotes';

export interface RemoteChoice {
  /** An address, or the name of a remembered remote; absent: the default one. */
  url?: string;
  /** Instead of the remembered one, whose password is not theirs. */
  user?: string;
  password?: string;
}

/** @throws EngineError `no-remote` when none is remembered or given, `url-malformed` */
export function chosenRemote(repository: Repository, choice: RemoteChoice): Remote {
  const { url } = choice;
  const base = url === undefined ? rememberedRemote(repository) : remoteOf(repository, url);
  if (base === undefined) {
    throw new EngineError(
      'no-remote',
      'This repository has no remote yet. Give the address of the server to sync with.',
    );
  }
  return asUser(base, choice);
}

/** A remote with the login that was chosen, if any. */
export function asUser(base: Remote, { user, password }: Pick<RemoteChoice, 'user' | 'password'>): Remote {
  const named = user === undefined || user === base.user ? base : { ...withoutLogin(base), user };
  return { ...named, ...(password === undefined ? {} : { password }) };
}
