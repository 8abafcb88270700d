import * as vscode from 'vscode';
import type { Doubt } from '../engine/operations/interaction';

/**
 * Says what is wrong, and offers to go on all the same; closing the question, or cancelling the work, means no. Modal, for the work waits:
 * a message in the corner would fold itself away and leave a commit that never ends.
 */
export async function askToGoOn(doubt: Doubt, token: vscode.CancellationToken): Promise<boolean> {
  const { question, consequence, button } = offerOf(doubt);
  // "Try again" is what every other answer means.
  const reason = doubt.sentence.replace(/ Try again\.$/, '');
  const detail = `${reason}\n\n${consequence}`;
  const cancelled = new Promise<undefined>((resolve) => token.onCancellationRequested(() => resolve(undefined)));
  const asked = vscode.window.showWarningMessage(question, { modal: true, detail }, button);
  return (await Promise.race([asked, cancelled])) === button;
}

interface Offer {
  question: string;
  consequence: string;
  button: string;
}

function offerOf({ kind, command }: Doubt): Offer {
  if (kind === 'clock-skew') {
    return {
      question: vscode.l10n.t('Commit although the clocks differ?'),
      consequence: vscode.l10n.t(
        'Fossil sorts check-ins by time: with a wrong clock, yours stands in the wrong place.',
      ),
      button: vscode.l10n.t('Commit Anyway'),
    };
  }
  switch (command) {
    case 'commit':
      return {
        question: vscode.l10n.t('Commit without pulling first?'),
        consequence: vscode.l10n.t(
          'Your check-in is saved here, and the next sync sends it. If somebody else has committed meanwhile, it makes a fork.',
        ),
        button: vscode.l10n.t('Commit Without Pulling'),
      };
    case 'update':
      return {
        question: vscode.l10n.t('Update without pulling first?'),
        consequence: vscode.l10n.t('The checkout then goes to the newest check-in that is here already.'),
        button: vscode.l10n.t('Update Without Pulling'),
      };
    case 'open':
      return {
        question: vscode.l10n.t('Open without pulling first?'),
        consequence: vscode.l10n.t('The checkout is then made of what the repository has already.'),
        button: vscode.l10n.t('Open Without Pulling'),
      };
    case 'merge':
      return {
        question: vscode.l10n.t('Merge without pulling first?'),
        consequence: vscode.l10n.t('What others have committed meanwhile is then not part of the merge.'),
        button: vscode.l10n.t('Merge Without Pulling'),
      };
    case 'branch':
      return {
        question: vscode.l10n.t('Go on without sync?'),
        consequence: vscode.l10n.t('The branch is made here, and the next sync sends it.'),
        button: vscode.l10n.t('Go On Without Sync'),
      };
  }
}
