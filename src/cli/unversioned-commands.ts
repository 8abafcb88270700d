import { EngineError } from '../engine/errors';
import {
  addUnversioned,
  removeUnversioned,
  replaceUnversioned,
  touchUnversioned,
  unversionedContent,
  unversionedText,
  unversionedTime,
} from '../engine/operations/unversioned';
import { syncUnversioned } from '../engine/operations/unversioned-sync';
import type { Repository } from '../engine/repository/repository';
import { setting } from '../engine/repository/settings';
import { UnversionedFiles, type UnversionedFile } from '../engine/repository/unversioned';
import type { UnversionedAction } from '../engine/xfer/unversioned-moves';
import { absolutePath } from './absolute-path';
import { checkoutRoot } from './checkout-root';
import { chosenFile, readChosen, REPOSITORY_OPTION, writeChosen } from './chosen-repository';
import { type Command, type CommandContext, type CommandResult, given, textOption, textOptions } from './command';
import { CONNECTION_OPTIONS, keptBySync } from './connection-options';
import { outputContents } from './content-output';
import { passwordOf } from './repository-commands';
import { serverAddress } from './server-address';
import { requireArguments, subcommandOf } from './subcommand';
import { editText } from './text-editor';

const SUBCOMMANDS = [
  ...([
    'add',
    'cat',
    'delete',
    'edit',
    'export',
    'hash',
    'list',
    'ls',
    'remove',
    'revert',
    'rm',
    'sync',
    'touch',
  ] as const),
];
const ANY = Number.POSITIVE_INFINITY;

/** The last second of the year 9999: others may have sent any time. */
const LATEST = 253_402_300_799;

/** Fossil's words for what moves. */
const ACTIONS: Record<UnversionedAction, string> = {
  pull: 'UV-PULL',
  'pull-time': 'UV-PULL-MTIME-ONLY',
  'pull-deletion': 'UV-DELETE',
  push: 'UV-PUSH',
  'push-time': 'UV-PUSH-MTIME-ONLY',
  drop: 'UV-DROP',
};

const unversionedCommand: Command = {
  name: 'unversioned',
  usage: `add FILE… [--as NAME] | cat FILE… | edit FILE | export FILE OUTPUT | hash [--debug] | list|ls [-l] [-a] [--glob G|--like L]
       | remove|rm|delete FILE… [--glob G] [--like L] | touch FILE… | sync [URL] | revert [URL]
       [--mtime TIME] [-R FILE] [-n] [-v] [--once] [--user U] [--password-stdin] [--transcript FILE]`,
  summary: 'Files that are synced without history',
  options: {
    ...REPOSITORY_OPTION,
    ...CONNECTION_OPTIONS,
    as: { type: 'string' },
    mtime: { type: 'string' },
    glob: { type: 'string', multiple: true },
    like: { type: 'string', multiple: true },
    long: { type: 'boolean', short: 'l' },
    all: { type: 'boolean', short: 'a' },
    'dry-run': { type: 'boolean', short: 'n' },
    user: { type: 'string' },
    'password-stdin': { type: 'boolean' },
    once: { type: 'boolean' },
    debug: { type: 'boolean' },
  },
  arity: { least: 1, most: ANY },
  run(context) {
    const [word, ...rest] = context.positionals;
    const subcommand = subcommandOf(word, SUBCOMMANDS);
    switch (subcommand) {
      case 'add':
        return add(context, rest);
      case 'cat':
        return cat(context, rest);
      case 'edit':
        return edit(context, rest);
      case 'export':
        return exportFile(context, rest);
      case 'hash':
        return hash(context, rest);
      case 'list':
      case 'ls':
        return list(context, rest, subcommand === 'list' || context.options['long'] === true);
      case 'delete':
      case 'remove':
      case 'rm':
        return remove(context, rest);
      case 'touch':
        return touch(context, rest);
      case 'revert':
        return exchange(context, rest, { reverts: true });
      case 'sync':
        return exchange(context, rest, { reverts: false });
    }
  },
};

/** Under its long and its short name. */
export const unversionedCommands: readonly Command[] = [unversionedCommand, { ...unversionedCommand, name: 'uv' }];

async function add(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 1, ANY, 'unversioned add FILE… [--as NAME]');
  const name = textOption(context.options, 'as');
  if (name !== undefined && rest.length > 1) throw new EngineError('usage', '--as gives a name to a single file.');
  const files = rest.map((file) => ({ name: name ?? file, path: absolutePath(context.terminal, file) }));
  return writeChosen(context, async (repository, checkout) => {
    await addUnversioned({ repository, checkout }, files, timeOption(context, repository));
    return { text: '', json: { added: files.map((file) => file.name) } };
  });
}

async function cat(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 1, ANY, 'unversioned cat FILE…');
  const contents = await readChosen(context, (repository) => rest.map((name) => unversionedContent(repository, name)));
  return outputContents(context, contents);
}

/** Nobody is locked out while the editor is open: whoever changed the file meanwhile keeps the better right. */
async function edit(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 1, 1, 'unversioned edit FILE [--mtime TIME]');
  const [name = ''] = rest;
  const { before, editor } = await readChosen(context, (repository) => ({
    before: unversionedText(repository, name),
    editor: setting(repository, 'editor'),
  }));
  const edited = await editText(context.environment, editor, name, before);
  try {
    await writeChosen(context, (repository, checkout) => {
      const change = { before, after: edited.content, mtime: timeOption(context, repository) };
      replaceUnversioned({ repository, checkout }, name, change);
    });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.code, `${error.message} What you have written is in ${edited.file}.`, { cause: error });
  }
  await edited.discard();
  return { text: '', json: { edited: name } };
}

async function exportFile(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 2, 2, 'unversioned export FILE OUTPUT');
  const [name = '', output = ''] = rest;
  const content = await readChosen(context, (repository) => unversionedContent(repository, name));
  return outputContents(context, [content], output);
}

function hash(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 0, 0, 'unversioned hash [--debug]');
  return readChosen(context, (repository) => {
    const files = new UnversionedFiles(repository);
    const lines: string[] = [];
    const isShown = context.options['debug'] === true;
    const digest = isShown ? files.freshDigest((line) => lines.push(line)) : files.digest();
    return { text: [...lines, digest].join('\n'), json: { hash: digest, ...(isShown ? { lines } : {}) } };
  });
}

function list(context: CommandContext, rest: string[], isLong: boolean): Promise<CommandResult> {
  requireArguments(rest, 0, 0, 'unversioned list [-l] [-a] [--glob PATTERN|--like PATTERN]');
  const { options } = context;
  return readChosen(context, (repository) => {
    const files = new UnversionedFiles(repository).list({
      ...given('glob', textOptions(options, 'glob').at(-1)),
      ...given('like', textOptions(options, 'like').at(-1)),
      withDeleted: options['all'] === true,
    });
    return { text: files.map((file) => (isLong ? longLine(file) : file.name)).join('\n'), json: { files } };
  });
}

/** Fossil's columns. */
function longLine({ name, mtime, hash: digest, size, storedSize }: UnversionedFile): string {
  const stamp = new Date(Math.min(mtime, LATEST) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const label = (digest ?? '(deleted)').slice(0, 12).padStart(12);
  const note = digest !== undefined && storedSize === undefined && size > 0 ? ' (no content)' : '';
  return `${label} ${stamp} ${String(size).padStart(8)} ${String(storedSize ?? 0).padStart(8)} ${name}${note}`;
}

function remove(context: CommandContext, rest: string[]): Promise<CommandResult> {
  const selection = {
    names: rest,
    globs: textOptions(context.options, 'glob'),
    likes: textOptions(context.options, 'like'),
  };
  if (Object.values(selection).every((part) => part.length === 0)) {
    throw new EngineError('usage', 'Say which files to remove: by name, --glob or --like.');
  }
  return writeChosen(context, (repository, checkout) => {
    const removed = removeUnversioned({ repository, checkout }, selection, timeOption(context, repository));
    return { text: '', json: { removed } };
  });
}

function touch(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 1, ANY, 'unversioned touch FILE… [--mtime TIME]');
  return writeChosen(context, (repository, checkout) => {
    touchUnversioned({ repository, checkout }, rest, timeOption(context, repository));
    return { text: '', json: { touched: rest } };
  });
}

async function exchange(
  context: CommandContext,
  rest: string[],
  { reverts }: { reverts: boolean },
): Promise<CommandResult> {
  requireArguments(rest, 0, 1, `unversioned ${reverts ? 'revert' : 'sync'} [URL] [-n] [-v]`);
  const { environment, transport, interaction, options } = context;
  const [url] = rest;
  const isDryRun = options['dry-run'] === true;
  const outcome = await syncUnversioned(
    environment,
    transport,
    {
      repository: chosenFile(context) ?? (await checkoutRoot(context)),
      reverts,
      isDryRun,
      ...given('url', url === undefined ? undefined : await serverAddress(context, url)),
      ...given('user', textOption(options, 'user')),
      ...given('password', await passwordOf(context)),
      rememberPassword: true,
      isOnce: options['once'] === true,
      settings: keptBySync(options),
    },
    interaction,
  );
  const isTold = isDryRun || options['verbose'] === true;
  const lines = isTold ? outcome.moves.map(({ action, name }) => `${ACTIONS[action]}: ${name}`) : [];
  return { text: [...lines, outcome.summary].join('\n'), json: outcome };
}

function timeOption(context: CommandContext, repository: Repository): number {
  return unversionedTime(repository, textOption(context.options, 'mtime'));
}
