import { obscure, unobscure } from '../codec/obscure';
import { hasCode } from '../errors';
import type { Environment } from '../platform/environment';
import { changeGlobalSetting, globalSetting } from '../repository/global-config';
import type { Repository } from '../repository/repository';
import { setting } from '../repository/settings';
import { canonicalUrl, type Remote } from '../xfer/remote';
import type { CertificateAnswer, CertificateQuestion, ConnectionContext, Session, Transport } from '../xfer/transport';
import type { Interaction } from './interaction';

const HTTP_LOGIN_PREFIX = 'http-auth:';
const CERTIFICATE_PREFIX = 'cert:';

export interface AttendanceOptions {
  /** Whether something may be sent, and not only asked for. */
  sends: boolean;
  /** Keep what the user types for a web server in the repository, obscured as Fossil does; the editor keeps it elsewhere. */
  keepsPasswords: boolean;
}

/** A transport for one operation on a repository: it has the repository's settings, and asks the operation's user. */
export class AttendedTransport implements Transport {
  readonly #transport: Transport;
  readonly #context: ConnectionContext;
  readonly #signal: AbortSignal | undefined;
  #last: { opened: Remote; session: Session } | undefined;

  constructor(transport: Transport, repository: Repository, interaction: Interaction, options: AttendanceOptions) {
    this.#transport = transport;
    this.#context = contextOf(repository, askingOnce(interaction), options);
    this.#signal = interaction.signal;
  }

  /** Meets a server, so that its certificate is asked about before a password for it is. */
  readonly greet = (remote: Remote): Promise<void> => greet(this.#transport, remote, this.#context, this.#signal);

  async open(remote: Remote): Promise<Session> {
    const session = await this.#transport.open(remote, this.#context);
    this.#last = { opened: remote, session };
    return session;
  }

  /** The remote to remember: `remote`, or where permanent redirects have led from there (fossil.md 1.4). */
  settled(remote: Remote): Remote {
    if (this.#last === undefined) return remote;
    const { opened, session } = this.#last;
    return canonicalUrl(opened) === canonicalUrl(session.remote) ? remote : session.remote;
  }
}

/** {@link AttendedTransport.greet} where there is no repository yet: what is to be remembered is remembered later. */
export function greetAsStranger(
  transport: Transport,
  remote: Remote,
  environment: Environment,
  interaction: Interaction,
): Promise<void> {
  const context: ConnectionContext = {
    sends: false,
    setting: (name) => globalSetting(environment, name),
    certificate: async (question) => (await interaction.questions.certificate?.(question)) ?? 'no',
    httpLogin: () => undefined,
    askHttpLogin: () => Promise.resolve(undefined),
    keepHttpLogin: () => undefined,
    allowPortableWrites: () => Promise.resolve(false),
  };
  return greet(transport, remote, context, interaction.signal);
}

async function greet(
  transport: Transport,
  remote: Remote,
  context: ConnectionContext,
  signal: AbortSignal | undefined,
): Promise<void> {
  const session = await transport.open(remote, context);
  const stop = (): void => void session.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await session.greet?.(signal === undefined ? {} : { signal });
  } finally {
    signal?.removeEventListener('abort', stop);
    await session.close();
  }
}

/** The same interaction for an operation of several sessions: nobody is asked twice about one certificate. */
export function askingOnce(interaction: Interaction): Interaction {
  const { questions } = interaction;
  const answers = new Map<string, Promise<CertificateAnswer>>();
  const certificate = (question: CertificateQuestion): Promise<CertificateAnswer> => {
    const key = `${question.host} ${question.fingerprint}`;
    const answer = answers.get(key) ?? questions.certificate?.(question) ?? Promise.resolve('no');
    answers.set(key, answer);
    return answer;
  };
  return { ...interaction, questions: { ...questions, certificate } };
}

function contextOf(repository: Repository, interaction: Interaction, options: AttendanceOptions): ConnectionContext {
  const { config, environment } = repository;
  return {
    repositoryPath: repository.path,
    sends: options.sends,
    setting: (name) => setting(repository, name),
    certificate: async (question) => {
      const answer = (await interaction.questions.certificate?.(question)) ?? 'no';
      if (answer === 'always') await rememberCertificate(repository, question);
      return answer;
    },
    httpLogin: (url) => {
      const obscured = config.get(HTTP_LOGIN_PREFIX + url);
      return obscured === undefined ? undefined : unobscure(obscured);
    },
    askHttpLogin: (question) => interaction.questions.credentials(question),
    keepHttpLogin: (url, login) => {
      if (!options.keepsPasswords) return;
      const obscured = obscure(login, environment.random.bytes(1)[0] ?? 0);
      repository.transaction(() => config.set(HTTP_LOGIN_PREFIX + url, obscured));
    },
    allowPortableWrites: (path) => interaction.questions.allowPortableWrites(path),
  };
}

/** As Fossil does: for all repositories of the user; in this one where that is not possible, or where it holds another one already. */
async function rememberCertificate(repository: Repository, question: CertificateQuestion): Promise<void> {
  const { config, environment } = repository;
  const name = CERTIFICATE_PREFIX + question.host;
  const isOverridden = config.get(name) !== undefined;
  try {
    await changeGlobalSetting(environment, name, question.fingerprint, { allowPortableWrites: false });
    if (!isOverridden) return;
  } catch (error) {
    if (!hasCode(error, 'portable-writes-refused', 'file-access', 'repository-locked', 'repository-read-only'))
      throw error;
  }
  try {
    repository.transaction(() => config.set(name, question.fingerprint));
  } catch (error) {
    // Whoever only looks at the server has opened it to read: it is trusted this time, and asked about again.
    if (!hasCode(error, 'repository-read-only')) throw error;
  }
}
