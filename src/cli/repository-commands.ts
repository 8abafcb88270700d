import { countOf, describeBytes } from '../engine/operations/describe';
import { initRepository } from '../engine/operations/init';
import { verifyRepository, type VerifyOutcome } from '../engine/operations/verify';
import { EngineError } from '../engine/errors';
import { absolutePath } from './absolute-path';
import { chosenPath, REPOSITORY_OPTION } from './chosen-repository';
import { type Command, type CommandContext, given, textOption } from './command';

/** Problems that a verification shows one by one. */
const MOST_FINDINGS = 50;

export const initCommand: Command = {
  name: 'init',
  usage: 'FILE [--user U] [--project-name NAME]',
  summary: 'Make a new repository file',
  options: { user: { type: 'string' }, 'project-name': { type: 'string' } },
  arity: { least: 1, most: 1 },
  async run({ environment, terminal, positionals, options }) {
    const made = await initRepository(environment, {
      path: absolutePath(terminal, positionals[0] ?? ''),
      ...given('user', textOption(options, 'user')),
      ...given('projectName', textOption(options, 'project-name')),
    });
    const text = `Made ${made.path} for project ${made.projectCode}.\nAdministrator: ${made.user}, password ${made.password}`;
    return { text, json: made };
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

function verificationInWords({ artifacts, logicalBytes, phantoms, findings, isChanged }: VerifyOutcome): string {
  const missing = phantoms.length === 0 ? '' : `, ${phantoms.length} known by name only`;
  const changed = isChanged ? ' Another program wrote meanwhile: what came then has not been looked at.' : '';
  const read = `${countOf(artifacts, 'artifact')} verified (${describeBytes(logicalBytes)})${missing}.${changed}`;
  if (findings.length === 0) return `${read} Nothing is wrong.`;
  const shown = findings.slice(0, MOST_FINDINGS).map(({ problem, advice }) => `${problem} ${advice}`);
  const hidden = findings.length - shown.length;
  if (hidden > 0) shown.push(`And ${countOf(hidden, 'more problem')}; --json lists all.`);
  return [...shown, `${read} ${countOf(findings.length, 'problem')} found.`].join('\n');
}

/** The password of `--password-stdin`, read from the first line of standard input. */
export async function passwordOf({ options, terminal }: CommandContext): Promise<string | undefined> {
  if (options['password-stdin'] !== true) return undefined;
  const password = await terminal.readLine();
  if (password === '') throw new EngineError('usage', '--password-stdin found no password on standard input.');
  return password;
}
