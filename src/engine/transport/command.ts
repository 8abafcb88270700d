import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { EngineError, throwIfCancelled } from '../errors';
import { authorityOf, canonicalUrl, type Remote, withoutLogin } from '../xfer/remote';
import { serverText } from '../xfer/server-text';
import type { ExchangeOptions, ExchangeReply, ExchangeRequest, Session, Transport } from '../xfer/transport';
import { wordsOf } from './command-words';
import { notFossil } from './reply-errors';

/** Of what a program complains about, the end. */
const COMPLAINT_LIMIT = 300;
/** First byte of a zlib stream behind the length of a container (fossil.md 1.3). */
const ZLIB_MARK = 0x78;

export interface CommandOptions {
  /** Program and first arguments. */
  command: string;
  homeDirectory: string;
  platform: 'posix' | 'win32';
  variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Sync by a program of the user's that moves messages (Fossil's `--transport-command`, fossil.md 1.7): it is run with an address, the file
 * with the message, and the file that the reply goes to. The login is in the message and never in the address, which everybody can see
 * in the list of processes.
 */
export function commandTransport(options: CommandOptions): Transport {
  return { open: (remote) => Promise.resolve(new CommandSession(remote, options)) };
}

class CommandSession implements Session {
  readonly takesPlain = true;
  #directory: string | undefined;

  constructor(
    readonly remote: Remote,
    private readonly options: CommandOptions,
  ) {}

  async exchange(request: ExchangeRequest, { signal, onSent }: ExchangeOptions = {}): Promise<ExchangeReply> {
    throwIfCancelled(signal);
    const directory = (this.#directory ??= await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-message-')));
    const [message, reply] = [path.join(directory, 'message'), path.join(directory, 'reply')];
    await fs.writeFile(message, request.body(this.remote), { mode: 0o600 });
    await fs.rm(reply, { force: true });
    const running = this.#run([canonicalUrl(withoutLogin(this.remote)), message, reply], signal);
    onSent?.();
    await running;
    const { head, length } = await this.#look(reply);
    if (head[0] === 0x3c /* an HTML page */) throw notFossil(this.remote);
    const contentType = head[4] === ZLIB_MARK ? 'application/x-fossil' : 'application/x-fossil-uncompressed';
    return { contentType, length, chunks: createReadStream(reply) };
  }

  fetchJson(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async close(): Promise<void> {
    if (this.#directory !== undefined) await fs.rm(this.#directory, { recursive: true, force: true });
  }

  #run(more: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const [program, ...args] = wordsOf(this.options.command, this.options);
    if (program === undefined) throw new EngineError('usage', 'The transport command names no program.');
    const child = spawn(program, [...args, ...more], {
      env: this.options.variables,
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
      ...(signal === undefined ? {} : { signal }),
    });
    let complaint = '';
    child.stderr.on(
      'data',
      (chunk: Buffer) => (complaint = (complaint + chunk.toString('utf8')).slice(-COMPLAINT_LIMIT)),
    );
    return new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        if (signal?.aborted === true) reject(new EngineError('cancelled', 'Cancelled.', { cause }));
        else reject(this.#failed(`could not be started (${cause.message})`, '', cause));
      });
      child.once('close', (code) => {
        if (code === 0) resolve();
        else reject(this.#failed(code === null ? 'was ended by a signal' : `ended with exit code ${code}`, complaint));
      });
    });
  }

  /** The first bytes of the reply, and how many it has. */
  async #look(reply: string): Promise<{ head: Uint8Array; length: number }> {
    try {
      const file = await fs.open(reply);
      try {
        const { buffer } = await file.read(new Uint8Array(5), 0, 5, 0);
        return { head: buffer, length: (await file.stat()).size };
      } finally {
        await file.close();
      }
    } catch (cause) {
      const how = cause instanceof Error && 'code' in cause && cause.code !== 'ENOENT' ? cause.message : undefined;
      throw this.#failed(
        how === undefined ? 'wrote no reply' : `wrote a reply that cannot be read (${how})`,
        '',
        cause,
      );
    }
  }

  #failed(how: string, complaint: string, cause?: unknown): EngineError {
    const said = serverText(complaint);
    return new EngineError(
      'connection-lost',
      `The transport command for ${authorityOf(this.remote)} ${how}.${said === '' ? '' : ` It says: ${said}`}`,
      { cause },
    );
  }
}
