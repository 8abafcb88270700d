import * as vscode from 'vscode';
import type { AutosyncReport } from '../../engine/operations/autosync';
import type { CommitOutcome } from '../../engine/operations/commit';
import type { CheckoutSession } from '../checkout/checkout-session';
import { withoutWaiting } from '../interaction/report-error';
import { chooseLeaf } from './choose-leaf';
import type { CommandContext } from './command';

/** Passwords that the server accepted on the way are kept, others forgotten. */
export async function settleCredentials(
  { credentials }: CommandContext,
  report: AutosyncReport | undefined,
): Promise<void> {
  if (report === undefined) return;
  if (report.failure === undefined) await credentials.keep(report.url);
  else credentials.drop(report.url);
}

/** A word in the status bar for a commit that went well; a warning for one that did not get to the server, or made a fork. */
export function sayCommitted(context: CommandContext, session: CheckoutSession, outcome: CommitOutcome): void {
  const { failure } = outcome.pushed ?? {};
  const isUnsent = failure !== undefined && failure.code !== 'cancelled';
  if (!isUnsent && outcome.fork === undefined) {
    vscode.window.setStatusBarMessage(`$(check) ${outcome.summary}`, 5000);
    return;
  }
  withoutWaiting(warn(context, session, outcome, isUnsent), context.log);
}

async function warn(
  context: CommandContext,
  session: CheckoutSession,
  { summary, fork }: CommitOutcome,
  isUnsent: boolean,
): Promise<void> {
  const sync = vscode.l10n.t('Sync');
  const choose = vscode.l10n.t('Choose a Leaf…');
  const actions = [...(isUnsent ? [sync] : []), ...(fork === undefined ? [] : [choose])];
  const picked = await vscode.window.showWarningMessage(`${summary}.`, ...actions);
  if (picked === sync) await vscode.commands.executeCommand('trilobite.sync', session.root);
  else if (picked === choose && fork !== undefined) await chooseLeaf(context, session, [fork]);
}
