import * as vscode from 'vscode';
import * as protocol from '../../host/protocol';
import { askPath, exists, homeDirectory } from '../interaction/ask-path';
import { withoutWaiting } from '../interaction/report-error';
import { settings } from '../settings';
import type { Command } from './command';
import { offerCheckout } from './offer-checkout';
import { fileName, makeCheckout } from './open-repository';

/** Makes a new repository and a checkout of it. */
export const init: Command = {
  id: 'trilobite.init',
  async run(context) {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const repository = await askRepository(folder);
    if (repository === undefined) return;
    const name = fileName(repository);
    const directory = await askPath({
      title: vscode.l10n.t('Initialize a Fossil Repository'),
      prompt: vscode.l10n.t('Folder for the checkout: files in it can be added afterwards'),
      value: (folder ?? vscode.Uri.joinPath(repository, '..', name)).fsPath,
      wants: 'folder',
      step: { number: 2, of: 2 },
    });
    if (directory === undefined) return;
    const { userName } = settings();
    const { user, password } = await context.engines.withOwnEngine((engine) =>
      engine.request(protocol.init, {
        path: repository.fsPath,
        projectName: name,
        ...(userName === '' ? {} : { user: userName }),
      }),
    );
    // The repository is empty: whatever is in the folder stays as it is.
    await context.portableWrites.whileFresh(repository.fsPath, () =>
      makeCheckout(context, { repository: repository.fsPath, directory: directory.fsPath, force: true }),
    );
    withoutWaiting(offerPassword(user, password), context.log);
    offerCheckout(
      context,
      vscode.l10n.t('The repository {0} is ready, with a checkout in {1}.', repository.fsPath, directory.fsPath),
      directory.fsPath,
    );
  },
};

async function askRepository(folder: vscode.Uri | undefined): Promise<vscode.Uri | undefined> {
  const name = folder?.path.split('/').at(-1) ?? 'project';
  const base = folder === undefined ? homeDirectory() : vscode.Uri.joinPath(folder, '..');
  return askPath({
    title: vscode.l10n.t('Initialize a Fossil Repository'),
    prompt: vscode.l10n.t('Repository file to make: all history, outside the checkout'),
    value: vscode.Uri.joinPath(base, `${name}.fossil`).fsPath,
    wants: 'new-file',
    step: { number: 1, of: 2 },
    validate: async (uri) => ((await exists(uri)) ? vscode.l10n.t('{0} exists already.', uri.fsPath) : undefined),
  });
}

/** Needed once the repository is served to others; it is nowhere to be read afterwards. */
async function offerPassword(user: string, password: string): Promise<void> {
  const copy = vscode.l10n.t('Copy Password');
  const picked = await vscode.window.showInformationMessage(
    vscode.l10n.t('{0} is the administrator of the new repository, with a random password.', user),
    copy,
  );
  if (picked === copy) await vscode.env.clipboard.writeText(password);
}
