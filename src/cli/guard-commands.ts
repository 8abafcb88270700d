import { countOf } from '../engine/operations/describe';
import { shortHashOf } from '../engine/operations/short-hash';
import { scrubRepository } from '../engine/operations/scrub';
import { writeRepository } from '../engine/operations/with-checkout';
import { EngineError } from '../engine/errors';
import { type Hash, isHash, type Rid } from '../engine/identifiers';
import { describeArtifact } from '../engine/repository/artifact-description';
import { HASH_POLICIES, parseHashPolicy } from '../engine/repository/hash-policy';
import { branchWithDescendants, privateArtifacts, publishArtifacts } from '../engine/repository/private';
import type { Repository } from '../engine/repository/repository';
import { acceptShunned, shun, shunnedArtifacts } from '../engine/repository/shun';
import { branchOf, checkinSummary, resolveVersion } from '../engine/repository/versions';
import { chosenPath, readChosen, REPOSITORY_OPTION, writeChosen } from './chosen-repository';
import type { Command, CommandContext, CommandResult } from './command';
import { requireArguments, subcommandOf } from './subcommand';

const MANY = Number.POSITIVE_INFINITY;

export const shunCommand: Command = {
  name: 'shun',
  usage: 'ls | add HASH… | remove HASH… [-R FILE]',
  summary: 'Keep artifacts out of a repository, or let them in again',
  options: REPOSITORY_OPTION,
  arity: { least: 1, most: MANY },
  run(context) {
    const [word, ...hashes] = context.positionals;
    switch (subcommandOf(word, ['ls', 'list', 'add', 'remove'])) {
      case 'ls':
      case 'list':
        return listShunned(context, hashes);
      case 'add':
        requireArguments(hashes, 1, MANY, 'shun add HASH…');
        return changeShunned(context, (repository) => shun(repository, hashes), hashes, 'shunned');
      case 'remove':
        requireArguments(hashes, 1, MANY, 'shun remove HASH…');
        return changeShunned(context, (repository) => acceptShunned(repository, hashes), hashes, 'accepted');
    }
  },
};

export const hashPolicyCommand: Command = {
  name: 'hash-policy',
  usage: `[${HASH_POLICIES.join(' | ')}] [-R FILE]`,
  summary: 'Show or choose how new artifacts are named',
  options: REPOSITORY_OPTION,
  arity: { least: 0, most: 1 },
  run(context) {
    const [text] = context.positionals;
    const result = (policy: string): CommandResult => ({ text: policy, json: { policy } });
    if (text === undefined) return readChosen(context, (repository) => result(repository.blobs.hashPolicy.name));
    const policy = parseHashPolicy(text);
    return writeChosen(context, (repository) =>
      result(repository.transaction(() => repository.blobs.hashPolicy.choose(policy))),
    );
  },
};

export const publishCommand: Command = {
  name: 'publish',
  usage: 'VERSION… [--only] [-R FILE]',
  summary: 'Make private check-ins, or whole private branches, public',
  options: { ...REPOSITORY_OPTION, only: { type: 'boolean' } },
  arity: { least: 1, most: MANY },
  run(context) {
    return writeChosen(context, (repository) => {
      const chosen = context.positionals.flatMap((name) => namedArtifacts(repository, name));
      const published = repository.transaction(() =>
        publishArtifacts(repository, chosen, { only: context.options['only'] === true }),
      );
      const hashes = published.map((rid) => repository.blobs.hash(rid));
      return { text: `Published ${countOf(hashes.length, 'artifact')}.`, json: { published: hashes } };
    });
  },
};

export const unpublishedCommand: Command = {
  name: 'unpublished',
  usage: '[--all] [-R FILE]',
  summary: 'List private check-ins, or with --all everything private',
  options: { ...REPOSITORY_OPTION, all: { type: 'boolean' } },
  arity: { least: 0, most: 0 },
  run(context) {
    return readChosen(context, (repository) => {
      const rids = privateArtifacts(repository, { checkinsOnly: context.options['all'] !== true });
      const checkins = new Set(privateArtifacts(repository, { checkinsOnly: true }));
      const artifacts = rids.map((rid): { hash: Hash; comment?: string; summary?: string } => ({
        hash: repository.blobs.hash(rid),
        ...(checkins.has(rid)
          ? { comment: checkinSummary(repository, rid).comment }
          : { summary: describeArtifact(repository, rid).summary }),
      }));
      const shortHash = shortHashOf(repository);
      const text = artifacts
        .map(({ hash, comment, summary }) => `${shortHash(hash)} ${comment ?? summary ?? ''}`)
        .join('\n');
      return { text, json: artifacts };
    });
  },
};

export const scrubCommand: Command = {
  name: 'scrub',
  usage: '[FILE|-R FILE] [--private | --verily] [--force]',
  summary: 'Delete passwords and remembered servers for good, or private artifacts, or both and more',
  options: {
    ...REPOSITORY_OPTION,
    private: { type: 'boolean' },
    verily: { type: 'boolean' },
    force: { type: 'boolean', short: 'f' },
  },
  arity: { least: 0, most: 1 },
  async run(context) {
    const { environment, interaction, terminal, options } = context;
    const file = await chosenPath(context, context.positionals[0]);
    if (options['force'] !== true) {
      const answer = await terminal.ask(`Delete from ${file} for good? This cannot be undone (y/N) `);
      if (!/^y/i.test(answer ?? '')) throw new EngineError('cancelled', 'Nothing was deleted. --force does not ask.');
    }
    const isThorough = options['verily'] === true;
    const onlyPrivate = options['private'] === true && !isThorough;
    const removed = await writeRepository(environment, file, interaction, (repository) =>
      scrubRepository(
        repository,
        { removesPrivate: onlyPrivate || isThorough, forgetsSecrets: !onlyPrivate, isThorough },
        interaction,
      ),
    );
    const done = [
      ...(onlyPrivate ? [] : ['Removed passwords and remembered servers.']),
      ...(isThorough ? ['Removed contacts, concealed addresses, addresses of visitors and logs.'] : []),
      ...(onlyPrivate || isThorough ? [`Removed ${countOf(removed, 'private artifact')}.`] : []),
    ];
    return { text: done.join('\n'), json: { removed } };
  },
};

function listShunned(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 0, 0, 'shun ls');
  return readChosen(context, (repository) => {
    const artifacts = shunnedArtifacts(repository);
    const line = ({ hash, isStored, comment }: (typeof artifacts)[number]): string =>
      `${hash}${isStored ? '  (still stored)' : ''}${comment === undefined ? '' : `  ${comment}`}`;
    return { text: artifacts.map(line).join('\n'), json: artifacts };
  });
}

function changeShunned(
  context: CommandContext,
  change: (repository: Repository) => void,
  hashes: readonly string[],
  verb: 'shunned' | 'accepted',
): Promise<CommandResult> {
  return writeChosen(context, (repository) => {
    repository.transaction(() => change(repository));
    const isRebuildNeeded = needsRebuild(repository, hashes, verb);
    const next =
      verb === 'shunned'
        ? ' Run "trilobite rebuild" to remove what is stored of them.'
        : ' Run "trilobite rebuild", then sync, to have back what was removed.';
    return {
      text: `${countOf(hashes.length, 'artifact')} ${verb}.${isRebuildNeeded ? next : ''}`,
      json: { [verb]: hashes, needsRebuild: isRebuildNeeded },
    };
  });
}

/** What is shunned goes in a rebuild; what was, and is gone, is asked for again once a rebuild has found it missing. */
function needsRebuild(repository: Repository, hashes: readonly string[], verb: 'shunned' | 'accepted'): boolean {
  if (verb === 'shunned') return shunnedArtifacts(repository).some((artifact) => artifact.isStored);
  return hashes.some((text) => {
    const hash = text.toLowerCase();
    return isHash(hash) && repository.blobs.rid(hash) === undefined;
  });
}

/** What a name stands for: all of a branch that has it, else one version, else any artifact of that full name. */
function namedArtifacts(repository: Repository, name: string): Rid[] {
  const artifact = isHash(name) ? repository.blobs.rid(name) : undefined;
  if (artifact !== undefined) return [artifact];
  const rid = resolveVersion(repository, name);
  if (repository.blobs.isPhantom(rid)) throw new EngineError('artifact-missing', `${name} has not been received.`);
  return branchOf(repository, rid) === name ? branchWithDescendants(repository, rid) : [rid];
}
