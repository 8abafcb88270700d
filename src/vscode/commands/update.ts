import * as vscode from 'vscode';
import * as protocol from '../../host/protocol';
import { withProgress } from '../interaction/with-progress';
import { settleCredentials } from './autosync-report';
import type { Command, CommandContext } from './command';
import { targetSession } from './command-target';
import { saveDirtyDocuments } from './dirty-documents';
import type { CheckoutSession } from '../checkout/checkout-session';

/** Brings the checkout to the newest check-in of its line, or to the version that the second argument names. */
export const update: Command = {
  id: 'trilobite.update',
  async run(context, args) {
    const session = await targetSession(context, args);
    if (session === undefined) return;
    const version = args[1];
    await updateTo(context, session, typeof version === 'string' ? version : undefined);
  },
};

/** Asks for the version first. */
export const updateToVersion: Command = {
  id: 'trilobite.updateTo',
  async run(context, args) {
    const session = await targetSession(context, args);
    if (session === undefined) return;
    const version = await vscode.window.showInputBox({
      title: vscode.l10n.t('Update to Which Version?'),
      prompt: vscode.l10n.t('A branch, a tag or the beginning of a hash; empty for the newest check-in of this branch'),
      value: session.status?.checkin?.branch ?? '',
    });
    if (version === undefined) return;
    await updateTo(context, session, version.trim() === '' ? undefined : version.trim());
  },
};

async function updateTo(context: CommandContext, session: CheckoutSession, version: string | undefined): Promise<void> {
  if (!(await saveDirtyDocuments(session, vscode.l10n.t('Update Anyway')))) return;
  const title =
    version === undefined ? vscode.l10n.t('Updating {0}', session.name) : vscode.l10n.t('Updating to {0}', version);
  const outcome = await session.perform('update', () =>
    withProgress(
      title,
      (options) =>
        session.request(
          protocol.update,
          { root: session.root, ...(version === undefined ? {} : { version }) },
          options,
        ),
      true,
    ),
  );
  context.log.info(`${session.root}: ${outcome.summary}`);
  await settleCredentials(context, outcome.pulled);
  void vscode.window.showInformationMessage(`${outcome.summary}.`);
}
