import { EngineError } from '../engine/errors';

/**
 * The subcommand that a word means: Fossil takes any beginning of two letters and more.
 * @throws EngineError `usage` naming all
 */
export function subcommandOf<Name extends string>(word: string | undefined, names: readonly Name[]): Name {
  const exact = names.find((name) => name === word);
  const candidates = word === undefined || word.length < 2 ? [] : names.filter((name) => name.startsWith(word));
  const found = exact ?? candidates[0];
  if (found !== undefined) return found;
  throw new EngineError('usage', `Say what to do: one of ${names.join(', ')}.`);
}

/** Refuses arguments beyond what a subcommand takes. @throws EngineError `usage` */
export function requireArguments(rest: readonly string[], least: number, most: number, usage: string): void {
  if (rest.length < least || rest.length > most) throw new EngineError('usage', `Usage: trilobite ${usage}`);
}
