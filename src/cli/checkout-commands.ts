import { commitCheckout } from '../engine/operations/commit';
import { countOf } from '../engine/operations/describe';
import { addToCheckout } from '../engine/operations/files';
import { managedNames } from '../engine/operations/managed-name';
import { openRepository } from '../engine/operations/open';
import { workspaceStatus, type WorkspaceStatus } from '../engine/operations/status';
import { updateWorkspace } from '../engine/operations/update';
import { EngineError } from '../engine/errors';
import { absolutePath } from './absolute-path';
import { checkoutRoot, managedPaths } from './checkout-root';
import { type Command, given, textOption } from './command';
import { CONNECTION_OPTIONS } from './connection-options';
import { outputStyle } from './output-style';

export const openCommand: Command = {
  name: 'open',
  usage: 'FILE [DIR] [--version V] [--force] [--nested] [--nosync]',
  summary: 'Make a checkout of a repository',
  options: {
    version: { type: 'string' },
    force: { type: 'boolean', short: 'f' },
    nested: { type: 'boolean' },
    nosync: { type: 'boolean' },
    ...CONNECTION_OPTIONS,
  },
  arity: { least: 1, most: 2 },
  async run(context) {
    const { environment, transport, interaction, terminal, positionals, options } = context;
    const result = await openRepository(
      environment,
      {
        repository: absolutePath(terminal, positionals[0] ?? ''),
        directory: absolutePath(terminal, positionals[1] ?? '.'),
        ...given('version', textOption(options, 'version')),
        force: options['force'] === true,
        ...(options['nested'] === true ? { isNested: true } : {}),
        autosync: options['nosync'] !== true,
        rememberPassword: true,
      },
      interaction,
      transport,
    );
    const { shortHash } = await outputStyle(context, { checkout: result.root });
    const what = result.checkin === '' ? 'an empty repository' : shortHash(result.checkin);
    return { text: `Opened ${what} in ${result.root}: ${countOf(result.files, 'file')}`, json: result };
  },
};

export const statusCommand: Command = {
  name: 'status',
  usage: '[DIR]',
  summary: 'Show what has changed in a checkout',
  options: {},
  arity: { least: 0, most: 1 },
  async run(context) {
    const root = await checkoutRoot(context, context.positionals[0]);
    const status = await workspaceStatus(context.environment, root, context.terminal.interrupted);
    return { text: describeStatus(status), json: status };
  },
};

export const addCommand: Command = {
  name: 'add',
  usage: 'FILE…',
  summary: 'Put files under management',
  options: {},
  arity: { least: 1, most: Number.POSITIVE_INFINITY },
  async run(context) {
    const root = await checkoutRoot(context);
    const names = managedPaths(context, root, context.positionals);
    const added = await addToCheckout(context.environment, root, names, context.interaction);
    return { text: added.map((name) => `ADDED  ${name}`).join('\n'), json: { added } };
  },
};

export const commitCommand: Command = {
  name: 'commit',
  usage: '-m MSG [FILE…] [--user U] [--branch B] [--allow-fork|--override-lock] [--nosync] [--ignore-clock-skew]',
  summary: 'Record changes as a check-in',
  options: {
    message: { type: 'string', short: 'm' },
    user: { type: 'string' },
    branch: { type: 'string' },
    'allow-fork': { type: 'boolean' },
    'override-lock': { type: 'boolean' },
    nosync: { type: 'boolean' },
    'ignore-clock-skew': { type: 'boolean' },
    ...CONNECTION_OPTIONS,
  },
  arity: { least: 0, most: Number.POSITIVE_INFINITY },
  async run(context) {
    const { environment, transport, interaction, positionals, options } = context;
    const message = textOption(options, 'message');
    if (message === undefined) throw new EngineError('empty-comment', 'A check-in needs a message: give one with -m.');
    const root = await checkoutRoot(context);
    const paths = managedPaths(context, root, positionals);
    const outcome = await namingOptions(
      commitCheckout(
        environment,
        root,
        {
          message,
          ...(positionals.length === 0 ? {} : { files: await managedNames(environment, { checkout: root }, paths) }),
          ...given('user', textOption(options, 'user')),
          ...given('branch', textOption(options, 'branch')),
          allowFork: options['allow-fork'] === true || options['override-lock'] === true,
          autosync: options['nosync'] !== true,
          ignoresClockSkew: options['ignore-clock-skew'] === true,
          rememberPassword: true,
        },
        interaction,
        transport,
      ),
    );
    return { text: outcome.summary, json: outcome };
  },
};

/** Behind the sentence about a fork stands how to commit all the same, which the editor offers by buttons. */
async function namingOptions<T>(commit: Promise<T>): Promise<T> {
  try {
    return await commit;
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'would-fork') throw error;
    const options =
      '--branch NAME commits to a new branch, --allow-fork or --override-lock commits all the same, on the same branch.';
    throw new EngineError(error.code, `${error.message} ${options}`, { cause: error });
  }
}

export const updateCommand: Command = {
  name: 'update',
  usage: '[DIR] [--version V] [--nosync]',
  summary: 'Pull, and bring a checkout to what has come',
  options: { version: { type: 'string' }, nosync: { type: 'boolean' }, ...CONNECTION_OPTIONS },
  arity: { least: 0, most: 1 },
  async run(context) {
    const root = await checkoutRoot(context, context.positionals[0]);
    const request = {
      ...given('version', textOption(context.options, 'version')),
      autosync: context.options['nosync'] !== true,
      rememberPassword: true,
    };
    const { environment, interaction, transport } = context;
    const outcome = await updateWorkspace(environment, root, request, interaction, transport);
    return { text: outcome.summary, json: outcome };
  },
};

function describeStatus(status: WorkspaceStatus): string {
  const { checkin } = status;
  const lines = [
    `repository:  ${status.repository}`,
    `checkout:    ${status.root}`,
    ...(checkin === undefined
      ? ['check-in:    none yet']
      : [
          `check-in:    ${checkin.hash} ${new Date(checkin.time).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
          `branch:      ${checkin.branch}`,
          `comment:     ${checkin.comment} (user: ${checkin.user})`,
        ]),
    `remote:      ${status.remote ?? 'none'}`,
    ...(status.outgoing > 0 ? [`outgoing:    ${countOf(status.outgoing, 'artifact')}`] : []),
    ...(status.incoming > 0 ? [`incoming:    ${countOf(status.incoming, 'check-in')}`] : []),
    ...status.changes.map(
      ({ kind, path: name, formerPath }) =>
        `${kind.toUpperCase().padEnd(10)} ${formerPath === undefined ? '' : `${formerPath} -> `}${name}`,
    ),
    ...status.merges.map(({ kind, hash }) => `${kind.toUpperCase().padEnd(10)} ${hash}`),
    ...status.extras.map((name) => `EXTRA      ${name}`),
  ];
  return lines.join('\n');
}
