import * as vscode from 'vscode';
import type { CloneResult } from '../../engine/operations/clone';
import { repositoryName } from '../../engine/operations/repository-name';
import { parseRemote } from '../../engine/xfer/remote';
import type { EngineProcess } from '../../host/engine-process';
import * as protocol from '../../host/protocol';
import { askPath, exists, homeDirectory, isFilledDirectory } from '../interaction/ask-path';
import { withProgress } from '../interaction/with-progress';
import { settings } from '../settings';
import { urlProblem } from './clone-defaults';
import type { Command, CommandContext } from './command';
import { offerCheckout } from './offer-checkout';

/** What to clone and where to; other extensions and keybindings may give any of it as the command's argument. */
interface ClonePlan {
  url: string;
  /** Repository file to make. */
  repository: string;
  /** Directory of the checkout. */
  directory: string;
  user?: string;
  password?: string;
}

/** Clones a server's repository, makes a checkout of it, and offers to open that. */
export const clone: Command = {
  id: 'trilobite.clone',
  async run(context, args) {
    const plan = await askPlan(givenPlan(args[0]));
    if (plan !== undefined) await carryOut(context, plan);
  },
};

const steps = 3;

async function askPlan(given: Partial<ClonePlan>): Promise<ClonePlan | undefined> {
  const url = given.url ?? (await askUrl());
  if (url === undefined) return undefined;
  const name = repositoryName(url);
  const { defaultCloneDirectory } = settings();
  const base = defaultCloneDirectory === '' ? homeDirectory() : vscode.Uri.file(defaultCloneDirectory);
  const repository = given.repository ?? (await askRepository(vscode.Uri.joinPath(base, `${name}.fossil`)))?.fsPath;
  if (repository === undefined) return undefined;
  const beside = vscode.Uri.joinPath(vscode.Uri.file(repository), '..', name);
  const directory = given.directory ?? (await askDirectory(beside))?.fsPath;
  return directory === undefined ? undefined : { ...given, url, repository, directory };
}

async function askUrl(): Promise<string | undefined> {
  const input = await vscode.window.showInputBox({
    title: vscode.l10n.t('Clone a Fossil Repository (1/{0})', steps),
    prompt: vscode.l10n.t('Address of the repository. With a user name in it, you are asked for the password'),
    placeHolder: 'https://user@example.com/repository',
    ignoreFocusOut: true,
    validateInput: urlProblem,
  });
  return input?.trim();
}

async function askRepository(suggestion: vscode.Uri): Promise<vscode.Uri | undefined> {
  return askPath({
    title: vscode.l10n.t('Clone a Fossil Repository'),
    prompt: vscode.l10n.t('Repository file to make: all history, outside the checkout'),
    value: suggestion.fsPath,
    wants: 'new-file',
    step: { number: 2, of: steps },
    validate: async (uri) =>
      (await exists(uri)) ? vscode.l10n.t('{0} exists already.', uri.fsPath) : parentProblem(uri),
  });
}

async function askDirectory(suggestion: vscode.Uri): Promise<vscode.Uri | undefined> {
  return askPath({
    title: vscode.l10n.t('Clone a Fossil Repository'),
    prompt: vscode.l10n.t('Folder for the checkout: the files to work on'),
    value: suggestion.fsPath,
    wants: 'folder',
    step: { number: 3, of: steps },
    validate: async (uri) =>
      (await isFilledDirectory(uri)) ? vscode.l10n.t('{0} is not empty.', uri.fsPath) : undefined,
  });
}

async function parentProblem(uri: vscode.Uri): Promise<string | undefined> {
  const parent = vscode.Uri.joinPath(uri, '..');
  return (await exists(parent)) ? undefined : vscode.l10n.t('The folder {0} does not exist.', parent.fsPath);
}

async function carryOut(context: CommandContext, plan: ClonePlan): Promise<void> {
  const { url, repository, directory } = plan;
  suggestCredentials(context, plan);
  const name = repositoryName(url);
  const result = await context.engines.withOwnEngine(async (engine) => {
    const cloned = await cloneRepository(context, engine, plan);
    await context.portableWrites.whileFresh(repository, () =>
      withProgress(vscode.l10n.t('Opening {0}', name), (options) =>
        engine.request(protocol.open, { repository, directory, autosync: false }, options),
      ),
    );
    return cloned;
  });
  offerCheckout(context, result.summary, directory);
}

async function cloneRepository(context: CommandContext, engine: EngineProcess, plan: ClonePlan): Promise<CloneResult> {
  const { url, repository, user, password } = plan;
  try {
    const result = await withProgress(vscode.l10n.t('Cloning {0}', repositoryName(url)), (options) =>
      engine.request(
        protocol.clone,
        {
          url,
          path: repository,
          ...(user === undefined ? {} : { user }),
          ...(password === undefined ? {} : { password }),
        },
        options,
      ),
    );
    context.log.info(`${repository}: ${result.summary}`);
    await context.credentials.keep(url);
    return result;
  } catch (error) {
    context.credentials.drop(url);
    throw error;
  }
}

/** A password inside the address, or beside it, is kept like one that was asked for. */
function suggestCredentials({ credentials }: CommandContext, plan: ClonePlan): void {
  const remote = parseRemote(plan.url);
  const user = plan.user ?? remote.user;
  const password = plan.password ?? remote.password;
  if (user !== undefined && password !== undefined) credentials.suggest(plan.url, { user, password });
}

function givenPlan(arg: unknown): Partial<ClonePlan> {
  if (typeof arg === 'string') return { url: arg };
  if (typeof arg !== 'object' || arg === null) return {};
  const plan: Partial<ClonePlan> = {};
  const entries = new Map<string, unknown>(Object.entries(arg));
  for (const key of ['url', 'repository', 'directory', 'user', 'password'] as const) {
    const value = entries.get(key);
    if (typeof value === 'string') plan[key] = value;
  }
  return plan;
}
