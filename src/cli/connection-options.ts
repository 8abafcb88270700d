import type { TransportOptions } from '../engine/operations/transports';
import { EngineError } from '../engine/errors';
import { absolutePath } from './absolute-path';
import { given, type OptionValues, textOption } from './command';
import type { Terminal } from './terminal';

/** Options of commands that talk to a server, with Fossil's names; `transcript` keeps what was said, secrets removed. */
export const CONNECTION_OPTIONS = {
  proxy: { type: 'string' },
  'ssl-identity': { type: 'string' },
  'ssh-command': { type: 'string', short: 'c' },
  httpauth: { type: 'string', short: 'B' },
  'accept-any-cert': { type: 'boolean' },
  'transport-command': { type: 'string' },
  'no-http-compression': { type: 'boolean' },
  transcript: { type: 'string' },
  verbose: { type: 'boolean', short: 'v' },
  ipv4: { type: 'boolean' },
  ipv6: { type: 'boolean' },
} as const;

/** What {@link CONNECTION_OPTIONS} say. @param terminal - where relative names of files begin */
export function connectionOf(options: OptionValues, terminal: Pick<Terminal, 'directory'>): TransportOptions {
  const identity = textOption(options, 'ssl-identity');
  const [only4, only6] = [options['ipv4'] === true, options['ipv6'] === true];
  if (options['transport-command'] !== undefined && options['httpauth'] !== undefined) {
    throw new EngineError(
      'usage',
      'Give either --transport-command or --httpauth: a login for a web server goes into a header, and a transport command gets only the message.',
    );
  }
  if (only4 && only6) throw new EngineError('usage', 'Give either --ipv4 or --ipv6, not both.');
  return {
    ...given('proxy', textOption(options, 'proxy')),
    ...given('identity', identity === undefined ? undefined : absolutePath(terminal, identity)),
    ...given('sshCommand', textOption(options, 'ssh-command')),
    ...given('httpLogin', httpLoginOf(options)),
    ...(options['accept-any-cert'] === true ? { isStrict: false } : {}),
    ...given('command', textOption(options, 'transport-command')),
    ...(options['no-http-compression'] === true ? { isPlain: true } : {}),
    ...(only4 ? { family: 4 } : only6 ? { family: 6 } : {}),
  };
}

/** What of {@link CONNECTION_OPTIONS} a sync keeps as settings, unless it is for once, as Fossil does. */
export function keptBySync(options: OptionValues): Record<string, string> {
  return given('ssh-command', textOption(options, 'ssh-command'));
}

/** What of {@link CONNECTION_OPTIONS} a clone keeps as its settings, as Fossil does. */
export function keptByClone(options: OptionValues, terminal: Pick<Terminal, 'directory'>): Record<string, string> {
  return { ...given('ssl-identity', connectionOf(options, terminal).identity), ...keptBySync(options) };
}

/** `USER:PASSWORD` for the web server in front of Fossil. */
function httpLoginOf(options: OptionValues): string | undefined {
  const login = textOption(options, 'httpauth');
  if (login === undefined || /^[^:]+:/.test(login)) return login;
  throw new EngineError('usage', '--httpauth takes a user and a password with a colon between them: USER:PASSWORD.');
}
