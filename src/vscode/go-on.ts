import * as vscode from 'vscode';
import type { Doubt } from '../engine/operations/interaction';

/** Says what is wrong, and offers to go on all the same; closing the message, or cancelling the work, means no. */
export async function askToGoOn(doubt: Doubt, token: vscode.CancellationToken): Promise<boolean> {
  const goOn = buttonOf(doubt);
  const cancelled = new Promise<undefined>((resolve) => token.onCancellationRequested(() => resolve(undefined)));
  const answer = await Promise.race([vscode.window.showWarningMessage(doubt.sentence, goOn), cancelled]);
  return answer === goOn;
}

function buttonOf({ kind, command }: Doubt): string {
  if (kind === 'clock-skew') return vscode.l10n.t('Commit Anyway');
  switch (command) {
    case 'commit':
      return vscode.l10n.t('Commit Without Pulling');
    case 'update':
      return vscode.l10n.t('Update Without Pulling');
    case 'open':
      return vscode.l10n.t('Open Without Pulling');
    case 'merge':
      return vscode.l10n.t('Merge Without Pulling');
    case 'branch':
      return vscode.l10n.t('Go On Without Sync');
  }
}
