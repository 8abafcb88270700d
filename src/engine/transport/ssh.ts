import { EngineError, throwIfCancelled } from '../errors';
import { authorityOf, canonicalUrl, type SshRemote } from '../xfer/remote';
import type {
  ConnectionContext,
  ExchangeOptions,
  ExchangeReply,
  ExchangeRequest,
  Session,
  Transport,
} from '../xfer/transport';
import { DEFAULT_TIMEOUTS, type Timeouts, USER_AGENT } from './http';
import { paced } from './pace';
import { isSyncType, notFossil, stalled, statusError, truncated, typeWithoutParameters } from './reply-errors';
import type { ReplyHead } from './reply-reader';
import { isRedirect } from './redirect';
import { isTrilobite, sshCommand } from './ssh-command';
import { sshFailure } from './ssh-failure';
import { SshProcess } from './ssh-process';

const ERROR_PAGE_LIMIT = 64 * 1024;
const JSON_LIMIT = 1024 * 1024;
/** What a shell says about a program that it does not find. */
const NO_SUCH_PROGRAM = 127;

export interface SshOptions {
  /** Program and options that are `ssh`; by default Fossil's setting `ssh-command`. */
  command?: string;
  homeDirectory: string;
  /** No terminal for `ssh` to ask on: it asks through `SSH_ASKPASS` where that is set, and fails otherwise. */
  isUnattended?: boolean;
  timeouts?: Partial<Pick<Timeouts, 'head' | 'idle'>>;
  variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Sync over ssh (fossil.md 1.7): one program on the other computer answers all messages of a session, in HTTP over its standard input and
 * output, with the rights of whoever it runs as. No login card is sent; passwords are the business of `ssh`.
 */
export function sshTransport(options: SshOptions): Transport {
  return {
    open: (remote, context) =>
      remote.scheme === 'ssh'
        ? Promise.resolve(new SshSession(remote, options, context))
        : Promise.reject(new EngineError('url-malformed', `${canonicalUrl(remote)} is no address for ssh.`)),
  };
}

class SshSession implements Session {
  readonly remote: SshRemote;
  readonly #options: SshOptions;
  readonly #timeouts: Pick<Timeouts, 'head' | 'idle'>;
  readonly #context: ConnectionContext | undefined;
  #withMorePath: boolean;
  #process: SshProcess | undefined;
  /** Programs that were given up and have not ended yet. */
  readonly #ending = new Set<Promise<void>>();

  constructor(remote: SshRemote, options: SshOptions, context: ConnectionContext | undefined) {
    this.remote = remote;
    this.#options = options;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#context = context;
    // Fossil notes hosts whose PATH is too short.
    this.#withMorePath = context?.setting(`use-path-for-ssh:${remote.host}`) === '1';
  }

  async exchange(request: ExchangeRequest, { signal, onSent }: ExchangeOptions = {}): Promise<ExchangeReply> {
    throwIfCancelled(signal);
    const body = request.body(this.remote);
    const cookie = request.cookie?.(this.remote);
    const head = this.#requestHead('POST', '/', [
      `Content-Type: ${request.contentType}`,
      `Content-Length: ${body.length}`,
      ...(cookie === undefined ? [] : [`Cookie: ${cookie}`]),
    ]);
    const { watch, reply } = await this.#ask([head, body], signal, onSent);
    const contentType = typeWithoutParameters(reply.contentType);
    if (isRedirect(reply.status)) {
      await this.#giveUp();
      throw new EngineError(
        'redirect-refused',
        `${authorityOf(this.remote)} redirects, which is not followed over ssh.`,
      );
    }
    if (reply.status !== 200 || !isSyncType(contentType)) {
      const page = await textOf(this.#body(watch, reply), ERROR_PAGE_LIMIT).catch(() => '');
      throw reply.status === 200 ? notFossil(this.remote) : statusError(reply.status, page, this.remote);
    }
    return {
      contentType,
      ...(reply.length === undefined ? {} : { length: reply.length }),
      chunks: this.#body(watch, reply),
    };
  }

  async fetchJson(path: string, { signal }: ExchangeOptions = {}): Promise<unknown> {
    throwIfCancelled(signal);
    // `fossil test-http` answers JSON without saying where it ends, and its first request decides what it takes the others for.
    if (!isTrilobite(this.remote.program)) return undefined;
    try {
      const { watch, reply } = await this.#ask([this.#requestHead('GET', path, [])], signal);
      const text = await textOf(this.#body(watch, reply), JSON_LIMIT);
      return reply.status === 200 ? (JSON.parse(text) as unknown) : undefined;
    } catch {
      // Statistics are a courtesy: a server without them is no failure. Only the user's cancel is.
      throwIfCancelled(signal);
      return undefined;
    }
  }

  async close(): Promise<void> {
    void this.#giveUp();
    await Promise.all(this.#ending);
  }

  #requestHead(method: string, path: string, headers: readonly string[]): Uint8Array {
    const lines = [`${method} ${path} HTTP/1.0`, `Host: ${authorityOf(this.remote)}`, `User-Agent: ${USER_AGENT}`];
    return Buffer.from([...lines, 'X-Fossil-Transport: SSH', ...headers, '', ''].join('\r\n'));
  }

  /** Sends a message and waits for the head of the answer. */
  async #ask(
    message: readonly Uint8Array[],
    signal: AbortSignal | undefined,
    onSent?: () => void,
  ): Promise<{ watch: Watch; reply: ReplyHead }> {
    for (;;) {
      const process = this.#running();
      const watch = new Watch(process, this.#timeouts, signal);
      for (const part of message) process.send(part);
      onSent?.();
      const reply = await watch.during('head', process.replies.head());
      if ('status' in reply) return { watch, reply };
      watch.end();
      this.#process = undefined;
      const closing = this.#closing(process);
      throwIfCancelled(signal);
      if (watch.isLate) throw stalled(this.remote);
      const ending = await process.ended;
      await closing;
      // A program that answers one message each: it had ended before it could read this one.
      if (process.answered > 0 && reply.noise === '' && ending.code === 0) continue;
      // Nothing has run there, so nothing is done twice.
      if (ending.code === NO_SUCH_PROGRAM && this.remote.program === undefined && !this.#withMorePath) {
        this.#withMorePath = true;
        continue;
      }
      throw sshFailure(this.remote, ending, reply.noise);
    }
  }

  #running(): SshProcess {
    if (this.#process !== undefined && !this.#process.hasEnded) return this.#process;
    if (this.#process !== undefined) void this.#giveUp();
    const { variables, command, homeDirectory, isUnattended } = this.#options;
    const canAsk = isUnattended !== true || (variables['SSH_ASKPASS'] ?? '') !== '';
    const { program, args } = sshCommand(this.remote, {
      command: command ?? this.#context?.setting('ssh-command'),
      homeDirectory,
      isBatch: !canAsk,
      withMorePath: this.#withMorePath,
      platform: process.platform === 'win32' ? 'win32' : 'posix',
    });
    // Without this, ssh would ask on a terminal that nobody looks at.
    const env = isUnattended === true && canAsk ? { ...variables, SSH_ASKPASS_REQUIRE: 'prefer' } : variables;
    return (this.#process = new SshProcess(program, args, env));
  }

  /** The body of a reply; left before its end, it takes the program along, for the rest would stand before the next reply. */
  async *#body(watch: Watch, { length }: ReplyHead): AsyncGenerator<Uint8Array> {
    const { process } = watch;
    const pieces = paced(process.replies.body(length), this.remote, this.#timeouts.idle);
    let received = 0;
    let isWhole = false;
    try {
      for (;;) {
        const { done, value } = await watch.during('idle', pieces.next());
        throwIfCancelled(watch.signal);
        if (done === true) break;
        received += value.length;
        yield value;
        throwIfCancelled(watch.signal);
      }
      if (watch.isLate) throw stalled(this.remote);
      if (length !== undefined && received < length) throw truncated(this.remote, received, length);
      isWhole = true;
      process.answered++;
    } finally {
      watch.end();
      if (!isWhole || length === undefined) await this.#giveUp();
    }
  }

  /** Ends the running program, if any. */
  #giveUp(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    return process === undefined ? Promise.resolve() : this.#closing(process);
  }

  #closing(process: SshProcess): Promise<void> {
    const closing = process.close().finally(() => this.#ending.delete(closing));
    this.#ending.add(closing);
    return closing;
  }
}

/** Ends a program when it stalls, or when the user has enough. */
class Watch {
  isLate = false;
  readonly #kill: () => void;

  constructor(
    readonly process: SshProcess,
    private readonly timeouts: Pick<Timeouts, 'head' | 'idle'>,
    readonly signal: AbortSignal | undefined,
  ) {
    this.#kill = () => process.kill();
    signal?.addEventListener('abort', this.#kill, { once: true });
  }

  async during<T>(phase: 'head' | 'idle', work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.isLate = true;
      this.process.kill();
    }, this.timeouts[phase]);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }

  end(): void {
    this.signal?.removeEventListener('abort', this.#kill);
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(pieces).subarray(0, limit).toString('utf8');
}
