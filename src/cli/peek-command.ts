import { describeBytes } from '../engine/operations/describe';
import { peek, type PeekedArtifact } from '../engine/operations/peek';
import { checkoutRoot } from './checkout-root';
import { chosenFile } from './chosen-repository';
import { serverText } from '../engine/xfer/server-text';
import { type Command, given, textOption } from './command';
import { CONNECTION_OPTIONS } from './connection-options';
import { type OutputStyle, outputStyle } from './output-style';
import { passwordOf } from './repository-commands';
import { serverAddress } from './server-address';

export const peekCommand: Command = {
  name: 'peek',
  usage: '[DIR|-R FILE] [--url URL] [--user U] [--password-stdin] [--transcript FILE]',
  summary: 'Show what a sync would receive and send, and move nothing',
  options: {
    repository: { type: 'string', short: 'R' },
    url: { type: 'string' },
    user: { type: 'string' },
    'password-stdin': { type: 'boolean' },
    ...CONNECTION_OPTIONS,
  },
  arity: { least: 0, most: 1 },
  run: async (context) => {
    const url = textOption(context.options, 'url');
    const file = chosenFile(context);
    const repository = file ?? (await checkoutRoot(context, context.positionals[0]));
    const outcome = await peek(
      context.environment,
      context.transport,
      {
        repository,
        ...given('url', url === undefined ? undefined : await serverAddress(context, url)),
        ...given('user', textOption(context.options, 'user')),
        ...given('password', await passwordOf(context)),
      },
      context.interaction,
    );
    const style = await outputStyle(context, file === undefined ? { checkout: repository } : { repository });
    const text = [
      ...section('Incoming', outcome.incoming, style),
      ...section('Outgoing', outcome.outgoing, style),
      outcome.summary,
    ].join('\n');
    return { text, json: outcome };
  },
};

function section(title: string, artifacts: readonly PeekedArtifact[], style: OutputStyle): string[] {
  return artifacts.length === 0 ? [] : [`${title}:`, ...artifacts.map((artifact) => `  ${lineOf(artifact, style)}`)];
}

/** "0123456789 check-in  2026-11-21 08:02  tester  412 bytes  Fix the parser". */
function lineOf(artifact: PeekedArtifact, { formatTime, shortHash }: OutputStyle): string {
  const { hash, kind, size, title, user, time } = artifact;
  return [
    `${shortHash(hash)} ${(kind === 'checkin' ? 'check-in' : (kind ?? 'unknown')).padEnd(10)}`,
    ...(time === undefined ? [] : [formatTime(time).slice(0, 16)]),
    ...(user === undefined ? [] : [serverText(user)]),
    ...(size === undefined ? [] : [describeBytes(size)]),
    ...(title === undefined ? [] : [serverText(title.split('\n')[0] ?? '')]),
  ].join('  ');
}
