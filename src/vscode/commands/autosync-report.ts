import * as vscode from 'vscode';
import type { AutosyncReport } from '../../engine/operations/autosync';
import type { CommitOutcome } from '../../engine/operations/commit';
import type { CheckoutSession } from '../checkout/checkout-session';
import { withoutWaiting } from '../interaction/report-error';
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
  withoutWaiting(warn(session, `${outcome.summary}.`, isUnsent), context.log);
}

async function warn(session: CheckoutSession, sentence: string, isUnsent: boolean): Promise<void> {
  const sync = vscode.l10n.t('Sync');
  const picked = await vscode.window.showWarningMessage(sentence, ...(isUnsent ? [sync] : []));
  if (picked === sync) await vscode.commands.executeCommand('trilobite.sync', session.root);
}
