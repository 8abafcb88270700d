import { obscure, unobscure } from '../codec/obscure';
import type { Repository } from '../repository/repository';
import { sharedSecret } from '../repository/users';
import { publicAddress } from '../xfer/public-address';
import { canonicalUrl, needsNoLogin, parseRemote, type Remote } from '../xfer/remote';

const URL_ROW = 'last-sync-url';
export const PASSWORD_ROW = 'last-sync-pw';

/** The server that a repository was cloned from or last synced with, with the password where one is remembered. */
export function rememberedRemote(repository: Repository): Remote | undefined {
  const url = repository.config.get(URL_ROW);
  if (url === undefined || url === '' || url === 'off' || !/^(?:https?|ssh|file):/i.test(url)) return undefined;
  const obscured = repository.config.get(PASSWORD_ROW);
  const remote = parseRemote(url);
  return obscured === undefined || obscured === '' ? remote : { ...remote, password: unobscure(obscured) };
}

/**
 * Keeps the server's address, and its password in Fossil's obscured form when asked to (fossil.md 1.8), in the caller's transaction. A
 * password of another address is forgotten.
 */
export function rememberRemote(repository: Repository, remote: Remote, options: { withPassword: boolean }): void {
  const { config } = repository;
  const url = canonicalUrl(remote);
  if (options.withPassword || config.get(URL_ROW) !== url) config.remove(PASSWORD_ROW);
  config.set(URL_ROW, url);
  if (options.withPassword) rememberPassword(repository, PASSWORD_ROW, remote);
}

/** Keeps the password of a remote that has one, obscured, under the name of a row, in the caller's transaction. */
export function rememberPassword({ config, environment }: Repository, row: string, { password }: Remote): void {
  if (password !== undefined) config.set(row, obscure(password, environment.random.bytes(1)[0] ?? 0));
}

/**
 * The remote as it is remembered once its server has accepted the password: with the secret made of it, which is of use for this project
 * alone, as Fossil does (fossil.md 1.8).
 * @param projectCode - of the server, where it is not the repository's own
 */
export function provenRemote(repository: Repository, remote: Remote, projectCode = repository.projectCode): Remote {
  const { user, password } = remote;
  if (user === undefined || password === undefined || projectCode === undefined || needsNoLogin(remote)) return remote;
  return { ...remote, password: sharedSecret(repository, user, password, projectCode) };
}

/**
 * Replaces a remembered password that a server has accepted by the secret made of it, in the caller's transaction, as Fossil does.
 * @param row - where the password may have come from
 */
export function provePassword(repository: Repository, row: string, used: Remote, proven: Remote): void {
  const obscured = repository.config.get(row);
  if (obscured !== undefined && unobscure(obscured) === used.password) rememberPassword(repository, row, proven);
}

/** Keeps that there was an exchange with a server, in the caller's transaction: Fossil tells others of it when they ask (fossil.md 1.8, 2.3). */
export function noteSyncedWith({ config }: Repository, remote: Remote): void {
  const address = publicAddress(canonicalUrl(remote));
  if (address !== undefined) config.set(`syncwith:${address}`, '{}');
}
