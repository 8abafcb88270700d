import { hexOf } from '../codec/hex';
import { utf8 } from '../codec/utf8';
import { EngineError } from '../errors';
import type { Repository } from './repository';
import { setting } from './settings';

export interface User {
  id: number;
  login: string;
  /** SHA-1 shared secret (40 hex) or clear text, as stored. */
  password: string;
  /** Letters, with `u` and `v` (reader, developer) already expanded. */
  capabilities: string;
}

/** A row of `user list`. */
export interface UserEntry {
  login: string;
  /** As stored: `u` and `v` are not expanded. */
  capabilities: string;
  /** How to reach the user. */
  contact: string;
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
    .run(login, now(repository)).lastInsertRowid;
}

/** All users, by login. */
export function listUsers(repository: Repository): UserEntry[] {
  return repository.db
    .prepare(
      "SELECT login, coalesce(cap,'') AS capabilities, coalesce(info,'') AS contact FROM user WHERE login IS NOT NULL ORDER BY login",
    )
    .all<{ login: string; capabilities: string; contact: string }>();
}

/**
 * Adds a user with the rights of the setting `default-perms`, by default `u`: those of a reader.
 * @throws EngineError `usage` when there is one of that name, or the name is none
 */
export function createUser(repository: Repository, user: { login: string; contact: string; password: string }): void {
  const { login, contact, password } = user;
  if (login.trim() === '') throw new EngineError('usage', 'A user needs a name.');
  if (findRow(repository, login) !== undefined) {
    throw new EngineError('usage', `There is a user "${login}" already.`);
  }
  repository.db
    .prepare('INSERT INTO user(login,pw,cap,info,mtime) VALUES(?,?,?,?,?)')
    .run(
      login,
      password === '' ? '' : sharedSecret(repository, login, password),
      setting(repository, 'default-perms') ?? 'u',
      contact,
      now(repository),
    );
}

/** @throws EngineError `no-user` */
export function requireUser(repository: Repository, login: string): UserEntry {
  const user = listUsers(repository).find((entry) => entry.login === login);
  if (user === undefined) throw noUser(login);
  return user;
}

/** @param capabilities - letters of fossil.md 1.6 @throws EngineError `no-user`, `usage` */
export function setCapabilities(repository: Repository, login: string, capabilities: string): void {
  if (!/^[a-zA-Z0-9]*$/.test(capabilities)) {
    throw new EngineError('usage', `Capabilities are letters, such as "ei"; "${capabilities}" is something else.`);
  }
  update(repository, login, 'cap', capabilities);
}

/** @throws EngineError `no-user` */
export function setContact(repository: Repository, login: string, contact: string): void {
  update(repository, login, 'info', contact);
}

/** The users of a new repository, as Fossil 2.21 makes them; the administrator's random password is to be replaced. */
export function createDefaultUsers(repository: Repository, adminUser: string): void {
  const { db, environment } = repository;
  if (adminUser === '') throw new EngineError('no-user', 'A repository needs an administrator: give a user name.');
  const random = (bytes: number): string => hexOf(environment.random.bytes(bytes));
  const insert = db.prepare('INSERT OR IGNORE INTO user(login,pw,cap,info) VALUES(?,?,?,?)');
  insert.run(adminUser, random(5), 's', '');
  insert.run('anonymous', random(8).toUpperCase(), 'hmnc', 'Anon');
  insert.run('nobody', '', 'gjorz', 'Nobody');
  insert.run('developer', '', 'ei', 'Dev');
  insert.run('reader', '', 'kptw', 'Reader');
}

/** Gives the administrator whom {@link createDefaultUsers} has made another name, in place of whoever has it. In the caller's transaction. */
export function renameAdministrator({ db }: Repository, login: string): void {
  const first = db.prepare('SELECT uid, login FROM user ORDER BY uid LIMIT 1').get<{ uid: number; login: string }>();
  if (first === undefined || first.login === login) return;
  db.prepare('DELETE FROM user WHERE login=?').run(login);
  db.prepare('UPDATE user SET login=? WHERE uid=?').run(login, first.uid);
}

/**
 * SHA-1 of `project/user/password`, or the password itself when it is such a secret already (fossil.md 1.5).
 * @param project - by default the repository's own
 * @throws EngineError `internal` when the project code is not known yet
 */
export function sharedSecret(
  repository: Repository,
  login: string,
  password: string,
  project = repository.projectCode,
): string {
  if (/^[0-9a-f]{40}$/i.test(password)) return password.toLowerCase();
  if (project === undefined)
    throw new EngineError('internal', 'The project code must be known before a password can be used.');
  return repository.environment.hash.hex('sha1', utf8(`${project}/${login}/${password}`));
}

/** Sets a user's password; stored as the shared secret, as Fossil stores it. @throws EngineError `no-user` */
export function setPassword(repository: Repository, login: string, password: string): void {
  update(repository, login, 'pw', sharedSecret(repository, login, password));
}

function update(repository: Repository, login: string, column: 'pw' | 'cap' | 'info', value: string): void {
  const { changes } = repository.db
    .prepare(`UPDATE user SET ${column}=?, mtime=? WHERE login=?`)
    .run(value, now(repository), login);
  if (changes === 0) throw noUser(login);
}

function noUser(login: string): EngineError {
  return new EngineError('no-user', `There is no user "${login}" in this repository.`);
}

/** Unix seconds. */
function now({ environment }: Repository): number {
  return Math.floor(environment.clock.now() / 1000);
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
