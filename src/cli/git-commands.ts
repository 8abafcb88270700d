import * as fs from 'node:fs';
import { EngineError } from '../engine/errors';
import type { NamePattern } from '../engine/git/git-importer';
import { type Attribution, importGit } from '../engine/operations/import-git';
import { exportGit } from '../engine/operations/export-git';
import { absolutePath } from './absolute-path';
import { chosenPath, REPOSITORY_OPTION } from './chosen-repository';
import { type Command, type CommandContext, given, textOption, textOptions } from './command';

const importCommand: Command = {
  name: 'import',
  usage:
    '--git FILE [STREAM-FILE] [-i|--incremental] [-f|--force] [--import-marks FILE] [--export-marks FILE] [--rename-master NAME] [--rename-trunk NAME] [--rename-branch PATTERN] [--rename-tag PATTERN] [--use-author] [--attribute "EMAIL USER"]... [-A|--admin-user NAME]',
  summary: 'Make a repository of a "git fast-export" stream, from a file or from standard input',
  options: {
    git: { type: 'boolean' },
    incremental: { type: 'boolean', short: 'i' },
    force: { type: 'boolean', short: 'f' },
    'import-marks': { type: 'string' },
    'export-marks': { type: 'string' },
    'rename-master': { type: 'string' },
    'rename-trunk': { type: 'string' },
    'rename-branch': { type: 'string' },
    'rename-tag': { type: 'string' },
    'use-author': { type: 'boolean' },
    attribute: { type: 'string', multiple: true },
    'admin-user': { type: 'string', short: 'A' },
    // Scripts that were written for fossil give these; here there is nothing that they could change.
    quiet: { type: 'boolean', short: 'q' },
    'no-rebuild': { type: 'boolean' },
    'no-vacuum': { type: 'boolean' },
  },
  arity: { least: 1, most: 2 },
  async run(context) {
    const { environment, interaction, terminal, positionals, options } = context;
    requireGit(options['git']);
    const absolute = (name: string): string => absolutePath(terminal, name);
    const file = positionals[1] === undefined ? undefined : absolute(positionals[1]);
    const streamSize = file === undefined ? undefined : (await environment.fs.status(file))?.size;
    if (file !== undefined && streamSize === undefined) {
      throw new EngineError('file-missing', `There is no file ${file} to import.`);
    }
    const branches = patternOf(textOption(options, 'rename-branch'), 'rename-branch');
    const tags = patternOf(textOption(options, 'rename-tag'), 'rename-tag');
    const result = await importGit(
      environment,
      {
        path: absolute(positionals[0] ?? ''),
        incremental: options['incremental'] === true,
        force: options['force'] === true,
        usesAuthor: options['use-author'] === true,
        attributions: textOptions(options, 'attribute').map(attributionOf),
        ...given('importMarks', absoluteOption(context, 'import-marks')),
        ...given('exportMarks', absoluteOption(context, 'export-marks')),
        ...given('masterName', textOption(options, 'rename-master')),
        ...given('trunkName', textOption(options, 'rename-trunk')),
        ...given('adminUser', textOption(options, 'admin-user')),
        ...(branches === undefined ? {} : { branches }),
        ...(tags === undefined ? {} : { tags }),
        ...(streamSize === undefined ? {} : { streamSize }),
      },
      file === undefined ? terminal.readAll() : fs.createReadStream(file, { highWaterMark: 1 << 20 }),
      interaction,
    );
    const { user, password, projectCode, summary } = result;
    const administrator = user === undefined ? '' : `\nAdministrator: ${user}, password ${password ?? ''}`;
    return { text: `${summary}\nProject ${projectCode}${administrator}`, json: result };
  },
};

const exportCommand: Command = {
  name: 'export',
  usage: '--git [FILE] [-R|--repository FILE] [--import-marks FILE] [--export-marks FILE] [--rename-trunk NAME]',
  summary: 'Write the check-ins of a repository to standard output, as "git fast-import" reads them',
  options: {
    ...REPOSITORY_OPTION,
    git: { type: 'boolean' },
    'import-marks': { type: 'string' },
    'export-marks': { type: 'string' },
    'rename-trunk': { type: 'string' },
  },
  arity: { least: 0, most: 1 },
  async run(context) {
    const { environment, interaction, terminal, positionals, options } = context;
    requireGit(options['git']);
    const { missing, summary } = await exportGit(
      environment,
      {
        path: await chosenPath(context, positionals[0]),
        ...given('importMarks', absoluteOption(context, 'import-marks')),
        ...given('exportMarks', absoluteOption(context, 'export-marks')),
        ...given('trunkName', textOption(options, 'rename-trunk')),
      },
      (bytes) => terminal.write(bytes),
      interaction,
    );
    // Standard output is the stream's alone.
    if (missing.length > 0) terminal.complain(summary);
    return { text: '', json: undefined, isGood: missing.length === 0 };
  },
};

/** To Git and from it. */
export const gitCommands: readonly Command[] = [importCommand, exportCommand];

function absoluteOption({ terminal, options }: CommandContext, name: string): string | undefined {
  const value = textOption(options, name);
  return value === undefined ? undefined : absolutePath(terminal, value);
}

/** Git's is the one format there is; saying so leaves room for others. */
function requireGit(isGiven: unknown): void {
  if (isGiven !== true) throw new EngineError('usage', 'Say which format: --git is the one that Trilobite knows.');
}

function patternOf(text: string | undefined, option: string): NamePattern | undefined {
  if (text === undefined) return undefined;
  const [before, after, ...more] = text.split('%');
  if (before === undefined || after === undefined || more.length > 0) {
    throw new EngineError('usage', `--${option} takes a name with one "%", which stands for the original name.`);
  }
  return { before, after };
}

function attributionOf(text: string): Attribution {
  const match = /^(\S+) (.+)$/.exec(text);
  if (match === null)
    throw new EngineError('usage', '--attribute takes an address, a space and a user name in quotes.');
  return { address: match[1] ?? '', user: match[2] ?? '' };
}
