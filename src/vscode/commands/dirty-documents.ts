import * as vscode from 'vscode';
import type { CheckoutSession } from '../checkout/checkout-session';
import { relativePath } from '../checkout/checkout-sessions';

/**
 * What is typed but not saved would be left out of a commit and overwritten on the disk by an update: asks.
 *
 * @param anyway - label of the button that goes on without saving
 * @param paths - only these files; default all of the checkout
 * @returns whether to go on
 */
export async function saveDirtyDocuments(
  session: CheckoutSession,
  anyway: string,
  paths?: readonly string[],
): Promise<boolean> {
  const dirty = vscode.workspace.textDocuments.filter(({ isDirty, uri }) => {
    const path = relativePath(session.root, uri);
    return isDirty && uri.scheme === 'file' && path !== undefined && (paths?.includes(path) ?? true);
  });
  const [first] = dirty;
  if (first === undefined) return true;
  const save = vscode.l10n.t('Save All');
  const message =
    dirty.length === 1
      ? vscode.l10n.t('{0} has unsaved changes.', vscode.workspace.asRelativePath(first.uri))
      : vscode.l10n.t('{0} files have unsaved changes.', dirty.length);
  const answer = await vscode.window.showWarningMessage(message, { modal: true }, save, anyway);
  if (answer === save) return (await Promise.all(dirty.map((document) => document.save()))).every(Boolean);
  return answer === anyway;
}
