import { compareBytes } from '../engine/codec/utf8';
import { lowerAscii } from '../engine/codec/ascii-case';
import { type LeafEvent, readLeaves } from '../engine/operations/leaves';
import { recomputeLeaves } from '../engine/repository/leaves';
import { REPOSITORY_OPTION, writeChosen } from './chosen-repository';
import type { Command } from './command';
import { COMMENT_FORMAT_OPTIONS, readingHistory, WIDTH_OPTION } from './history-source';
import { type OutputStyle, outputStyle } from './output-style';
import { originText } from './timeline-text';

const NUMBER_COLUMNS = 6;
const NARROWEST = 40;

export const leavesCommand: Command = {
  name: 'leaves',
  usage: '[-a|--all | -c|--closed] [--bybranch] [-m|--multiple] [--recompute] [-W N] [--comment-format N] [-R FILE]',
  summary: 'List the ends of all branches: open ones, closed ones or all',
  options: {
    ...REPOSITORY_OPTION,
    ...WIDTH_OPTION,
    ...COMMENT_FORMAT_OPTIONS,
    all: { type: 'boolean', short: 'a' },
    closed: { type: 'boolean', short: 'c' },
    bybranch: { type: 'boolean' },
    multiple: { type: 'boolean', short: 'm' },
    recompute: { type: 'boolean' },
  },
  arity: { least: 0, most: 0 },
  async run(context) {
    if (context.options['recompute'] === true) {
      await writeChosen(context, (repository) => repository.transaction(() => recomputeLeaves(repository.db)));
    }
    return listLeaves(context);
  },
};

const listLeaves = readingHistory(async (context, source) => {
  const { environment, options } = context;
  const forksOnly = options['multiple'] === true;
  const isByBranch = forksOnly || options['bybranch'] === true;
  const leaves = await readLeaves(environment, source, {
    which: options['closed'] === true ? 'closed' : options['all'] === true ? 'all' : 'open',
    forksOnly,
  });
  if (isByBranch) leaves.sort((a, b) => compareBytes(branchOrder(a), branchOrder(b)));
  const style = await outputStyle(context, source, NARROWEST);
  const layout = { ...style, isByBranch, countsEachBranch: forksOnly };
  return { text: leavesText(leaves, layout), json: { leaves } };
});

/** As `fossil leaves` prints them. */
function leavesText(
  leaves: readonly LeafEvent[],
  layout: OutputStyle & { isByBranch: boolean; countsEachBranch: boolean },
): string {
  const lines: string[] = [];
  let number = 0;
  let last: string | undefined;
  for (const leaf of leaves) {
    if (layout.isByBranch && leaf.branch !== last) {
      lines.push(`*** ${leaf.branch} ***`);
      if (layout.countsEachBranch) number = 0;
      last = leaf.branch;
    }
    number++;
    const count = `(${number})`.padStart(NUMBER_COLUMNS);
    lines.push(`${count} ${leafText(leaf, layout)}`);
  }
  return lines.join('\n');
}

function leafText(leaf: LeafEvent, { formatTime, shortHash, fold }: OutputStyle): string {
  const { time, hash, comment, user, tags, branchedFrom } = leaf;
  const from = branchedFrom === undefined ? '' : ` (branched from: [${shortHash(branchedFrom)}])`;
  const written = `${comment} ${originText(user, tags)}`;
  return fold(`${formatTime(time)} [${shortHash(hash)}] ${written}${from}`, NUMBER_COLUMNS + 1, written);
}

/** The main branch of most projects comes first, then names without regard to case. */
function branchOrder({ branch }: LeafEvent): string {
  return branch === 'trunk' ? '' : lowerAscii(branch);
}
