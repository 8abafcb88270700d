import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import { runCommandLine } from '../../../src/cli/run';
import type { Terminal } from '../../../src/cli/terminal';

/** What a command said and how it ended. */
export interface Ending {
  exitCode: number;
  output: string;
  complaints: string;
  /** Every line that showed progress. */
  progress: string[];
  /** Every question on the terminal. */
  asked: string[];
}

export interface CommandOptions {
  /** Default: the directory of the fixture. */
  directory?: string;
  /** Standard input, and the answers on the terminal. */
  input?: string[];
  /** Fires the signal that Ctrl-C fires. */
  interrupted?: AbortSignal;
  onProgress?: (line: string) => void;
  onOutput?: (line: string) => void;
  /** Environment variables besides those that all commands get. */
  variables?: Readonly<Record<string, string>>;
  /** What commands write that is no text. */
  onBytes?: (content: Uint8Array) => void;
}

/** A directory, a home and a driver for commands of the command line, run in this process. */
export class CommandLine {
  private constructor(
    readonly directory: string,
    readonly driver: 'native' | 'portable',
  ) {}

  static async create(driver: 'native' | 'portable'): Promise<CommandLine> {
    const directory = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-cli-')));
    await fs.mkdir(path.join(directory, 'home'));
    return new CommandLine(directory, driver);
  }

  path(...names: string[]): string {
    return path.join(this.directory, ...names);
  }

  async run(args: readonly string[], options: CommandOptions = {}): Promise<Ending> {
    const ending = unended();
    const terminal = this.terminal(ending, options);
    ending.exitCode = await runCommandLine([...args, '--driver', this.driver, '--portable-writes'], terminal, {
      homeDirectory: this.path('home'),
      variables: { USER: 'alice', PATH: process.env['PATH'], ...options.variables },
      busyTimeout: 2000,
    });
    return ending;
  }

  /** One that keeps what is said in `ending`. */
  terminal(ending: Ending = unended(), options: CommandOptions = {}): Terminal {
    const answers = [...(options.input ?? [])];
    return {
      directory: options.directory ?? this.directory,
      width: 120,
      outputWidth: 0,
      interrupted: options.interrupted ?? new AbortController().signal,
      print(line) {
        ending.output += `${line}\n`;
        options.onOutput?.(line);
      },
      write(content) {
        ending.output += Buffer.from(content).toString('utf8');
        options.onBytes?.(content);
      },
      complain(line) {
        ending.complaints += `${line}\n`;
      },
      showProgress(line) {
        if (line === '') return;
        ending.progress.push(line);
        options.onProgress?.(line);
      },
      ask(question) {
        ending.asked.push(question);
        return Promise.resolve(answers.shift());
      },
      readLine: () => Promise.resolve(answers.shift() ?? ''),
      readAll: () => Readable.from(answers.splice(0).map((answer) => Buffer.from(answer))),
    };
  }

  /** Runs a command that must succeed. @returns its output */
  async succeed(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { exitCode, output, complaints } = await this.run(args, options);
    if (exitCode !== 0) throw new Error(`trilobite ${args.join(' ')} ended with ${exitCode}: ${complaints}`);
    return output;
  }

  async remove(): Promise<void> {
    await fs.rm(this.directory, { recursive: true, force: true });
  }
}

function unended(): Ending {
  return { exitCode: -1, output: '', complaints: '', progress: [], asked: [] };
}
