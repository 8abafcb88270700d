import { EngineError } from '../errors';
import type { SshRemote } from '../xfer/remote';
import { wordsOf } from './command-words';

/** Fossil's own: no escape character, so that every byte passes. */
const DEFAULT_COMMAND = 'ssh -e none';
/** Where programs of a user, of Homebrew and of the like are, which a shell without login often does not know. */
const MORE_PATH = 'PATH=$HOME/bin:/usr/local/bin:/opt/homebrew/bin:$PATH';

export interface SshCommandOptions {
  /** Program and options that are `ssh`; default Fossil's. */
  command?: string | undefined;
  homeDirectory: string;
  /** Nobody is there to answer a question of `ssh`: it must fail instead. */
  isBatch: boolean;
  /** Look for the program on the other computer in the usual places besides its `PATH`. */
  withMorePath: boolean;
  platform: 'posix' | 'win32';
}

/**
 * The words that run a server for `remote` on its computer; no shell of this computer sees them, and nothing of an address can become an
 * option or a command.
 */
export function sshCommand(remote: SshRemote, options: SshCommandOptions): { program: string; args: string[] } {
  const [program, ...given] = wordsOf(options.command ?? DEFAULT_COMMAND, options);
  if (program === undefined)
    throw new EngineError('ssh-failed', 'The setting "ssh-command" names no program. Remove it, or name one.');
  const isOpenSsh = /(?:^|[/\\])ssh(?:\.exe)?$/i.test(program);
  return {
    program,
    args: [
      ...given,
      ...(options.isBatch && isOpenSsh ? ['-o', 'BatchMode=yes'] : []),
      ...(remote.port === 22 ? [] : ['-p', String(remote.port)]),
      '-T',
      '--',
      remote.user === undefined ? remote.host : `${remote.user}@${remote.host}`,
      remoteCommand(remote, options.withMorePath),
    ],
  };
}

/** Whether the program that answers is ours. */
export function isTrilobite(program: string | undefined): boolean {
  return /trilobite(?:\.exe|\.cmd)?$/i.test(program ?? '');
}

/** What the shell on the other computer gets. */
function remoteCommand({ program = 'fossil', path }: SshRemote, withMorePath: boolean): string {
  const answers = isTrilobite(program) ? 'serve --stdio' : 'test-http';
  const file = path.slice(1);
  const command = `${quoted(program)} ${answers} ${quoted(file.startsWith('-') ? `./${file}` : file)}`;
  return withMorePath ? `${MORE_PATH} ${command}` : command;
}

/** A word for a POSIX shell; one that needs no quotes gets none, and so pleases other shells too. A leading `~` stays what it is. */
function quoted(word: string): string {
  const home = /^~[\w.-]*\//.exec(word)?.[0] ?? '';
  const rest = word.slice(home.length);
  return home + (/^[\w@%+=:,./\\-]+$/.test(rest) ? rest : `'${rest.replaceAll("'", "'\\''")}'`);
}
