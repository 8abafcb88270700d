import * as path from 'node:path';
import { cloneRepository } from '../engine/operations/clone';
import { countOf, describeBytes } from '../engine/operations/describe';
import { initRepository } from '../engine/operations/init';
import { serveRepository } from '../engine/operations/serve';
import { verifyRepository } from '../engine/operations/verify';
import { writeRepository } from '../engine/operations/with-checkout';
import { EngineError } from '../engine/errors';
import { type Command, type CommandContext, given, textOption } from './command';

const DEFAULT_PORT = 8080;

export const initCommand: Command = {
  name: 'init',
  usage: 'FILE [--user U] [--project-name NAME]',
  summary: 'Make a new repository file',
  options: { user: { type: 'string' }, 'project-name': { type: 'string' } },
  arity: { least: 1, most: 1 },
  run({ environment, terminal, positionals, options }) {
    const made = initRepository(environment, {
      path: path.resolve(terminal.directory, positionals[0] ?? ''),
      ...given('user', textOption(options, 'user')),
      ...given('projectName', textOption(options, 'project-name')),
    });
    const text = `Made ${made.path} for project ${made.projectCode}.\nAdministrator: ${made.user}, password ${made.password}`;
    return Promise.resolve({ text, json: made });
  },
};

export const cloneCommand: Command = {
  name: 'clone',
  usage: 'URL FILE [--user U] [--password-stdin]',
  summary: 'Copy a repository from a server, every artifact verified',
  options: { user: { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  arity: { least: 2, most: 2 },
  async run(context) {
    const { environment, transport, interaction, terminal, positionals, options } = context;
    const result = await cloneRepository(
      environment,
      transport,
      {
        url: positionals[0] ?? '',
        path: path.resolve(terminal.directory, positionals[1] ?? ''),
        ...given('user', textOption(options, 'user')),
        ...given('password', await passwordOf(context)),
        rememberPassword: true,
      },
      interaction,
    );
    return { text: result.summary, json: result };
  },
};

export const verifyCommand: Command = {
  name: 'verify',
  usage: 'FILE',
  summary: 'Hash every artifact of a repository and check the file',
  options: {},
  arity: { least: 1, most: 1 },
  async run({ environment, interaction, terminal, positionals }) {
    const outcome = await verifyRepository(
      environment,
      path.resolve(terminal.directory, positionals[0] ?? ''),
      interaction,
    );
    const isGood = outcome.problems.length === 0;
    const missing = outcome.phantoms === 0 ? '' : `, ${outcome.phantoms} known by name only`;
    const verdict = isGood
      ? `${countOf(outcome.artifacts, 'artifact')} verified (${describeBytes(outcome.logicalBytes)})${missing}. Nothing is wrong.`
      : `${countOf(outcome.problems.length, 'problem')} in ${countOf(outcome.artifacts, 'artifact')}. Restore a backup or clone again.`;
    return { text: [...outcome.problems, verdict].join('\n'), json: outcome, isGood };
  },
};

export const serveCommand: Command = {
  name: 'serve',
  usage: 'FILE [--port N] [--host H]',
  summary: 'Serve a repository on this computer until Ctrl-C',
  options: { port: { type: 'string' }, host: { type: 'string' } },
  arity: { least: 1, most: 1 },
  async run({ environment, interaction, terminal, positionals, options }) {
    const file = path.resolve(terminal.directory, positionals[0] ?? '');
    const host = textOption(options, 'host');
    return writeRepository(environment, file, interaction, async (repository) => {
      const server = await serveRepository(repository, { port: portOf(options['port']), ...given('host', host) });
      const started = { url: server.url, port: server.port };
      terminal.print(options['json'] === true ? JSON.stringify(started) : `Serving ${file} at ${server.url}`);
      if (!terminal.interrupted.aborted) {
        await new Promise((resolve) => terminal.interrupted.addEventListener('abort', resolve, { once: true }));
      }
      await server.close();
      return { text: 'Stopped.', json: undefined };
    });
  },
};

/** The password of `--password-stdin`, read from the first line of standard input. */
export async function passwordOf({ options, terminal }: CommandContext): Promise<string | undefined> {
  if (options['password-stdin'] !== true) return undefined;
  const password = await terminal.readLine();
  if (password === '') throw new EngineError('usage', '--password-stdin found no password on standard input.');
  return password;
}

function portOf(option: string | boolean | undefined): number {
  if (option === undefined) return DEFAULT_PORT;
  const port = Number(option);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new EngineError('usage', '--port takes a number from 0 (any free port) to 65535.');
}
