import { EngineError } from '../engine/errors';
import { countOf, describeBytes } from '../engine/operations/describe';
import { rebuildRepository, type RebuildOutcome } from '../engine/operations/rebuild';
import type { Rebuild } from '../engine/repository/rebuild';
import { chosenPath, REPOSITORY_OPTION } from './chosen-repository';
import { type Command, given, type OptionValues, textOption } from './command';

const NO_INDEX =
  'Trilobite makes no full-text index, and leaves one that is there to Fossil. "fossil fts-config" turns it on and off.';

const STATISTICS = [
  ['Manifests:', 'checkin'],
  ['Clusters:', 'cluster'],
  ['Tags:', 'control'],
  ['Wikis:', 'wiki'],
  ['Tickets:', 'ticket'],
  ['Attachments:', 'attachment'],
  ['Events:', 'technote'],
  ['Forum posts:', 'forum'],
] as const;

const rebuildCommand: Command = {
  name: 'rebuild',
  usage:
    '[FILE|-R FILE] [--analyze|--deanalyze] [--cluster] [--compress|--compress-only] [--force] [--ifneeded] [--pagesize N] [--quiet] [--stats] [--user U] [--vacuum] [--wal]',
  summary: 'Make everything that follows from the artifacts anew, every artifact verified',
  options: {
    ...REPOSITORY_OPTION,
    analyze: { type: 'boolean' },
    cluster: { type: 'boolean' },
    compress: { type: 'boolean' },
    'compress-only': { type: 'boolean' },
    deanalyze: { type: 'boolean' },
    force: { type: 'boolean', short: 'f' },
    ifneeded: { type: 'boolean' },
    pagesize: { type: 'string' },
    quiet: { type: 'boolean', short: 'q' },
    stats: { type: 'boolean' },
    user: { type: 'string' },
    vacuum: { type: 'boolean' },
    wal: { type: 'boolean' },
    // For scripts that were written for fossil: nothing is written here that has not been verified.
    noverify: { type: 'boolean' },
  },
  refuses: { '--index': NO_INDEX, '--noindex': NO_INDEX },
  arity: { least: 0, most: 1 },
  async run(context) {
    const { environment, interaction, positionals, options } = context;
    const outcome = await rebuildRepository(
      environment,
      {
        path: await chosenPath(context, positionals[0]),
        ...given('user', textOption(options, 'user')),
        ...pageSizeOf(options),
        ...(options['compress-only'] === true
          ? { compress: 'only' as const }
          : options['compress'] === true
            ? { compress: 'also' as const }
            : {}),
        analyze: options['analyze'] === true,
        deanalyze: options['deanalyze'] === true,
        force: options['force'] === true,
        ifNeeded: options['ifneeded'] === true,
        vacuum: options['vacuum'] === true,
        wal: options['wal'] === true,
        withClusters: options['cluster'] === true,
      },
      interaction,
    );
    const isGood = outcome.rebuild === undefined || outcome.rebuild.wrong.length === 0;
    const lines = options['quiet'] === true && isGood ? [...outcome.warnings] : inWords(outcome);
    if (options['stats'] === true && outcome.rebuild !== undefined) lines.push(...statistics(outcome.rebuild));
    return { text: lines.join('\n'), json: outcome, isGood };
  },
};

function pageSizeOf(options: OptionValues): { pageSize?: number } {
  const text = textOption(options, 'pagesize');
  if (text === undefined) return {};
  const pageSize = Number(text);
  if (pageSize >= 512 && pageSize <= 65_536 && Number.isInteger(Math.log2(pageSize))) return { pageSize };
  throw new EngineError('usage', '--pagesize takes a power of two from 512 to 65536.');
}

/** As `fossil rebuild --stats` prints them. */
function statistics({ artifacts: read, removed, types }: Rebuild): string[] {
  const artifacts = read - removed;
  const counts = STATISTICS.map(([label, type]) => [label, types[type] ?? 0] as const);
  const others = artifacts - counts.reduce((sum, [, count]) => sum + count, 0);
  return [['Artifacts:', artifacts] as const, ...counts, ['Other:', others] as const].map(
    ([label, count]) => `${label.padEnd(15)} ${String(count).padStart(6)}`,
  );
}

function inWords({ rebuild, compression, warnings: undone }: RebuildOutcome): string[] {
  const lines: string[] = [];
  if (rebuild === undefined && compression === undefined) lines.push('Nothing needs to be rebuilt.');
  if (rebuild !== undefined) {
    const { artifacts, logicalBytes, removed, clusters, wrong, warnings } = rebuild;
    lines.push(...warnings);
    for (const { hash } of wrong) lines.push(`Artifact ${hash} is damaged and was left out.`);
    lines.push(`Rebuilt from ${countOf(artifacts, 'artifact')}, ${describeBytes(logicalBytes)}.`);
    if (removed > 0) lines.push(`Removed ${countOf(removed, 'shunned artifact')}.`);
    if (clusters > 0) lines.push(`Made ${countOf(clusters, 'cluster')}.`);
  }
  if (compression !== undefined) {
    const { deltas, bytes } = compression;
    lines.push(
      deltas === 0 ? 'Nothing could be compressed.' : `${countOf(deltas, 'new delta')} saved ${describeBytes(bytes)}.`,
    );
  }
  return [...lines, ...undone];
}

/** Work on the repository file as a whole: rebuilding what follows from the artifacts. */
export const storeCommands: readonly Command[] = [rebuildCommand];
