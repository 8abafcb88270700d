import { EngineError } from '../engine/errors';
import { countOf, describeBytes } from '../engine/operations/describe';
import { rebuildRepository, type RebuildOutcome } from '../engine/operations/rebuild';
import { chosenPath, REPOSITORY_OPTION } from './chosen-repository';
import { type Command, given, type OptionValues, textOption } from './command';

const rebuildCommand: Command = {
  name: 'rebuild',
  usage:
    '[FILE|-R FILE] [--analyze] [--cluster] [--compress|--compress-only] [--force] [--pagesize N] [--user U] [--vacuum]',
  summary: 'Make everything that follows from the artifacts anew, every artifact verified',
  options: {
    ...REPOSITORY_OPTION,
    analyze: { type: 'boolean' },
    cluster: { type: 'boolean' },
    compress: { type: 'boolean' },
    'compress-only': { type: 'boolean' },
    force: { type: 'boolean', short: 'f' },
    pagesize: { type: 'string' },
    user: { type: 'string' },
    vacuum: { type: 'boolean' },
  },
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
        force: options['force'] === true,
        vacuum: options['vacuum'] === true,
        withClusters: options['cluster'] === true,
      },
      interaction,
    );
    return {
      text: inWords(outcome),
      json: outcome,
      isGood: outcome.rebuild === undefined || outcome.rebuild.wrong.length === 0,
    };
  },
};

function pageSizeOf(options: OptionValues): { pageSize?: number } {
  const text = textOption(options, 'pagesize');
  if (text === undefined) return {};
  const pageSize = Number(text);
  if (pageSize >= 512 && pageSize <= 65_536 && Number.isInteger(Math.log2(pageSize))) return { pageSize };
  throw new EngineError('usage', '--pagesize takes a power of two from 512 to 65536.');
}

function inWords({ rebuild, compression }: RebuildOutcome): string {
  const lines: string[] = [];
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
  return lines.join('\n');
}

/** Work on the repository file as a whole: rebuilding what follows from the artifacts. */
export const storeCommands: readonly Command[] = [rebuildCommand];
