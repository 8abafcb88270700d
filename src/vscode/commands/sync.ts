import * as vscode from 'vscode';
import { hasCode } from '../../engine/errors';
import type { SyncDirection, SyncOutcome } from '../../engine/operations/sync';
import { canonicalUrl, parseRemote } from '../../engine/xfer/remote';
import * as protocol from '../../host/protocol';
import type { CheckoutSession } from '../checkout/checkout-session';
import type { Credentials } from '../credentials';
import { withoutWaiting } from '../interaction/report-error';
import { withProgress } from '../interaction/with-progress';
import { chooseLeaf } from './choose-leaf';
import { urlProblem } from './clone-defaults';
import type { Command, CommandContext } from './command';
import { targetSession } from './command-target';
import { update } from './update';

export const sync = syncCommand('trilobite.sync', 'sync');
export const pull = syncCommand('trilobite.pull', 'pull');
export const push = syncCommand('trilobite.push', 'push');

function syncCommand(id: Command['id'], direction: SyncDirection): Command {
  return {
    id,
    async run(context, args) {
      const session = await targetSession(context, args);
      // A second click is impatience: the sync that runs does what it asks for.
      if (session !== undefined && !session.isBusyWith('sync')) await synchronise(context, session, direction);
    },
  };
}

interface Destination {
  url?: string;
  login?: Credentials;
}

async function synchronise(
  context: CommandContext,
  session: CheckoutSession,
  direction: SyncDirection,
  destination: Destination = {},
): Promise<void> {
  if (session.status === undefined) await session.refresh();
  const url = destination.url ?? (session.status?.remote === undefined ? await askRemote() : undefined);
  const tried = url ?? session.status?.remote;
  if (tried === undefined) return;
  if (url !== undefined) suggestCredentials(context, url);
  try {
    const outcome = await session.perform('sync', () =>
      withProgress(
        titleOf(direction, tried),
        (options) =>
          session.request(
            protocol.sync,
            { repository: session.root, direction, ...(url === undefined ? {} : { url }), ...destination.login },
            options,
          ),
        true,
      ),
    );
    if (direction !== 'push') session.serverCheck.forget();
    await context.credentials.keep(outcome.url);
    withoutWaiting(report(context, session, direction, outcome), context.log);
  } catch (error) {
    context.credentials.drop(tried);
    if (!hasCode(error, 'no-remote')) throw error;
    const asked = await askRemote();
    if (asked !== undefined) await synchronise(context, session, direction, { url: asked });
  }
}

function titleOf(direction: SyncDirection, address: string): string {
  // Without the password that may be in what was typed.
  const url = canonicalUrl(parseRemote(address));
  switch (direction) {
    case 'sync':
      return vscode.l10n.t('Syncing with {0}', url);
    case 'pull':
      return vscode.l10n.t('Pulling from {0}', url);
    case 'push':
      return vscode.l10n.t('Pushing to {0}', url);
  }
}

/** A password inside a typed address is kept like one that was asked for. */
function suggestCredentials({ credentials }: CommandContext, url: string): void {
  const { user, password } = parseRemote(url);
  if (user !== undefined && password !== undefined) credentials.suggest(url, { user, password });
}

async function askRemote(): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Sync with Which Server?'),
    prompt: vscode.l10n.t('This repository has no remote yet. Address of the server; it is remembered'),
    placeHolder: 'https://user@example.com/repository',
    ignoreFocusOut: true,
    validateInput: urlProblem,
  });
}

/** Says what the sync did, and offers what is best done next. */
async function report(
  context: CommandContext,
  session: CheckoutSession,
  direction: SyncDirection,
  outcome: SyncOutcome,
): Promise<void> {
  const sentence = [`${outcome.summary}.`, ...outcome.messages].join(' ');
  context.log.info(`${outcome.url}: ${sentence}`);
  const logIn = vscode.l10n.t('Log In…');
  const choose = vscode.l10n.t('Choose a Leaf…');
  const updateNow = vscode.l10n.t('Update');
  const actions = [
    ...(outcome.wasPushRefused ? [logIn] : []),
    ...(outcome.forks.length > 0 ? [choose] : []),
    ...(session.status?.updateTarget !== undefined && direction !== 'push' ? [updateNow] : []),
  ];
  const isTrouble = outcome.wasPushRefused || outcome.forks.length > 0;
  const picked = await (isTrouble
    ? vscode.window.showWarningMessage(sentence, ...actions)
    : vscode.window.showInformationMessage(sentence, ...actions));
  if (picked === logIn) await syncAs(context, session, direction, outcome.url);
  else if (picked === choose) await chooseLeaf(context, session, outcome.forks);
  else if (picked === updateNow) await update.run(context, [session.root]);
}

async function syncAs(
  context: CommandContext,
  session: CheckoutSession,
  direction: SyncDirection,
  url: string,
): Promise<void> {
  const login = await context.credentials.ask(url);
  if (login !== undefined) await synchronise(context, session, direction, { login });
}
