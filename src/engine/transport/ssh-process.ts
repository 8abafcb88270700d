import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ReplyReader } from './reply-reader';

/** Of what a program complains about, the end. */
const COMPLAINT_LIMIT = 4096;
/** How long a program may take to end by itself. */
const PATIENCE_MS = 2000;

/** How long what it has written may take to arrive after its end. */
const LAST_WORDS_MS = 200;

/** How a program ended. */
export interface Ending {
  /** undefined when a signal ended it, or it never began. */
  code: number | undefined;
  /** It never began. */
  error: Error | undefined;
  /** The end of what it wrote to its standard error. */
  complaint: string;
}

/** A running `ssh`. */
export class SshProcess {
  readonly replies: ReplyReader;
  readonly ended: Promise<Ending>;
  /** Replies that were read to the end. */
  answered = 0;
  #complaint = '';
  #hasEnded = false;
  readonly #child: ChildProcess;
  readonly #input: Writable;
  readonly #output: Readable;

  constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    this.#child = child;
    this.#input = child.stdin;
    this.#output = child.stdout;
    // Writing to a program that has gone shows in what it does not answer.
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString('utf8')).slice(-COMPLAINT_LIMIT);
    });
    this.replies = new ReplyReader(child.stdout);
    this.ended = new Promise((resolve) => {
      const end = (code: number | undefined, error: Error | undefined): void => {
        this.#hasEnded = true;
        resolve({ code, error, complaint: this.#complaint.trim() });
      };
      child.once('error', (error) => end(undefined, error));
      child.once('close', (code) => end(code ?? undefined, undefined));
      // A connection shared by several ssh may outlive this one and keep its standard error open: `close` never comes then.
      child.once('exit', (code) => setTimeout(() => end(code ?? undefined, undefined), LAST_WORDS_MS).unref());
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  send(bytes: Uint8Array): void {
    this.#input.write(bytes);
  }

  /** Ends it now. */
  kill(): void {
    this.#child.kill();
    this.#output.destroy();
  }

  /** Lets it end by itself, and makes it end when it does not. */
  async close(): Promise<void> {
    this.#input.end();
    // Nobody reads any more, and what it may still want to write must not hold it up.
    this.#output.destroy();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await this.#endsSoon()) break;
      this.#child.kill(signal);
    }
    await this.ended;
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream?.destroy();
  }

  #endsSoon(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), PATIENCE_MS);
      void this.ended.then(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}
