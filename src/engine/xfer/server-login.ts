import { textOf } from '../codec/utf8';
import type { Repository } from '../repository/repository';
import { findUser, sharedSecret, type User } from '../repository/users';
import { isNonceOf, isSameText, signatureOf } from './login';
import type { MessageSource } from './message-source';

/** Names that are no people: nobody can log in as one with a password. */
const RESERVED = new Set(['anonymous', 'nobody', 'developer', 'reader']);
/** What a process may do that the other side has started itself (fossil.md 1.7). */
const LOCAL_ADMIN = 'sxy';

/** What the sender of a message may do: the rights of `nobody` and of whom a login names (fossil.md 1.5, 1.6). */
export class Permissions {
  readonly #repository: Repository;
  readonly #letters: Set<string>;
  #logins = 0;
  /** Of the login that succeeded, for the `rcvfrom` row. */
  userId: number | undefined;
  /** Who has logged in; `nobody` without a login. */
  userName = 'nobody';
  nonce: string | undefined;

  constructor(repository: Repository, options: { isLocalAdmin?: boolean } = {}) {
    this.#repository = repository;
    this.#letters = new Set(findUser(repository, 'nobody')?.capabilities ?? '');
    if (options.isLocalAdmin === true) this.#becomeLocalAdmin();
  }

  get mayRead(): boolean {
    return this.#has('o', 'i');
  }

  get mayWrite(): boolean {
    return this.#has('i');
  }

  get mayClone(): boolean {
    return this.#has('g');
  }

  get mayConfigure(): boolean {
    return this.#has();
  }

  /** Addresses of people, for the configuration area `email`. */
  get mayReadAddresses(): boolean {
    return this.#has('e');
  }

  /** Implied by nothing. */
  get maySharePrivate(): boolean {
    return this.#letters.has('x');
  }

  /** Implied by nothing. */
  get mayWriteUnversioned(): boolean {
    return this.#letters.has('y');
  }

  /**
   * Checks a login card.
   * @param message - the whole message
   * @param end - the offset behind the card: the nonce covers what follows
   * @returns what is wrong, undefined when the login counts
   */
  login(
    card: { user: string; nonce: string; signature: string },
    message: MessageSource,
    end: number,
  ): string | undefined {
    if (++this.#logins > 1) return 'multiple login cards';
    const { hash } = this.#repository.environment;
    if (!isNonceOf(hash, card.nonce, message.read(end))) return 'login failed';
    if (card.user === 'anonymous' || card.user === 'nobody') return undefined;
    const user = this.#person(card.user);
    if (!user || !this.#isSignedBy(user, card)) return 'login failed';
    this.#become(user);
    this.nonce = card.nonce;
    return undefined;
  }

  /**
   * Checks the header `Authorization` (HTTP Basic), which counts where the setting `http_authentication_ok` is on.
   * @returns false for a name or password that is wrong
   */
  authorize(header: string): boolean {
    const encoded = /^\s*Basic\s+(\S+)\s*$/.exec(header)?.[1];
    if (encoded === undefined || !isOn(this.#repository.config.get('http_authentication_ok'))) return true;
    const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(textOfBase64(encoded)) ?? [];
    const user = this.#person(name);
    if (!user) return false;
    const secrets = [sharedSecret(this.#repository, name, password), password];
    if (!secrets.some((secret) => isSameText(secret, user.password))) return false;
    this.#become(user);
    return true;
  }

  #person(login: string): User | undefined {
    const user = RESERVED.has(login) ? undefined : findUser(this.#repository, login);
    return user?.password === '' ? undefined : user;
  }

  #become(user: User): void {
    for (const letter of user.capabilities) this.#letters.add(letter);
    this.userId = user.id;
    this.userName = user.login;
  }

  #becomeLocalAdmin(): void {
    for (const letter of LOCAL_ADMIN) this.#letters.add(letter);
    const admin = this.#repository.db
      .prepare("SELECT uid AS id, login FROM user WHERE cap LIKE '%s%' ORDER BY uid LIMIT 1")
      .get<{ id: number; login: string }>();
    this.userId = admin?.id;
    this.userName = admin?.login ?? 'nobody';
  }

  /** A password stored in clear may sign as it is or as the secret made of it. */
  #isSignedBy(user: User, card: { nonce: string; signature: string }): boolean {
    const { hash } = this.#repository.environment;
    const secrets = [user.password];
    if (user.password.length !== 40) secrets.push(sharedSecret(this.#repository, user.login, user.password));
    return secrets.some((secret) => isSameText(card.signature, signatureOf(hash, card.nonce, secret)));
  }

  /** Setup and admin imply each of the letters. */
  #has(...letters: string[]): boolean {
    return ['s', 'a', ...letters].some((letter) => this.#letters.has(letter));
  }
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(on|yes|true|1)$/i.test(value);
}

function textOfBase64(text: string): string {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) return '';
  return textOf(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}
