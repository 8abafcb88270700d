import { EngineError } from '../errors';
import { authorityOf, type SshRemote } from '../xfer/remote';
import { serverText } from '../xfer/server-text';
import type { Ending } from './ssh-process';

const QUOTED = 300;

/** The error for the user when `ssh`, or what it ran, ended without an answer. @param noise - what it printed instead of one */
export function sshFailure(remote: SshRemote, { code, error, complaint }: Ending, noise: string): EngineError {
  const host = authorityOf(remote);
  if (error !== undefined) {
    const isMissing = 'code' in error && error.code === 'ENOENT';
    return new EngineError(
      'ssh-failed',
      isMissing
        ? 'There is no program "ssh" on this computer. Install OpenSSH, or name another program in the setting "ssh-command".'
        : `The program "ssh" could not be started: ${error.message}. Check the setting "ssh-command".`,
      { cause: error },
    );
  }
  const said = serverText(`${complaint} ${noise}`.trim().slice(-QUOTED));
  const quote = said === '' ? '' : ` It says: ${said}`;
  const program = remote.program ?? 'fossil';
  if (code === 127) {
    const missing = /[/\\]/.test(program)
      ? `program ${program}. Correct its path in the address: ?fossil=/PATH/TO/fossil.`
      : `program ${program} where its shell looks for it. Add its path to the address: ?fossil=/PATH/TO/fossil.`;
    return new EngineError('ssh-failed', `${host} has no ${missing}${quote}`);
  }
  if (code === 255)
    return new EngineError('ssh-failed', `The ssh connection to ${host} failed (exit code 255).${quote}`);
  const how = code === undefined ? 'was ended by a signal' : `ended with exit code ${code}`;
  return new EngineError('ssh-failed', `What ssh ran on ${host} ${how} instead of answering.${quote}`);
}
