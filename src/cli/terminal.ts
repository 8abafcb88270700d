import type { StdioInput } from '../engine/transport/stdio-server';

/** Where a command reads and writes; handed in so that tests can watch it. */
export interface Terminal {
  /** A whole line, without its end, to standard output. */
  print(line: string): void;
  /** Bytes to standard output, as they are. */
  write(content: Uint8Array): void;
  /** A whole line to standard error. */
  complain(line: string): void;
  /** Replaces the line that shows progress; an empty text takes it away. Nothing happens where nobody watches. */
  showProgress(line: string): void;
  /** Asks on the terminal; undefined when there is none, or at end of file. Secrets are not echoed. */
  ask(question: string, options?: { isSecret?: boolean }): Promise<string | undefined>;
  /** The first line of standard input. */
  readLine(): Promise<string>;
  /** All of standard input, as it arrives. */
  readAll(): StdioInput;
  /** Columns of the terminal. */
  readonly width: number;
  /** Columns that lines on standard output are folded at; 0 where that is no terminal. */
  readonly outputWidth: number;
  /** Where the command was started, absolute. @throws EngineError `file-missing` when that folder is gone: ask only for what needs it. */
  readonly directory: string;
  /** Fires when the user presses Ctrl-C or closes the terminal. */
  readonly interrupted: AbortSignal;
}
