import type { Environment } from '../platform/environment';
import { commandTransport } from '../transport/command';
import { fileTransport } from '../transport/file';
import { httpTransport } from '../transport/http';
import { plainMessages } from '../transport/plain-messages';
import { retrying } from '../transport/retry';
import { sshTransport } from '../transport/ssh';
import type { Transport } from '../xfer/transport';
import { openRepositoryFile } from './repository-file';

/** What the command line or the editor says about connections; the rest is in Fossil's settings. */
export interface TransportOptions {
  /** Proxy for web servers, or `off`. */
  proxy?: string;
  /** PEM file with the certificate and key to show to web servers. */
  identity?: string;
  /** The program, with its options, that is `ssh`. */
  sshCommand?: string;
  /** `USER:PASSWORD` for the web server in front of Fossil (HTTP Basic). */
  httpLogin?: string;
  /** Refuse web servers whose certificate cannot be verified, unless the user trusts it; default true. */
  isStrict?: boolean;
  /** 4 or 6: only that kind of addresses. */
  family?: 4 | 6;
  /** The program, with its first arguments, that moves all messages: Fossil's `--transport-command`. */
  command?: string;
  /** Messages are not compressed. */
  isPlain?: boolean;
  /** No terminal for `ssh` to ask on: it must fail instead of waiting. */
  isUnattended?: boolean;
  /** Default: those of the environment. */
  variables?: Readonly<Record<string, string | undefined>>;
}

/** The way to every remote: over http and https with retries, ssh, to a file of this computer, or by a program of the user's. */
export function transportFor(environment: Environment, options: TransportOptions = {}): Transport {
  const { proxy, identity, sshCommand, httpLogin, isStrict, family, isUnattended } = options;
  const variables = options.variables ?? environment.variables;
  if (options.command !== undefined) {
    const { homeDirectory, platform } = environment;
    return commandTransport({ command: options.command, homeDirectory, platform, variables });
  }
  const web = retrying(
    httpTransport({
      variables,
      ...(proxy === undefined ? {} : { proxy }),
      ...(identity === undefined ? {} : { identity }),
      ...(httpLogin === undefined ? {} : { login: httpLogin }),
      ...(isStrict === undefined ? {} : { isStrict }),
      ...(family === undefined ? {} : { family }),
    }),
    environment.clock,
  );
  const ssh = sshTransport({
    variables,
    homeDirectory: environment.homeDirectory,
    ...(sshCommand === undefined ? {} : { command: sshCommand }),
    ...(isUnattended === undefined ? {} : { isUnattended }),
  });
  const file = fileTransport((path, context) => openRepositoryFile(environment, path, context));
  const ways = { http: web, https: web, ssh, file };
  const transport: Transport = { open: (remote, context) => ways[remote.scheme].open(remote, context) };
  return options.isPlain === true ? plainMessages(transport) : transport;
}
