import { EngineError } from '../engine/errors';
import { type HistorySource, type OpenedSource, readHistory } from '../engine/operations/history-source';
import { checkoutRoot, managedPaths } from './checkout-root';
import { chosenFile } from './chosen-repository';
import { type Command, type CommandContext, type CommandResult, type OptionValues, textOption } from './command';

/** Columns that lines are folded at. */
export const WIDTH_OPTION = { width: { type: 'string', short: 'W' } } as const;

/** How comments are folded; Fossil has both names. */
export const COMMENT_FORMAT_OPTIONS = {
  'comment-format': { type: 'string' },
  comfmtflags: { type: 'string' },
} as const;

async function historySource(context: CommandContext): Promise<HistorySource> {
  const file = chosenFile(context);
  return file === undefined ? { checkout: await checkoutRoot(context) } : { repository: file };
}

/** What a command does that looks at a history, which is opened once for all of it. */
export function readingHistory(
  run: (context: CommandContext, source: OpenedSource) => Promise<CommandResult>,
): Command['run'] {
  return async (context) =>
    readHistory(context.environment, await historySource(context), (opened) => run(context, { opened }));
}

/** Names of files as the repository has them: with `-R` as they are given, in a checkout relative to the current directory. */
export function repositoryPaths(
  context: CommandContext,
  { opened: { checkout } }: OpenedSource,
  names: readonly string[],
): string[] {
  return checkout !== undefined
    ? managedPaths(context, checkout.root, names)
    : names.map((name) => name.replace(/^(\.\/)+/, '').replace(/^\.$/, ''));
}

/** The columns to fold at: what `-W` says, else those of the terminal. @throws EngineError `usage` */
export function outputWidth(context: CommandContext, least = 21): number {
  const given = integerOption(context.options, 'width');
  if (given === undefined) return context.terminal.outputWidth;
  if (given === 0 || given >= least) return given;
  throw new EngineError('usage', `-W takes a width above ${least - 1}, or 0 for no limit.`);
}

/** @returns undefined when the option was not given @throws EngineError `usage` when it is no whole number */
export function integerOption(options: OptionValues, name: string): number | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  if (/^[+-]?\d{1,9}$/.test(text)) return Number(text);
  throw new EngineError('usage', `--${name} takes a whole number, not "${text}".`);
}

/** @returns undefined when the option was not given @throws EngineError `usage` when it says neither yes nor no */
export function flagOption(options: OptionValues, name: string): boolean | undefined {
  const text = textOption(options, name)?.toLowerCase();
  if (text === undefined) return undefined;
  if (['yes', 'on', 'true', '1'].includes(text)) return true;
  if (['no', 'off', 'false', '0'].includes(text)) return false;
  throw new EngineError('usage', `--${name} takes yes or no, not "${text}".`);
}
