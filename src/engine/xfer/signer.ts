import type { Repository } from '../repository/repository';
import { sharedSecret } from '../repository/users';
import { loginCard } from './login';
import { loginCookie, takesLoginCookie } from './login-cookie';
import { isVisitor, type Remote } from './remote';

/** A message as it travels: signed in front, or by a cookie, or not at all. */
export interface SignedMessage {
  /** Stands before the message. */
  card?: Uint8Array;
  /** Value of the `Cookie` header. */
  cookie?: string;
}

/** Signs the messages of one session: by a card in front, and by a cookie once the server has shown that it knows that (fossil.md 1.5). */
export class Signer {
  readonly #repository: Repository;
  readonly #projectCode: string | undefined;
  readonly #mayUseCookie: boolean;
  #usesCookie = false;

  /**
   * @param projectCode - the server's project, where it is not the repository's own
   * @param options.usesCookies - false: the login stays in the message, whatever the server knows
   */
  constructor(repository: Repository, projectCode: string | undefined, { usesCookies = true } = {}) {
    this.#repository = repository;
    this.#projectCode = projectCode;
    this.#mayUseCookie = usesCookies;
  }

  /** @param parameters - of the pragma `server-version` */
  heedVersion(parameters: readonly string[]): void {
    const [version, date, time] = parameters.map(Number);
    this.#usesCookie = this.#mayUseCookie && takesLoginCookie(version, date, time);
  }

  /** @returns neither card nor cookie for visitors, and while the project code is not known, which the signature needs */
  sign(remote: Remote, message: Uint8Array): SignedMessage {
    const { user, password } = remote;
    const project = this.#projectCode ?? this.#repository.projectCode;
    if (user === undefined || isVisitor(remote) || password === undefined || project === undefined) return {};
    const secret = sharedSecret(this.#repository, user, password, project);
    const card = loginCard(this.#repository.environment.hash, user, secret, message);
    return this.#usesCookie ? { cookie: loginCookie(card) } : { card };
  }
}
