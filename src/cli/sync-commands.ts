import { EngineError } from '../engine/errors';
import { syncRepository, type SyncDirection, type SyncRequest } from '../engine/operations/sync';
import { syncAllRemotes } from '../engine/operations/sync-all';
import { absolutePath } from './absolute-path';
import { checkoutRoot } from './checkout-root';
import { type Command, type CommandContext, type CommandResult, given, textOption } from './command';
import { CONNECTION_OPTIONS, keptBySync } from './connection-options';
import { passwordOf } from './repository-commands';
import { serverAddress } from './server-address';

/** What only some of the three know. */
const MORE_OPTIONS = {
  sync: { unversioned: { type: 'boolean', short: 'u' }, 'share-links': { type: 'boolean' } },
  pull: {
    'share-links': { type: 'boolean' },
    'from-parent-project': { type: 'boolean' },
    'project-code': { type: 'string' },
  },
  push: {},
} as const;

const MORE_USAGE = {
  sync: ' [-u] [--share-links]',
  pull: ' [--from-parent-project] [--project-code CODE] [--share-links]',
  push: '',
} as const;

export const syncCommand = exchangeCommand('sync', 'Receive what the server has and send what it lacks');
export const pullCommand = exchangeCommand('pull', 'Receive what the server has');
export const pushCommand = exchangeCommand('push', 'Send what the server lacks');

function exchangeCommand(direction: SyncDirection, summary: string): Command {
  return {
    name: direction,
    usage: `[DIR|-R FILE] [REMOTE|--url URL] [--all] [--once] [--private] [--verily]${MORE_USAGE[direction]}
       [--user U] [--password-stdin] [-v] [--transcript FILE]
REMOTE is an address or the name of a remembered remote.`,
    summary,
    options: {
      repository: { type: 'string', short: 'R' },
      url: { type: 'string' },
      all: { type: 'boolean' },
      once: { type: 'boolean' },
      private: { type: 'boolean' },
      verily: { type: 'boolean' },
      ...MORE_OPTIONS[direction],
      user: { type: 'string' },
      'password-stdin': { type: 'boolean' },
      ...CONNECTION_OPTIONS,
    },
    arity: { least: 0, most: 2 },
    run: (context) => exchange(context, direction),
  };
}

async function exchange(context: CommandContext, direction: SyncDirection): Promise<CommandResult> {
  const { environment, transport, interaction, options } = context;
  const { repository, url } = await placesOf(context);
  const request: SyncRequest = { repository, direction, rememberPassword: true, ...wishesOf(context) };
  if (options['all'] === true) {
    if (url !== undefined) throw new EngineError('usage', 'Give either --all or one remote, not both.');
    return exchangeWithAll(context, request);
  }
  const outcome = await syncRepository(
    environment,
    transport,
    {
      ...request,
      ...given('url', url === undefined ? undefined : await serverAddress(context, url)),
      ...given('user', textOption(options, 'user')),
      ...given('password', await passwordOf(context)),
    },
    interaction,
  );
  const links = outcome.links?.map((link) => `This project is also at ${link}`) ?? [];
  return { text: [outcome.summary, ...outcome.messages, ...links].join('\n'), json: outcome };
}

async function exchangeWithAll(context: CommandContext, request: SyncRequest): Promise<CommandResult> {
  const { environment, transport, interaction } = context;
  const outcomes = await syncAllRemotes(environment, transport, request, interaction);
  const lines = outcomes.flatMap(({ name, outcome, error }) => [
    `${name}: ${outcome?.summary ?? error?.message ?? ''}`,
    ...(outcome?.messages ?? []),
  ]);
  const json = outcomes.map(({ name, outcome, error }) =>
    error === undefined ? { name, ...outcome } : { name, error: { code: error.code, message: error.message } },
  );
  return { text: lines.join('\n'), json, isGood: outcomes.every(({ error }) => error === undefined) };
}

/** A checkout, where none is given that of the current directory, and behind it the remote: both may be left out. */
async function placesOf(context: CommandContext): Promise<{ repository: string; url: string | undefined }> {
  const { environment, terminal, options } = context;
  const positionals = [...context.positionals];
  const file = textOption(options, 'repository');
  const option = textOption(options, 'url');
  const start = positionals[0];
  const isDirectory =
    start !== undefined &&
    !/^[a-z][a-z0-9+.-]+:\/\//i.test(start) &&
    (await environment.fs.status(absolutePath(terminal, start)))?.kind === 'directory';
  const directory = isDirectory ? positionals.shift() : undefined;
  if (file !== undefined && directory !== undefined) {
    throw new EngineError('usage', 'Give either a checkout or -R FILE, not both.');
  }
  const url = positionals.shift();
  if (positionals.length > 0 || (url !== undefined && option !== undefined)) {
    throw new EngineError('usage', 'Give at most one checkout and one remote.');
  }
  return {
    repository: file === undefined ? await checkoutRoot(context, directory) : absolutePath(terminal, file),
    url: url ?? option,
  };
}

function wishesOf({ options }: CommandContext): Partial<SyncRequest> {
  return {
    withPrivate: options['private'] === true,
    isThorough: options['verily'] === true,
    ...(options['once'] === true ? { keeps: 'nothing' } : { settings: keptBySync(options) }),
    fromParent: options['from-parent-project'] === true,
    ...(options['unversioned'] === true ? { unversioned: true } : {}),
    sharesLinks: options['share-links'] === true,
    ...given('projectCode', textOption(options, 'project-code')),
  };
}
