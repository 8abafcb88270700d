import { EngineError } from '../engine/errors';
import { explainFile, fileStanding, readFileHistory, readFiles } from '../engine/operations/file-history';
import { type ListedFile, listFiles } from '../engine/operations/list-files';
import { managedNames } from '../engine/operations/managed-name';
import type { FileRevision } from '../engine/repository/file-history';
import { factsText } from './artifact-text';
import { REPOSITORY_OPTION } from './chosen-repository';
import { type Command, type CommandContext, type CommandResult, given, textOption } from './command';
import { outputContents, OUTPUT_OPTION } from './content-output';
import {
  COMMENT_FORMAT_OPTIONS,
  flagOption,
  integerOption,
  readingHistory,
  repositoryPaths,
  WIDTH_OPTION,
} from './history-source';
import { type OutputStyle, outputStyle } from './output-style';
import type { TimeFormat } from './time-format';

const VERSION_OPTION = { revision: { type: 'string', short: 'r' } } as const;
const CASE_OPTION = { 'case-sensitive': { type: 'string' } } as const;
const DATE_COLUMNS = 11;
const LABEL_COLUMNS = 10;
const SIZE_COLUMNS = 7;

/** How `ls` writes a file. */
interface ListLayout {
  isVerbose: boolean;
  withAges: boolean;
  formatTime: TimeFormat;
}

export const finfoCommand: Command = {
  name: 'finfo',
  usage:
    '[-l|-s|-p|-i] FILE [-b] [-n N] [--offset N] [--no-renames] [-r VERSION] [-v] [-W N] [--comment-format N] [--case-sensitive BOOL] [-R FILE]',
  summary: 'Show what happened to a file, through its renames',
  options: {
    ...REPOSITORY_OPTION,
    ...WIDTH_OPTION,
    ...COMMENT_FORMAT_OPTIONS,
    ...VERSION_OPTION,
    log: { type: 'boolean', short: 'l' },
    status: { type: 'boolean', short: 's' },
    print: { type: 'boolean', short: 'p' },
    id: { type: 'boolean', short: 'i' },
    brief: { type: 'boolean', short: 'b' },
    limit: { type: 'string', short: 'n' },
    offset: { type: 'string' },
    'no-renames': { type: 'boolean' },
    verbose: { type: 'boolean', short: 'v' },
    ...CASE_OPTION,
  },
  arity: { least: 1, most: 1 },
  run: readingHistory(async (context, source) => {
    const { environment, options } = context;
    const names = repositoryPaths(context, source, context.positionals);
    const [asked = ''] = names;
    const [path = ''] = await managedNames(environment, source, names, flagOption(options, 'case-sensitive'));
    const version = given('version', textOption(options, 'revision'));
    if (options['status'] === true) {
      const standing = await fileStanding(environment, source, path);
      const checkin = (standing.checkin ?? '').slice(0, LABEL_COLUMNS).padStart(LABEL_COLUMNS);
      const text = standing.status === 'unknown' ? 'unknown 0000000000' : `${standing.status}  ${checkin}`;
      return { text, json: standing };
    }
    if (options['print'] === true) {
      return outputContents(context, await readFiles(environment, source, { paths: [path], ...version }));
    }
    if (options['id'] === true) {
      const facts = await explainFile(environment, source, { path, ...version });
      const layout = { ...(await outputStyle(context, source)), isBrief: options['verbose'] !== true };
      return { text: factsText(facts, layout), json: facts };
    }
    const revisions = await readFileHistory(environment, source, { path, ...logOptions(context) });
    return fileLog(context, { asked, path }, revisions, await outputStyle(context, source, 23));
  }),
};

export const lsCommand: Command = {
  name: 'ls',
  usage: '[PATH|GLOB…] [-r VERSION] [--age] [-v] [--hash] [-t] [--case-sensitive BOOL] [-R FILE]',
  summary: 'List the files of a version or of the checkout',
  options: {
    ...REPOSITORY_OPTION,
    ...VERSION_OPTION,
    age: { type: 'boolean' },
    verbose: { type: 'boolean', short: 'v' },
    'by-time': { type: 'boolean', short: 't' },
    hash: { type: 'boolean' },
    ...CASE_OPTION,
  },
  arity: { least: 0, most: Number.POSITIVE_INFINITY },
  run: readingHistory(async (context, source) => {
    const { environment, options } = context;
    const version = textOption(options, 'revision');
    const isVerbose = options['verbose'] === true;
    const withAges = options['age'] === true;
    const files = await listFiles(environment, source, {
      ...given('version', version),
      paths: repositoryPaths(context, source, context.positionals),
      ...caseOption(context),
      withAges,
      withChanges: isVerbose,
      isByTime: options['by-time'] === true,
      byContent: options['hash'] === true,
    });
    const { formatTime } = await outputStyle(context, source);
    const layout = { isVerbose, withAges, formatTime };
    const lines = files.map((file) => (version === undefined ? managedLine(file, layout) : versionLine(file, layout)));
    return { text: lines.join('\n'), json: { files } };
  }),
};

export const catCommand: Command = {
  name: 'cat',
  usage: 'FILE… [-r VERSION] [-o OUTPUT] [--case-sensitive BOOL] [-R FILE]',
  summary: 'Print files as a version has them',
  options: { ...REPOSITORY_OPTION, ...VERSION_OPTION, ...OUTPUT_OPTION, ...CASE_OPTION },
  arity: { least: 1, most: Number.POSITIVE_INFINITY },
  run: readingHistory(async (context, source) => {
    const files = await readFiles(context.environment, source, {
      paths: repositoryPaths(context, source, context.positionals),
      ...caseOption(context),
      ...given('version', textOption(context.options, 'revision')),
    });
    return outputContents(context, files);
  }),
};

function caseOption({ options }: CommandContext): { isCaseSensitive?: boolean } {
  const isCaseSensitive = flagOption(options, 'case-sensitive');
  return isCaseSensitive === undefined ? {} : { isCaseSensitive };
}

function logOptions({ options }: CommandContext): { limit?: number; skip?: number; followsRenames: boolean } {
  const limit = integerOption(options, 'limit') ?? 0;
  const skip = integerOption(options, 'offset') ?? 0;
  if (skip < 0) throw new EngineError('usage', '--offset takes a number from 0.');
  return { ...(limit > 0 ? { limit } : {}), skip, followsRenames: options['no-renames'] !== true };
}

function fileLog(
  context: CommandContext,
  { asked, path }: { asked: string; path: string },
  revisions: readonly FileRevision[],
  style: OutputStyle,
): CommandResult {
  const isNamed = context.options['no-renames'] !== true;
  const text =
    context.options['brief'] === true
      ? revisions.map((revision) => style.fold(briefLine(revision, style), 0, revision.comment))
      : [`History for ${asked}`, ...revisions.map((revision) => logEntry(revision, isNamed ? path : undefined, style))];
  return { text: text.join('\n'), json: { path, revisions } };
}

/** @param path - the name that was asked for: where the file had or got another one, that is said; undefined says nothing of names */
function logEntry(
  revision: FileRevision,
  path: string | undefined,
  { formatTime, shortHash, fold }: OutputStyle,
): string {
  const { time, checkin, comment, user, hash, branch } = revision;
  const content = hash === undefined ? 'deleted' : `artifact: [${shortHash(hash)}]`;
  const about = `(user: ${user}, ${content}, branch: ${branch}${path === undefined ? '' : nameNote(revision, path)})`;
  const text = fold(`[${shortHash(checkin)}] ${comment} ${about}`, DATE_COLUMNS);
  return `${formatTime(time).slice(0, 10)} ${text}`;
}

function nameNote(revision: FileRevision, path: string): string {
  if (revision.formerPath !== undefined) return `, renamed: ${revision.formerPath} -> ${revision.path}`;
  return revision.path === path ? '' : `, as: ${revision.path}`;
}

function briefLine(revision: FileRevision, { formatTime, shortHash }: OutputStyle): string {
  const { time, checkin, comment, user, branch } = revision;
  const column = (text: string): string => text.slice(0, 8).padStart(8);
  return `${shortHash(checkin)} ${formatTime(time).slice(0, 10)} ${column(user)} ${column(branch)} ${comment.slice(0, 39).padEnd(39)}`;
}

function versionLine({ path, time, size }: ListedFile, layout: ListLayout): string {
  const stamp = time === undefined ? '' : layout.formatTime(time);
  if (layout.isVerbose) return `${stamp}  ${String(size ?? '').padStart(SIZE_COLUMNS)}  ${path}`;
  return layout.withAges ? `${stamp}  ${path}` : path;
}

function managedLine(file: ListedFile, layout: ListLayout): string {
  const label = layout.isVerbose ? `${changeLabel(file).padEnd(LABEL_COLUMNS)} ` : '';
  const stamp = file.time === undefined ? '' : layout.formatTime(file.time);
  return layout.withAges ? `${label}${stamp}  ${file.path}` : `${label}${file.path}`;
}

/** Fossil calls a change of permission an edit here. */
function changeLabel({ change = 'unchanged' }: ListedFile): string {
  const isPermission = ['executable', 'unexecutable', 'symlink', 'unlink'].includes(change);
  return isPermission ? 'EDITED' : change.toUpperCase().replaceAll('-', '_');
}
