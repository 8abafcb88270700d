import { bytesOfText } from '../engine/codec/byte-text';
import { diffVersions, type DiffRequest } from '../engine/operations/diff';
import { shortHashOf } from '../engine/operations/short-hash';
import { REPOSITORY_OPTION } from './chosen-repository';
import { type Command, type CommandContext, given, type OptionValues, textOption } from './command';
import { diffTextOf, type DiffLayout } from './diff-text';
import { integerOption, readingHistory, repositoryPaths, WIDTH_OPTION } from './history-source';

const NO_WINDOW =
  'Trilobite shows differences as text, here or in the editor; -y puts the two sides beside each other.';
const NO_PROGRAM = 'Trilobite compares by itself and runs no other program for it. Leave the option away.';

/** Columns of an output that is no terminal. */
const DEFAULT_COLUMNS = 80;
/** Columns of the text on each side, when `-W` does not say. */
const [NARROWEST, WIDEST] = [24, 132];

export const diffCommand: Command = {
  name: 'diff',
  usage:
    '[PATH…] [--from V [--to V] | --checkin V | --branch B] [-c N] [-v|-N] [-w|-Z] [--strip-trailing-cr] [--brief|--numstat|-y [-W N]] [--versions] [--no-renames] [-R FILE]',
  summary: 'Show what differs between two versions, or a version and the disk',
  options: {
    ...REPOSITORY_OPTION,
    ...WIDTH_OPTION,
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
    'side-by-side': { type: 'boolean', short: 'y' },
    brief: { type: 'boolean' },
    numstat: { type: 'boolean' },
    versions: { type: 'boolean' },
    'no-renames': { type: 'boolean' },
  },
  refuses: {
    ...Object.fromEntries(
      ['--tk', '--tcl', '--tclsh', '--by', '--browser', '-b', '--webpage'].map((option) => [option, NO_WINDOW]),
    ),
    ...Object.fromEntries(
      ['--command', '--binary', '--diff-binary', '--exec-abs-paths', '--exec-rel-paths'].map((option) => [
        option,
        NO_PROGRAM,
      ]),
    ),
    '--undo':
      'Trilobite keeps nothing that could be undone. "fossil diff --undo" shows what a fossil command has kept.',
  },
  arity: { least: 0, most: Number.POSITIVE_INFINITY },
  run: readingHistory(async (context, source) => {
    const { environment, terminal, options } = context;
    const result = await diffVersions(environment, source, {
      ...requestOf(context),
      paths: repositoryPaths(context, source, context.positionals),
    });
    const layout: DiffLayout = {
      style: styleOf(options),
      width: columnWidth(context),
      ...(options['versions'] === true ? { versions: shortHashOf(source.opened.repository) } : {}),
    };
    if (options['json'] !== true) terminal.write(bytesOfText(diffTextOf(result, layout)));
    const { unknown = [], to } = result;
    for (const path of unknown) {
      const where = to === undefined ? 'the version compared with, nor here' : 'either version';
      terminal.complain(`There is no file or directory "${path}" in ${where}.`);
    }
    return { text: '', json: result, isGood: unknown.length === 0 };
  }),
};

function styleOf(options: OptionValues): DiffLayout['style'] {
  if (options['brief'] === true) return 'brief';
  if (options['numstat'] === true) return 'numstat';
  return options['side-by-side'] === true && options['unified'] !== true ? 'side-by-side' : 'unified';
}

/** Columns of the text on each side: what `-W` says, else as many as the terminal has room for. */
function columnWidth({ options, terminal }: CommandContext): number {
  const given = integerOption(options, 'width') ?? 0;
  if (given > 0) return given;
  const columns = terminal.outputWidth === 0 ? DEFAULT_COLUMNS : terminal.outputWidth;
  return Math.min(WIDEST, Math.max(NARROWEST, Math.floor((columns - 4) / 2) - 7));
}

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
    withPairs: styleOf(options) === 'side-by-side',
    isBrief: options['brief'] === true,
    followsRenames: options['no-renames'] !== true,
  };
}
