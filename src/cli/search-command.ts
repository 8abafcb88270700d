import { type FoundNames, searchRepository } from '../engine/operations/search';
import { REPOSITORY_OPTION } from './chosen-repository';
import type { Command } from './command';
import { COMMENT_FORMAT_OPTIONS, readingHistory, integerOption, WIDTH_OPTION } from './history-source';
import { outputStyle } from './output-style';
import { entriesToRead, timelineText } from './timeline-text';

/** About so many lines. */
const DEFAULT_LIMIT = -1000;

export const searchCommand: Command = {
  name: 'search',
  usage: 'WORD… [-a] [-n N] [-W N] [--comment-format N] [-R FILE]',
  summary: 'Look through comments, and names of files, branches, tags and users',
  options: {
    ...REPOSITORY_OPTION,
    ...WIDTH_OPTION,
    ...COMMENT_FORMAT_OPTIONS,
    all: { type: 'boolean', short: 'a' },
    limit: { type: 'string', short: 'n' },
  },
  arity: { least: 1, most: Number.POSITIVE_INFINITY },
  run: readingHistory(async (context, source) => {
    const { environment, positionals, options } = context;
    const limit = integerOption(options, 'limit') ?? DEFAULT_LIMIT;
    const result = await searchRepository(environment, source, {
      pattern: positionals.join(' '),
      wantsAll: options['all'] === true,
      limit: entriesToRead(limit, options['json'] === true),
    });
    const layout = { ...(await outputStyle(context, source)), limit, isTerse: true };
    const events = timelineText(result.events, layout);
    return { text: [events, ...nameLines(result.names)].join('\n'), json: result };
  }),
};

/** Nothing where no name matches: then the output is that of `fossil search`. */
function nameLines({ files, branches, tags, users }: FoundNames): string[] {
  const lines = [
    ...files.map((name) => `file     ${name}`),
    ...branches.map((name) => `branch   ${name}`),
    ...tags.map((name) => `tag      ${name}`),
    ...users.map((name) => `user     ${name}`),
  ];
  return lines.length === 0 ? [] : ['=== names ===', ...lines];
}
