import { formatStamp } from '../engine/codec/julian-day';
import { textOf } from '../engine/codec/utf8';
import { EngineError } from '../engine/errors';
import { AttendedTransport } from '../engine/operations/attended-transport';
import { userOfEnvironment } from '../engine/operations/committer';
import { exportConfig, importConfig, resetConfig, unixSeconds } from '../engine/operations/configuration';
import { countOf } from '../engine/operations/describe';
import { observationOf } from '../engine/operations/interaction';
import { noteSyncedWith } from '../engine/operations/remembered-remote';
import { remoteOf } from '../engine/operations/remotes';
import { withCredentials } from '../engine/operations/with-credentials';
import { parseConfigArea } from '../engine/xfer/config-areas';
import { exchangeConfig } from '../engine/xfer/config-run';
import { canonicalUrl } from '../engine/xfer/remote';
import { absolutePath } from './absolute-path';
import { readChosen, REPOSITORY_OPTION, writeChosen } from './chosen-repository';
import { type Command, type CommandContext, type CommandResult, textOption } from './command';
import { CONNECTION_OPTIONS } from './connection-options';
import { inputBytes, STANDARD_STREAM } from './input-bytes';
import { passwordOf } from './repository-commands';
import { serverAddress } from './server-address';
import { requireArguments, subcommandOf } from './subcommand';

const METHODS = ['export', 'import', 'merge', 'pull', 'push', 'sync', 'reset'] as const;

export const configCommand: Command = {
  name: 'config',
  usage: `export AREA FILE [--since DATE] | import FILE | merge FILE | pull AREA [URL] [--overwrite] | push AREA [URL] | sync AREA [URL] | reset AREA
       [-R FILE] [--password-stdin]
AREA is one of email, project, skin, css, shun, ticket, user, xfer, alias, subscriber, interwiki, all.`,
  summary: 'Save, restore and exchange the configuration of a repository',
  options: {
    ...REPOSITORY_OPTION,
    overwrite: { type: 'boolean' },
    since: { type: 'string' },
    'password-stdin': { type: 'boolean' },
    ...CONNECTION_OPTIONS,
  },
  arity: { least: 2, most: 3 },
  run(context) {
    const [word, ...rest] = context.positionals;
    const method = subcommandOf(word, METHODS);
    switch (method) {
      case 'export':
        return writeOut(context, rest);
      case 'import':
      case 'merge':
        return readIn(context, rest, method === 'import');
      case 'pull':
      case 'push':
      case 'sync':
        return exchange(context, rest, method);
      case 'reset':
        return reset(context, rest);
    }
  },
};

export const configurationCommand: Command = {
  ...configCommand,
  name: 'configuration',
  summary: 'The same as config',
};

async function writeOut(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 2, 2, 'config export AREA FILE [--since DATE]');
  const { terminal, options } = context;
  const area = parseConfigArea(rest[0] ?? '');
  const since = textOption(options, 'since');
  const bytes = await readChosen(context, (repository) =>
    exportConfig(repository, area, since === undefined ? undefined : unixSeconds(repository, since)),
  );
  if (rest[1] === STANDARD_STREAM) {
    if (options['json'] !== true) terminal.write(bytes);
    return { text: '', json: { area, text: textOf(bytes) } };
  }
  const file = absolutePath(terminal, rest[1] ?? '');
  await context.environment.fs.writeInto(file, bytes);
  return { text: `Wrote the configuration "${area}" to ${file}`, json: { area, file } };
}

async function readIn(context: CommandContext, rest: string[], overwrite: boolean): Promise<CommandResult> {
  requireArguments(rest, 1, 1, `config ${overwrite ? 'import' : 'merge'} FILE`);
  const bytes = await inputBytes(context, rest[0] ?? '');
  return writeChosen(context, (repository) => {
    const result = repository.transaction(() => importConfig(repository, bytes, { overwrite }));
    return { text: [`Read ${countOf(result.rows, 'row')}.`, ...result.warnings].join('\n'), json: result };
  });
}

async function exchange(
  context: CommandContext,
  rest: string[],
  method: 'pull' | 'push' | 'sync',
): Promise<CommandResult> {
  requireArguments(rest, 1, 2, `config ${method} AREA [URL]`);
  const { transport, interaction, options } = context;
  const area = parseConfigArea(rest[0] ?? '');
  const password = await passwordOf(context);
  return writeChosen(context, async (repository) => {
    const named = remoteOf(repository, await serverAddress(context, rest[1] ?? 'default'));
    const attended = new AttendedTransport(transport, repository, interaction, {
      sends: method !== 'pull',
      keepsPasswords: true,
    });
    const { result, remote } = await withCredentials(
      password === undefined ? named : { ...named, password },
      interaction,
      (current) =>
        exchangeConfig(repository, attended, current, {
          area,
          pull: method !== 'push',
          push: method !== 'pull',
          overwrite: method === 'pull' && options['overwrite'] === true,
          ...observationOf(interaction),
        }),
      attended.greet,
    );
    repository.transaction(() => noteSyncedWith(repository, attended.settled(remote)));
    const url = canonicalUrl(remote);
    const did =
      method === 'push'
        ? `Sent the configuration "${area}" to ${url}`
        : `Received ${countOf(result.received, 'row')} from ${url}`;
    return { text: [did, ...result.messages].join('\n'), json: { area, url, ...result } };
  });
}

/** What was there goes into a file first, as by Fossil. */
async function reset(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 1, 1, 'config reset AREA');
  const { environment, terminal } = context;
  const area = parseConfigArea(rest[0] ?? '');
  const stamp = formatStamp(environment.clock.now()).replace(/[-:T]/g, '');
  const backup = absolutePath(terminal, `config-backup-${stamp}`);
  if ((await environment.fs.status(backup)) !== undefined) {
    throw new EngineError('file-access', `${backup} is in the way of the backup. Try again.`);
  }
  await environment.fs.write(backup, await readChosen(context, (repository) => exportConfig(repository, area)));
  return writeChosen(context, (repository) => {
    const admin = userOfEnvironment(environment.variables) ?? 'root';
    repository.transaction(() => resetConfig(repository, area, admin));
    return {
      text: `Configuration reset to factory defaults.\nTo recover, use: trilobite config import ${backup}`,
      json: { area, backup },
    };
  });
}
