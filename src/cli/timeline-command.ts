import { EngineError } from '../engine/errors';
import { readTimeline, type TimelineRequest } from '../engine/operations/timeline';
import type { EventType } from '../engine/repository/version-names';
import { REPOSITORY_OPTION } from './chosen-repository';
import { type Command, type CommandContext, given, type OptionValues, textOption } from './command';
import { EVENT_TYPES } from './event-types';
import { COMMENT_FORMAT_OPTIONS, integerOption, readingHistory, repositoryPaths, WIDTH_OPTION } from './history-source';
import { outputStyle } from './output-style';
import { entriesToRead, timelineText } from './timeline-text';

/** Lines, when nothing else is asked for. */
const DEFAULT_LIMIT = -20;
const WHEN = ['before', 'after', 'descendants', 'children', 'ancestors', 'parents'] as const;

const FORMATS: Readonly<Record<string, string>> = {
  oneline: '%h %c',
  medium: 'Commit:   %h%nDate:     %d%nAuthor:   %a%nComment:  %c%n',
  full: 'Commit:   %H%nDate:     %d%nAuthor:   %a%nComment:  %c%nBranch:   %b%nTags:     %t%nPhase:    %p%n',
};

export const timelineCommand: Command = {
  name: 'timeline',
  usage:
    '[before|after|ancestors|descendants] [VERSION|DATE] [-n N] [-t TYPE] [-b BRANCH] [-c] [--tag TAG] [-u USER] [-p PATH] [-v] [-F FORMAT] [--offset N] [--cursor C] [-W N] [--comment-format N] [-R FILE]',
  summary: 'Show what happened, newest first',
  options: {
    ...REPOSITORY_OPTION,
    ...WIDTH_OPTION,
    ...COMMENT_FORMAT_OPTIONS,
    limit: { type: 'string', short: 'n' },
    offset: { type: 'string' },
    cursor: { type: 'string' },
    type: { type: 'string', short: 't' },
    path: { type: 'string', short: 'p' },
    branch: { type: 'string', short: 'b' },
    'current-branch': { type: 'boolean', short: 'c' },
    tag: { type: 'string' },
    'for-user': { type: 'string', short: 'u' },
    verbose: { type: 'boolean', short: 'v' },
    format: { type: 'string', short: 'F' },
    oneline: { type: 'boolean' },
    medium: { type: 'boolean' },
    full: { type: 'boolean' },
  },
  refuses: {
    '--sql': 'Trilobite reads a timeline page by page, with no one statement to show. Leave the option away.',
  },
  arity: { least: 0, most: 2 },
  run: readingHistory(async (context, source) => {
    const { environment, options } = context;
    const limit = integerOption(options, 'limit') ?? DEFAULT_LIMIT;
    const path = textOption(options, 'path');
    const [pathInRepository] = path === undefined ? [] : repositoryPaths(context, source, [path]);
    const isJson = options['json'] === true;
    const result = await readTimeline(environment, source, {
      ...requestOf(context),
      limit: entriesToRead(limit, isJson),
      ...(limit > 0 ? { nearest: limit } : {}),
      ...given('path', pathInRepository),
    });
    const format = formatOf(options);
    const text = isJson
      ? ''
      : timelineText(result.entries, {
          ...(await outputStyle(context, source)),
          limit,
          ...given('format', format),
        });
    return { text, json: result };
  }),
};

function requestOf({ positionals, options }: CommandContext): TimelineRequest {
  const type = textOption(options, 'type');
  const offset = integerOption(options, 'offset');
  const [first, second] = positionals;
  const when = second === undefined ? undefined : whenOf(first ?? '');
  const origin = second ?? first;
  return {
    ...(when === undefined ? {} : { when }),
    ...given('origin', origin),
    ...(type === undefined || type.startsWith('a') ? {} : { types: [typeOf(type)] }),
    ...given('branch', textOption(options, 'branch')),
    ...(options['current-branch'] === true ? { isCurrentBranch: true } : {}),
    ...given('tag', textOption(options, 'tag')),
    ...given('user', textOption(options, 'for-user')),
    ...(offset === undefined ? {} : { offset: Math.max(0, offset) }),
    ...given('cursor', textOption(options, 'cursor')),
    ...(options['verbose'] === true ? { withFiles: true } : {}),
  };
}

/** Any beginning of the words will do, as far as it is of one word. */
function whenOf(text: string): NonNullable<TimelineRequest['when']> {
  const words = WHEN.filter((word) => word.startsWith(text));
  const [word] = words;
  if (text === '' || words.length !== 1 || word === undefined) {
    throw new EngineError('usage', `"${text}" is none of ${WHEN.join(', ')}.`);
  }
  if (word === 'children') return 'descendants';
  return word === 'parents' ? 'ancestors' : word;
}

function typeOf(text: string): EventType {
  const type = EVENT_TYPES.find((candidate) => candidate === text);
  if (type !== undefined) return type;
  throw new EngineError('usage', `-t takes one of ${EVENT_TYPES.join(', ')}, or "all".`);
}

function formatOf(options: OptionValues): string | undefined {
  for (const name of ['full', 'medium', 'oneline']) if (options[name] === true) return FORMATS[name];
  const format = textOption(options, 'format');
  return format === undefined ? undefined : (FORMATS[format] ?? format);
}
