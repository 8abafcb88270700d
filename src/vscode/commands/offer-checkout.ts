import * as vscode from 'vscode';
import { withoutWaiting } from '../interaction/report-error';
import type { CommandContext } from './command';

/** Says what was made and offers to go there; a checkout inside the workspace is opened at once. */
export function offerCheckout(context: CommandContext, sentence: string, root: string): void {
  const uri = vscode.Uri.file(root);
  if (vscode.workspace.getWorkspaceFolder(uri) === undefined) {
    withoutWaiting(offer(sentence, uri), context.log);
  } else {
    context.sessions.open(uri.fsPath);
    void vscode.window.showInformationMessage(sentence);
  }
}

async function offer(sentence: string, uri: vscode.Uri): Promise<void> {
  const open = vscode.l10n.t('Open');
  const openNew = vscode.l10n.t('Open in New Window');
  const addToWorkspace = vscode.l10n.t('Add to Workspace');
  const hasWorkspace = (vscode.workspace.workspaceFolders ?? []).length > 0;
  const picked = await vscode.window.showInformationMessage(
    sentence,
    open,
    openNew,
    ...(hasWorkspace ? [addToWorkspace] : []),
  );
  if (picked === addToWorkspace) {
    vscode.workspace.updateWorkspaceFolders(vscode.workspace.workspaceFolders?.length ?? 0, 0, { uri });
  } else if (picked !== undefined) {
    await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: picked === openNew });
  }
}
