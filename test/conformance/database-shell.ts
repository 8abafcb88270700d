import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';

/** The oracle's SQLite in a process of its own (`fossil sql`): it takes real locks, and can be killed. */
export class DatabaseShell {
  readonly #child: ChildProcessWithoutNullStreams;
  #output = '';
  #tokens = 0;

  constructor(file: string) {
    this.#child = spawn('fossil', ['sql', '--no-repository', file], {
      env: { PATH: process.env['PATH'], HOME: tmpdir(), USER: 'tester' },
    });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdout.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')));
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')));
  }

  /** Runs statements and waits until they are done. @returns what they printed, complaints too */
  async run(sql: string): Promise<string> {
    const token = `done-${++this.#tokens}`;
    this.#output = '';
    this.#child.stdin.write(`${sql}\n.print ${token}\n`);
    while (!this.#output.includes(token)) {
      if (this.#child.exitCode !== null) throw new Error(`fossil sql ended: ${this.#output}`);
      await Promise.race([
        once(this.#child.stdout, 'data'),
        once(this.#child.stderr, 'data'),
        once(this.#child, 'close'),
      ]);
    }
    return this.#output.replace(`${token}\n`, '').trimEnd();
  }

  /** Starts statements without waiting for them. */
  start(sql: string): void {
    this.#child.stdin.write(`${sql}\n`);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'close');
    this.#child.stdin.end();
    await ended;
  }
}

/** Runs statements in a process of their own. @returns what they printed */
export async function sqlInAnotherProcess(file: string, sql: string): Promise<string> {
  const shell = new DatabaseShell(file);
  try {
    return await shell.run(sql);
  } finally {
    await shell.close();
  }
}
