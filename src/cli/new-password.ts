import { EngineError } from '../engine/errors';
import type { CommandContext } from './command';
import { passwordOf } from './repository-commands';

/**
 * A password to set: the first line of standard input with `--password-stdin`, else asked for twice on the terminal.
 * @returns undefined when the user gave none
 * @throws EngineError `password-needed` where there is no terminal, `usage` when the two differ
 */
export async function newPassword(context: CommandContext, prompt: string): Promise<string | undefined> {
  const given = await passwordOf(context);
  if (given !== undefined) return given;
  const first = await context.terminal.ask(prompt, { isSecret: true });
  if (first === undefined) {
    throw new EngineError('password-needed', 'There is no terminal to ask for the password: use --password-stdin.');
  }
  if (first === '') return undefined;
  const second = await context.terminal.ask('The same again: ', { isSecret: true });
  if (first !== second) throw new EngineError('usage', 'The two passwords differ; nothing was changed.');
  return first;
}
