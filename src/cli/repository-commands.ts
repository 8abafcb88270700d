import * as path from 'node:path';
import { cloneRepository } from '../engine/operations/clone';
import { countOf, describeBytes } from '../engine/operations/describe';
import { initRepository } from '../engine/operations/init';
import { serveRepository } from '../engine/operations/serve';
import { verifyRepository, type VerifyOutcome } from '../engine/operations/verify';
import { writeRepository } from '../engine/operations/with-checkout';
import { EngineError } from '../engine/errors';
import { chosenPath, REPOSITORY_OPTION } from './chosen-repository';
import { type Command, type CommandContext, given, type OptionValues, textOption } from './command';
import { TRANSCRIPT_OPTION } from './transcript-option';

const DEFAULT_PORT = 8080;
/** Problems that a verification shows one by one. */
const MOST_FINDINGS = 50;

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
  usage: 'URL FILE [--user U] [--password-stdin] [--transcript FILE]',
  summary: 'Copy a repository from a server, every artifact verified',
  options: { user: { type: 'string' }, 'password-stdin': { type: 'boolean' }, ...TRANSCRIPT_OPTION },
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
  usage: '[FILE|-R FILE]',
  summary: 'Hash every artifact of a repository and check that everything in the file fits together',
  options: REPOSITORY_OPTION,
  arity: { least: 0, most: 1 },
  async run(context) {
    const file = await chosenPath(context, context.positionals[0]);
    const outcome = await verifyRepository(context.environment, file, context.interaction);
    return { text: verificationInWords(outcome), json: outcome, isGood: outcome.findings.length === 0 };
  },
};

function verificationInWords({ artifacts, logicalBytes, phantoms, findings }: VerifyOutcome): string {
  const missing = phantoms.length === 0 ? '' : `, ${phantoms.length} known by name only`;
  const read = `${countOf(artifacts, 'artifact')} verified (${describeBytes(logicalBytes)})${missing}.`;
  if (findings.length === 0) return `${read} Nothing is wrong.`;
  const shown = findings.slice(0, MOST_FINDINGS).map(({ problem, advice }) => `${problem} ${advice}`);
  const hidden = findings.length - shown.length;
  if (hidden > 0) shown.push(`And ${countOf(hidden, 'more problem')}; --json lists all.`);
  return [...shown, `${read} ${countOf(findings.length, 'problem')} found.`].join('\n');
}

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

function portOf(option: OptionValues[string]): number {
  if (option === undefined) return DEFAULT_PORT;
  const port = Number(option);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new EngineError('usage', '--port takes a number from 0 (any free port) to 65535.');
}
