import { utf8 } from '../codec/utf8';
import { EngineError } from '../errors';
import type { Repository } from './repository';

export interface User {
  id: number;
  login: string;
  /** SHA-1 shared secret (40 hex) or clear text, as stored. */
  password: string;
  /** Letters, with `u` and `v` (reader, developer) already expanded. */
  capabilities: string;
}

interface UserRow {
  id: number;
  login: string;
  password: string | null;
  capabilities: string | null;
}

export function findUser(repository: Repository, login: string): User | undefined {
  const row = findRow(repository, login);
  if (row === undefined) return undefined;
  return {
    id: row.id,
    login: row.login,
    password: row.password ?? '',
    capabilities: expand(repository, row.capabilities ?? ''),
  };
}

/** @returns the user's id, adding a user without rights when there is none: the author of check-ins needs no rights here */
export function ensureUser(repository: Repository, login: string): number {
  const known = findRow(repository, login);
  if (known !== undefined) return known.id;
  return repository.db
    .prepare("INSERT INTO user(login,pw,cap,info,mtime) VALUES(?,'','','',?)")
    .run(login, Math.floor(repository.environment.clock.now() / 1000)).lastInsertRowid;
}

/**
 * SHA-1 of `project/user/password`, or the password itself when it is such a secret already (fossil.md 1.5).
 * @throws EngineError `internal` when the project code is not known yet
 */
export function sharedSecret(repository: Repository, login: string, password: string): string {
  if (/^[0-9a-f]{40}$/i.test(password)) return password.toLowerCase();
  const project = repository.projectCode;
  if (project === undefined)
    throw new EngineError('internal', 'The project code must be known before a password can be used.');
  return repository.environment.hash.hex('sha1', utf8(`${project}/${login}/${password}`));
}

/** Sets a user's password; stored as the shared secret, as Fossil stores it. @throws EngineError `no-user` */
export function setPassword(repository: Repository, login: string, password: string): void {
  const { changes } = repository.db
    .prepare('UPDATE user SET pw=?, mtime=? WHERE login=?')
    .run(sharedSecret(repository, login, password), Math.floor(repository.environment.clock.now() / 1000), login);
  if (changes === 0) throw new EngineError('no-user', `There is no user "${login}" in this repository.`);
}

function findRow(repository: Repository, login: string): UserRow | undefined {
  return repository.db
    .prepare('SELECT uid AS id, login, pw AS password, cap AS capabilities FROM user WHERE login=?')
    .get<UserRow>(login);
}

/** `u` inherits the rights of `reader`, `v` those of `developer` (fossil.md 1.6). */
function expand(repository: Repository, capabilities: string): string {
  const inherited = [
    capabilities.includes('u') ? findRow(repository, 'reader')?.capabilities : '',
    capabilities.includes('v') ? findRow(repository, 'developer')?.capabilities : '',
  ];
  return [...new Set(capabilities + inherited.map((letters) => letters ?? '').join(''))].join('');
}
