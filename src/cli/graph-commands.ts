import { findCommonAncestor, findLeaves, findPath, type PathCheckin } from '../engine/operations/graph';
import { REPOSITORY_OPTION } from './chosen-repository';
import type { Command } from './command';
import { COMMENT_FORMAT_OPTIONS, readingHistory, WIDTH_OPTION } from './history-source';
import { type OutputStyle, outputStyle } from './output-style';
import { formatTime } from './time-format';
import { timelineText } from './timeline-text';

export const mergeBaseCommand: Command = {
  name: 'merge-base',
  usage: 'PRIMARY SECONDARY… [--ignore-merges] [-R FILE]',
  summary: 'Find the common ancestor that a merge would start from',
  options: { ...REPOSITORY_OPTION, 'ignore-merges': { type: 'boolean' } },
  arity: { least: 2, most: Number.POSITIVE_INFINITY },
  run: readingHistory(async (context, source) => {
    const found = await findCommonAncestor(context.environment, source, {
      versions: context.positionals,
      ignoresMerges: context.options['ignore-merges'] === true,
    });
    const text = found === undefined ? 'No common ancestor found.' : `pivot=${found.hash}`;
    return { text, json: { ancestor: found ?? null } };
  }),
};

export const pathCommand: Command = {
  name: 'path',
  usage: 'FROM TO [--no-merge] [--one-way] [-R FILE]',
  summary: 'Show a shortest path between two check-ins',
  options: { ...REPOSITORY_OPTION, 'no-merge': { type: 'boolean' }, 'one-way': { type: 'boolean' } },
  arity: { least: 2, most: 2 },
  run: readingHistory(async (context, source) => {
    const [from = '', to = ''] = context.positionals;
    const path = await findPath(context.environment, source, {
      ...{ from, to },
      primaryOnly: context.options['no-merge'] === true,
      oneWay: context.options['one-way'] === true,
    });
    if (path === undefined)
      return { text: `No path leads from ${from} to ${to}.`, json: { path: null }, isGood: false };
    return { text: pathLines(path, await outputStyle(context, source)).join('\n'), json: { path } };
  }),
};

export const descendantsCommand: Command = {
  name: 'descendants',
  usage: '[VERSION] [-W N] [--comment-format N] [-R FILE]',
  summary: 'List the leaves that a version leads to',
  options: { ...REPOSITORY_OPTION, ...WIDTH_OPTION, ...COMMENT_FORMAT_OPTIONS },
  arity: { least: 0, most: 1 },
  run: readingHistory(async (context, source) => {
    const leaves = await findLeaves(context.environment, source, context.positionals[0]);
    const layout = { ...(await outputStyle(context, source)), limit: 0 };
    return { text: timelineText(leaves, layout), json: { leaves } };
  }),
};

function pathLines(path: readonly PathCheckin[], { shortHash }: OutputStyle): string[] {
  return path.map(({ hash, time }, at) => {
    const next = path[at + 1]?.reachedFrom;
    const relation = next === undefined ? '' : ` is a ${next} of`;
    return `${String(at + 1).padStart(4)}: ${shortHash(hash)} ${formatTime(time)}${relation}`;
  });
}
