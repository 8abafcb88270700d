import { canonicalUrl, type HttpRemote } from '../xfer/remote';
import { serverText } from '../xfer/server-text';
import type { ConnectionContext } from '../xfer/transport';

/** Wrong credentials in a row before the refusal stands. */
const QUESTIONS = 2;
/** Characters of a realm that are shown. */
const LONGEST_REALM = 80;
const SECRET = /^[0-9a-f]{40}$/i;
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** What is sent to one server. */
interface Credentials {
  login: string;
  /** Not remembered, and not yet accepted. */
  isNew: boolean;
}

/**
 * HTTP Basic, for web servers that want a login before Fossil sees anything (fossil.md 1.4): remembered credentials at once, others when
 * the server asks. They stay with the host and port that asked.
 */
export class BasicLogin {
  readonly #context: ConnectionContext | undefined;
  readonly #credentials = new Map<string, Credentials>();
  /** Addresses whose own user and password were tried. */
  readonly #tried = new Set<string>();
  #questions = 0;

  /** @param given - a login that the user has named for a server */
  constructor(context: ConnectionContext | undefined, given?: { remote: HttpRemote; login: string }) {
    this.#context = context;
    if (given !== undefined) this.#credentials.set(originOf(given.remote), { login: given.login, isNew: true });
  }

  headers(remote: HttpRemote): { Authorization?: string } {
    const origin = originOf(remote);
    let credentials = this.#credentials.get(origin);
    if (credentials === undefined) {
      const login = this.#context?.httpLogin(canonicalUrl(remote));
      if (login !== undefined && login !== '') this.#credentials.set(origin, (credentials = { login, isNew: false }));
    }
    if (credentials === undefined) return {};
    return { Authorization: `Basic ${Buffer.from(credentials.login).toString('base64')}` };
  }

  /**
   * The server answered 401.
   * @param challenge - its `WWW-Authenticate` header
   * @returns whether there is something else to try; when the user gave nothing, whether something had been tried before
   */
  async refused(remote: HttpRemote, challenge: string | undefined): Promise<boolean | 'declined' | 'refused'> {
    const origin = originOf(remote);
    const previous = this.#credentials.get(origin)?.login;
    const own = ownLogin(remote);
    if (own !== undefined && own !== previous && !this.#tried.has(origin)) {
      this.#tried.add(origin);
      this.#credentials.set(origin, { login: own, isNew: true });
      return true;
    }
    if (this.#context === undefined || this.#questions >= QUESTIONS) return false;
    this.#questions++;
    const realm = /realm="((?:[^"\\]|\\.)*)"/i.exec(challenge ?? '')?.[1]?.replace(/\\(.)/g, '$1') ?? '';
    const answer = await this.#context.askHttpLogin({
      url: canonicalUrl(remote),
      realm: serverText(realm, LONGEST_REALM),
      wasRefused: previous !== undefined,
    });
    if (answer === undefined) return previous === undefined ? 'declined' : 'refused';
    this.#credentials.set(origin, { login: `${answer.user}:${answer.password}`, isNew: true });
    return true;
  }

  /** The server let us in. */
  accepted(remote: HttpRemote): void {
    const credentials = this.#credentials.get(originOf(remote));
    if (credentials?.isNew !== true) return;
    credentials.isNew = false;
    this.#context?.keepHttpLogin(canonicalUrl(remote), credentials.login);
  }
}

/**
 * The login of the address itself. Fossil proves that password without sending it; here it would go out in clear, so only over TLS or
 * within this computer.
 */
function ownLogin({ scheme, host, user, password }: HttpRemote): string | undefined {
  // What was made of a password for Fossil says nothing to a web server.
  if (user === undefined || password === undefined || SECRET.test(password)) return undefined;
  return scheme === 'https' || LOOPBACK.test(host) ? `${user}:${password}` : undefined;
}

function originOf({ scheme, host, port }: HttpRemote): string {
  return `${scheme}://${host}:${port}`;
}
