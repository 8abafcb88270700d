import { spawn } from 'node:child_process';

/** How a program is started. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which the program is killed; without it, it may take for ever. */
  readonly timeout?: number;
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote on stdout and stderr together
 * @throws Error with the command, its exit code and its output, when it cannot start or does not end with 0
 */
export async function runProgram(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const command = [file, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.timeout === undefined ? {} : { timeout: options.timeout, killSignal: 'SIGKILL' }),
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.once('error', (error) => reject(new Error(`Cannot run ${command}: ${error.message}`, { cause: error })));
    child.once('close', (code, signal) => {
      if (code === 0) {
        resolve(output);
      } else {
        reject(new Error(`${command} ended with ${signal ?? String(code)}\n${output}`));
      }
    });
  });
}
