import * as vscode from 'vscode';
import { EngineError, hasCode } from '../../engine/errors';

/** @returns the sentence for the user; what nobody foresaw gets one of its own, its stack goes to the log alone */
export function sentenceOf(error: unknown): string {
  return error instanceof EngineError
    ? error.message
    : vscode.l10n.t('Something went wrong inside Trilobite. The log has the details: please report them.');
}

/** Shows a failure to the user, unless it was the user who cancelled. */
export async function reportError(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  if (hasCode(error, 'cancelled')) return;
  if (!(error instanceof EngineError)) {
    log.error(error instanceof Error ? error : String(error));
  } else {
    log.error(`${error.message} [${error.code}]`);
  }
  const showLog = vscode.l10n.t('Show Log');
  if ((await vscode.window.showErrorMessage(sentenceOf(error), showLog)) === showLog) log.show();
}

/**
 * Lets an offer to the user stand after the command has ended: whoever ran the command does not wait until a message is closed.
 */
export function withoutWaiting(offer: Promise<void>, log: vscode.LogOutputChannel): void {
  offer.catch((error: unknown) => void reportError(error, log));
}
