import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';

/** What a program is started with. */
export interface LaunchOptions {
  /** Default: that of this process. */
  cwd?: string;
  /** All the variables that it gets. */
  env: Readonly<Record<string, string | undefined>>;
  /** Default: nothing. */
  input?: string | Uint8Array;
  /** A file to read as input instead; relative to `cwd`. */
  inputFile?: string;
}

/** How a program ended. */
export interface Ended {
  /** 127 when there is no such program, 128 and its number after a signal. */
  code: number;
  stdout: Buffer;
  stderr: Buffer;
}

/**
 * Runs a program to its end, started by a shell that waits for such orders: the fork of a process takes as long as the process is large, so
 * that one of tests, with its half a gigabyte, would stand still for 20 ms each time.
 */
export async function launch(program: string, args: readonly string[], options: LaunchOptions): Promise<Ended> {
  launcher ??= new Launcher();
  return launcher.run(program, args, options);
}

let launcher: Launcher | undefined;

class Launcher {
  /** For what programs read and write. */
  private readonly directory = mkdtempSync(join(tmpdir(), 'trilobite-launcher-'));
  private readonly orders: Socket;
  private readonly results: Socket;
  private readonly waiting = new Map<number, { resolve: (code: number) => void; reject: (reason: Error) => void }>();
  private count = 0;
  private unread = '';

  constructor() {
    const shell = spawn('sh', { env: {}, stdio: ['pipe', 'pipe', 'inherit'] });
    if (!(shell.stdin instanceof Socket && shell.stdout instanceof Socket)) throw new Error('Pipes are no sockets.');
    this.orders = shell.stdin;
    this.results = shell.stdout;
    this.results.setEncoding('utf8').on('data', (text: string) => this.take(text));
    // What it has started may go on and keep its output open.
    shell.once('exit', () => this.fail(new Error('The shell that starts programs has ended.')));
    this.orders.on('error', (error) => this.fail(error));
    // Only while something runs does the shell keep this process.
    shell.unref();
    this.orders.unref();
    this.results.unref();
    process.once('exit', () => rmSync(this.directory, { recursive: true, force: true }));
  }

  async run(
    program: string,
    args: readonly string[],
    { cwd = process.cwd(), env, input = '', inputFile }: LaunchOptions,
  ): Promise<Ended> {
    const number = ++this.count;
    const at = (name: string): string => join(this.directory, `${number}.${name}`);
    const [stdin, stdout, stderr] = [at('in'), at('out'), at('err')];
    if (inputFile === undefined) writeFileSync(stdin, input);
    const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
    const work = [
      `cd ${quoted(cwd)}`,
      'unset PWD OLDPWD',
      ...variables.map((variable) => `export ${quoted(variable)}`),
      `exec ${[program, ...args].map(quoted).join(' ')}`,
    ];
    const channels = `<${quoted(inputFile === undefined ? stdin : resolvePath(cwd, inputFile))} >${quoted(stdout)} 2>${quoted(stderr)}`;
    this.results.ref();
    const code = await new Promise<number>((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      this.orders.write(`{ (${work.join(' && ')}) ${channels}; echo "${number} $?"; } &\n`);
    });
    if (this.waiting.size === 0) this.results.unref();
    const ended = { code, stdout: readFileSync(stdout), stderr: readFileSync(stderr) };
    for (const file of [stdin, stdout, stderr]) rmSync(file, { force: true });
    return ended;
  }

  private take(text: string): void {
    const lines = (this.unread + text).split('\n');
    this.unread = lines.pop() ?? '';
    for (const line of lines) {
      const [number = 0, code = 0] = line.split(' ').map(Number);
      const run = this.waiting.get(number);
      this.waiting.delete(number);
      run?.resolve(code);
    }
  }

  /** Nobody tells any more how a run ends. */
  private fail(reason: Error): void {
    if (launcher === this) launcher = undefined;
    for (const { reject } of this.waiting.values()) reject(reason);
    this.waiting.clear();
    this.results.destroy();
  }
}

/** As a word of the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
