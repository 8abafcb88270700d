import { unobscure } from '../codec/obscure';
import { EngineError } from '../errors';
import type { Repository } from '../repository/repository';
import { canonicalUrl, parseRemote, type Remote } from '../xfer/remote';
import { PASSWORD_ROW, rememberedRemote, rememberPassword, rememberRemote } from './remembered-remote';

/** The remote that sync uses when none is named. */
export const DEFAULT_REMOTE = 'default';
const URL_PREFIX = 'sync-url:';
const PASSWORD_PREFIX = 'sync-pw:';

/** A server that the repository remembers. */
export interface NamedRemote {
  /** `default`, or the name it was given. */
  name: string;
  /** Without the password. */
  url: string;
  hasPassword: boolean;
}

/** All remembered servers by name (fossil.md 1.8). */
export function listRemotes({ db }: Repository): NamedRemote[] {
  return db
    .prepare(
      `SELECT 'default' AS name, value AS url, (SELECT value FROM config WHERE name='last-sync-pw') AS password
         FROM config WHERE name='last-sync-url'
       UNION ALL
       SELECT substr(name,10), value, (SELECT pw.value FROM config AS pw WHERE pw.name='sync-pw:'||substr(config.name,10))
         FROM config WHERE name GLOB 'sync-url:*'
       ORDER BY 1`,
    )
    .all<{ name: string; url: string; password: string | null }>()
    .map(({ name, url, password }) => ({ name, url: withoutPassword(url), hasPassword: (password ?? '') !== '' }));
}

/** The address of the default remote; undefined when there is none. Fossil's own `file:` and `ssh:` addresses are shown as they are. */
export function defaultRemoteUrl({ config }: Repository): string | undefined {
  const url = config.get('last-sync-url');
  return url === undefined || url === '' || url === 'off' ? undefined : withoutPassword(url);
}

/**
 * The server that an address, or the name of a remembered remote, means; with the password where one is remembered.
 * @throws EngineError `url-malformed`, `no-remote` for a name that nothing is remembered under
 */
export function remoteOf(repository: Repository, reference: string): Remote {
  if (reference === DEFAULT_REMOTE) {
    const remote = rememberedRemote(repository);
    if (remote !== undefined) return remote;
    throw new EngineError('no-remote', 'This repository has no default remote. Give the address of a server.');
  }
  const url = repository.config.get(URL_PREFIX + reference);
  if (url === undefined) return addressOrName(reference);
  const password = unobscure(repository.config.get(PASSWORD_PREFIX + reference) ?? '');
  const remote = parseRemote(url);
  return password === '' ? remote : { ...remote, password };
}

function addressOrName(reference: string): Remote {
  if (/[:/\\]/.test(reference)) return parseRemote(reference);
  throw new EngineError(
    'no-remote',
    `There is no remote "${reference}"; "trilobite remote ls" shows those there are. An address begins with http://, https://, ssh:// or file://.`,
  );
}

/** @returns whether a remote of that name is remembered */
export function isRemoteName({ config }: Repository, name: string): boolean {
  return config.get(URL_PREFIX + name) !== undefined;
}

/** Remembers a server under a name, in the caller's transaction. @throws EngineError `usage` for `default` */
export function addRemote(repository: Repository, name: string, remote: Remote): void {
  if (name === DEFAULT_REMOTE || name === '') {
    throw new EngineError('usage', 'The default remote is set with "trilobite remote URL"; give another name.');
  }
  repository.config.set(URL_PREFIX + name, canonicalUrl(remote));
  repository.config.remove(PASSWORD_PREFIX + name);
  rememberPassword(repository, PASSWORD_PREFIX + name, remote);
}

/** Where the password of a remote is kept, obscured. @param reference - its name; absent: the default one */
export function passwordRow(reference: string | undefined): string {
  return reference === undefined || reference === DEFAULT_REMOTE ? PASSWORD_ROW : PASSWORD_PREFIX + reference;
}

/** Keeps the password of a remote that is remembered under a name, in the caller's transaction. */
export function rememberPasswordOf(repository: Repository, name: string, remote: Remote): void {
  if (isRemoteName(repository, name)) rememberPassword(repository, PASSWORD_PREFIX + name, remote);
}

/** Makes a server the default one, in the caller's transaction. Its password is remembered when it has one. */
export function setDefaultRemote(repository: Repository, remote: Remote): void {
  forgetDefaultRemote(repository);
  rememberRemote(repository, remote, { withPassword: true });
}

/** Autosync and sync without an address end here until a remote is named again. */
export function forgetDefaultRemote({ db }: Repository): void {
  db.exec("DELETE FROM config WHERE name GLOB 'last-sync-*'");
}

/** @throws EngineError `no-remote` when there is none of that name */
export function deleteRemote(repository: Repository, name: string): void {
  if (name === DEFAULT_REMOTE) {
    forgetDefaultRemote(repository);
    return;
  }
  if (!isRemoteName(repository, name)) {
    throw new EngineError('no-remote', `There is no remote "${name}"; "trilobite remote ls" shows those there are.`);
  }
  repository.config.remove(URL_PREFIX + name);
  repository.config.remove(PASSWORD_PREFIX + name);
}

/** Forgets all remembered passwords, but no address. */
export function forgetPasswords({ db }: Repository): void {
  db.exec("DELETE FROM config WHERE name GLOB 'sync-pw:*' OR name='last-sync-pw'");
}

/** Every row of `config` about remotes, passwords as stars unless they are wanted, in Fossil's order. */
export function remoteConfigRows(
  { db }: Repository,
  { withPasswords }: { withPasswords: boolean },
): { name: string; value: string }[] {
  return db
    .prepare(
      `SELECT name, coalesce(value,'') AS value, name LIKE '%sync-pw%' OR name='parent-project-pw' AS isPassword FROM config
        WHERE name GLOB 'sync-*:*' OR name GLOB 'last-sync-*' OR name GLOB 'parent-project-*'
        ORDER BY 3, name`,
    )
    .all<{ name: string; value: string; isPassword: number }>()
    .map(({ name, value, isPassword }) => ({
      name,
      value: isPassword === 0 ? withoutPassword(value) : withPasswords ? unobscure(value) : starsFor(value),
    }));
}

/** Fossil keeps passwords apart from addresses; a hand-written row may not. */
function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/@:]*):[^/@]*@/i, '$1@');
}

/** As many as the password is long. */
function starsFor(obscured: string): string {
  return '*'.repeat(Math.max(1, obscured.length / 2 - 1));
}
