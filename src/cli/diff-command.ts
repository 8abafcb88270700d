import { bytesOfText } from '../engine/codec/byte-text';
import { diffVersions, type DiffRequest } from '../engine/operations/diff';
import { REPOSITORY_OPTION } from './chosen-repository';
import { type Command, type CommandContext, given, textOption } from './command';
import { diffTextOf, type DiffLayout } from './diff-text';
import { historySource, integerOption, repositoryPaths } from './history-source';

export const diffCommand: Command = {
  name: 'diff',
  usage:
    '[PATH…] [--from V [--to V] | --checkin V | --branch B] [-c N] [-v|-N] [-w|-Z] [--strip-trailing-cr] [--brief|--numstat] [--versions] [--no-renames] [-R FILE]',
  summary: 'Show what differs between two versions, or a version and the disk',
  options: {
    ...REPOSITORY_OPTION,
    from: { type: 'string', short: 'r' },
    to: { type: 'string' },
    checkin: { type: 'string' },
    ci: { type: 'string' },
    branch: { type: 'string' },
    context: { type: 'string', short: 'c' },
    verbose: { type: 'boolean', short: 'v' },
    'new-file': { type: 'boolean', short: 'N' },
    'ignore-all-space': { type: 'boolean', short: 'w' },
    'ignore-trailing-space': { type: 'boolean', short: 'Z' },
    'strip-trailing-cr': { type: 'boolean' },
    internal: { type: 'boolean', short: 'i' },
    unified: { type: 'boolean' },
    brief: { type: 'boolean' },
    numstat: { type: 'boolean' },
    versions: { type: 'boolean' },
    'no-renames': { type: 'boolean' },
  },
  arity: { least: 0, most: Number.POSITIVE_INFINITY },
  async run(context) {
    const { environment, terminal, options } = context;
    const source = await historySource(context);
    const result = await diffVersions(environment, source, {
      ...requestOf(context),
      paths: repositoryPaths(context, source, context.positionals),
    });
    const style = options['brief'] === true ? 'brief' : options['numstat'] === true ? 'numstat' : 'unified';
    const layout: DiffLayout = { style, withVersions: options['versions'] === true };
    if (options['json'] !== true) terminal.write(bytesOfText(diffTextOf(result, layout)));
    return { text: '', json: result };
  },
};

function requestOf({ options }: CommandContext): DiffRequest {
  const context = integerOption(options, 'context');
  const withWholeFiles = ['verbose', 'new-file', 'numstat'].some((name) => options[name] === true);
  return {
    ...given('from', textOption(options, 'from')),
    ...given('to', textOption(options, 'to')),
    ...given('checkin', textOption(options, 'checkin') ?? textOption(options, 'ci')),
    ...given('branch', textOption(options, 'branch')),
    ...(context === undefined || context < 0 ? {} : { context }),
    ...(options['ignore-all-space'] === true
      ? { ignores: 'all-space' as const }
      : options['ignore-trailing-space'] === true
        ? { ignores: 'trailing-space' as const }
        : {}),
    ignoresTrailingCr: options['strip-trailing-cr'] === true,
    withWholeFiles,
    isBrief: options['brief'] === true,
    followsRenames: options['no-renames'] !== true,
  };
}
