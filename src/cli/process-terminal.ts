import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { EngineError } from '../engine/errors';
import type { Terminal } from './terminal';

const DEFAULT_WIDTH = 80;
const CLEAR_LINE = '\r\u001b[K';

/** The terminal, or the pipes, that this process was started with. */
export function processTerminal(): Terminal {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interruption.abort());
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The terminal may be closed, which is what interrupted the command: let it clear away what it has begun.
    if (interruption.signal.aborted) return;
    // Whoever read has enough, as "head" has after some lines.
    if (error.code === 'EPIPE') process.exit();
    process.stderr.write(`${unwritten(error)}\n`);
    process.exit(1);
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => undefined);
  let isProgressShown = false;
  const clearProgress = (): void => {
    if (isProgressShown) process.stderr.write(CLEAR_LINE);
    isProgressShown = false;
  };
  return {
    get directory() {
      return currentDirectory();
    },
    interrupted: interruption.signal,
    get width() {
      // A terminal that was never given a size says 0.
      return process.stderr.isTTY && process.stderr.columns > 0 ? process.stderr.columns : DEFAULT_WIDTH;
    },
    get outputWidth() {
      return process.stdout.isTTY ? process.stdout.columns : 0;
    },
    print(line) {
      clearProgress();
      process.stdout.write(`${line}\n`);
    },
    write(content) {
      clearProgress();
      process.stdout.write(content);
    },
    complain(line) {
      clearProgress();
      process.stderr.write(`${line}\n`);
    },
    showProgress(line) {
      if (!process.stderr.isTTY) return;
      clearProgress();
      if (line === '') return;
      process.stderr.write(line);
      isProgressShown = true;
    },
    ask(question, options = {}) {
      clearProgress();
      return process.stdin.isTTY ? askOnTerminal(question, options.isSecret ?? false) : Promise.resolve(undefined);
    },
    readLine,
    readAll: () => process.stdin,
  };
}

function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    const advice = 'Change to one that is there, or give -R FILE and all names of files in full, from the root on.';
    throw new EngineError('file-missing', `The folder that the command was started in is gone. ${advice}`, { cause });
  }
}

function unwritten(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    return 'The disk is full: the output could not be written. Make room and try again.';
  return `The output could not be written: ${error.message}.`;
}

function askOnTerminal(question: string, isSecret: boolean): Promise<string | undefined> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: isSecret ? silent : process.stderr, terminal: true });
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('close', () => {
      if (isSecret) process.stderr.write('\n');
      resolve(undefined);
    });
  });
}

async function readLine(): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) {
    pieces.push(Buffer.from(piece as Uint8Array));
    if (pieces.at(-1)?.includes(0x0a) === true) break;
  }
  return /^[^\r\n]*/.exec(Buffer.concat(pieces).toString('utf8'))?.[0] ?? '';
}
