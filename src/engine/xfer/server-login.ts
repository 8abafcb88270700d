import type { Repository } from '../repository/repository';
import { findUser, sharedSecret } from '../repository/users';
import { isNonceOf, isSameText, signatureOf } from './login';

/** Names that are no people: nobody can log in as one with a password. */
const RESERVED = new Set(['anonymous', 'nobody', 'developer', 'reader']);

/** What the sender of a message may do: the rights of `nobody` and of whom the login card names (fossil.md 1.5, 1.6). */
export class Permissions {
  readonly #repository: Repository;
  readonly #letters: Set<string>;
  #isLoggedIn = false;
  /** Of the login that succeeded, for the `rcvfrom` row. */
  userId: number | undefined;
  /** Who has logged in; `nobody` without a login. */
  userName = 'nobody';
  nonce: string | undefined;

  constructor(repository: Repository) {
    this.#repository = repository;
    this.#letters = new Set(findUser(repository, 'nobody')?.capabilities ?? '');
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
   * @param rest - all bytes of the message behind the card
   * @returns what is wrong, undefined when the login counts
   */
  login(card: { user: string; nonce: string; signature: string }, rest: Uint8Array): string | undefined {
    if (this.#isLoggedIn) return 'multiple login cards';
    const { hash } = this.#repository.environment;
    if (!isNonceOf(hash, card.nonce, rest)) return 'login failed';
    if (card.user !== 'anonymous' && card.user !== 'nobody') {
      const user = RESERVED.has(card.user) ? undefined : findUser(this.#repository, card.user);
      if (!user || user.password === '' || !this.#isSignedBy(user, card)) return 'login failed';
      for (const letter of user.capabilities) this.#letters.add(letter);
      this.userId = user.id;
      this.userName = user.login;
      this.nonce = card.nonce;
    }
    this.#isLoggedIn = true;
    return undefined;
  }

  /** A password stored in clear may sign as it is or as the secret made of it. */
  #isSignedBy(user: { login: string; password: string }, card: { nonce: string; signature: string }): boolean {
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
