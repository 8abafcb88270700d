import * as vscode from 'vscode';
import * as protocol from '../../host/protocol';
import { withProgress } from '../interaction/with-progress';
import type { Command } from './command';
import { targetSession } from './command-target';

/** Looks at what a sync would bring, without bringing it; the Incoming / Outgoing view shows what was found. */
export const checkIncoming: Command = {
  id: 'trilobite.checkIncoming',
  async run(context, args) {
    const session = await targetSession(context, args);
    // A sync that runs brings what there is, and a second click is impatience.
    if (session === undefined || session.isBusyWith('sync') || session.serverCheck.isRunning) return;
    await vscode.commands.executeCommand('trilobite.pending.focus');
    const title =
      session.status?.remote === undefined
        ? vscode.l10n.t('Checking for incoming')
        : vscode.l10n.t('Checking {0} for incoming', session.status.remote);
    try {
      const outcome = await session.check(() =>
        withProgress(title, (options) => session.request(protocol.peek, { repository: session.root }, options), true),
      );
      context.log.info(`${outcome.url}: ${outcome.summary}`);
      await context.credentials.keep(outcome.url);
    } catch (error) {
      const { remote } = session.status ?? {};
      if (remote !== undefined) context.credentials.drop(remote);
      throw error;
    }
  },
};
