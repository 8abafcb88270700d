import * as path from 'node:path';
import { EngineError } from '../engine/errors';
import { syncRepository, type SyncDirection } from '../engine/operations/sync';
import { checkoutRoot } from './checkout-root';
import { type Command, type CommandContext, type CommandResult, given, textOption } from './command';
import { CONNECTION_OPTIONS } from './connection-options';
import { passwordOf } from './repository-commands';
import { serverAddress } from './server-address';
import { TRANSCRIPT_OPTION } from './transcript-option';

export const syncCommand = exchangeCommand('sync', 'Receive what the server has and send what it lacks');
export const pullCommand = exchangeCommand('pull', 'Receive what the server has');
export const pushCommand = exchangeCommand('push', 'Send what the server lacks');

function exchangeCommand(direction: SyncDirection, summary: string): Command {
  return {
    name: direction,
    usage: '[DIR|-R FILE] [--url URL] [--user U] [--password-stdin] [--transcript FILE]',
    summary,
    options: {
      repository: { type: 'string', short: 'R' },
      url: { type: 'string' },
      user: { type: 'string' },
      'password-stdin': { type: 'boolean' },
      ...TRANSCRIPT_OPTION,
      ...CONNECTION_OPTIONS,
    },
    arity: { least: 0, most: 1 },
    run: (context) => exchange(context, direction),
  };
}

async function exchange(context: CommandContext, direction: SyncDirection): Promise<CommandResult> {
  const { environment, transport, interaction, terminal, positionals, options } = context;
  const file = textOption(options, 'repository');
  if (file !== undefined && positionals.length > 0) {
    throw new EngineError('usage', `Give either a checkout or -R FILE, not both. A server's address goes after --url.`);
  }
  const repository =
    file === undefined ? await checkoutRoot(context, positionals[0]) : path.resolve(terminal.directory, file);
  const url = textOption(options, 'url');
  const outcome = await syncRepository(
    environment,
    transport,
    {
      repository,
      direction,
      ...given('url', url === undefined ? undefined : await serverAddress(context, url)),
      ...given('user', textOption(options, 'user')),
      ...given('password', await passwordOf(context)),
      rememberPassword: true,
    },
    interaction,
  );
  return { text: [outcome.summary, ...outcome.messages].join('\n'), json: outcome };
}
