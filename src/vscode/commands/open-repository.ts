import * as vscode from 'vscode';
import { hasCode } from '../../engine/errors';
import type { OpenRequest, OpenResult } from '../../engine/operations/open';
import * as protocol from '../../host/protocol';
import { askPath, exists, homeDirectory } from '../interaction/ask-path';
import { withProgress } from '../interaction/with-progress';
import type { Command, CommandContext } from './command';
import { offerCheckout } from './offer-checkout';

/** Makes a checkout of a repository file that is there already. */
export const openRepository: Command = {
  id: 'trilobite.open',
  async run(context, args) {
    const repository = await repositoryFile(args[0]);
    if (repository === undefined) return;
    const name = fileName(repository);
    const directory = await askPath({
      title: vscode.l10n.t('Open a Fossil Repository'),
      prompt: vscode.l10n.t('Folder for the checkout: the files to work on'),
      value: suggestDirectory(repository, name).fsPath,
      wants: 'folder',
      step: { number: 2, of: 2 },
    });
    if (directory === undefined) return;
    const result = await makeCheckout(context, { repository: repository.fsPath, directory: directory.fsPath });
    if (result === undefined) return;
    const sentence =
      result.files === 1
        ? vscode.l10n.t('Opened {0} in {1}: 1 file.', name, directory.fsPath)
        : vscode.l10n.t('Opened {0} in {1}: {2} files.', name, directory.fsPath, result.files);
    offerCheckout(context, sentence, directory.fsPath);
  },
};

async function repositoryFile(arg: unknown): Promise<vscode.Uri | undefined> {
  if (arg instanceof vscode.Uri) return arg;
  return askPath({
    title: vscode.l10n.t('Open a Fossil Repository'),
    prompt: vscode.l10n.t('Repository file, such as project.fossil'),
    value: `${homeDirectory().fsPath}/`,
    wants: 'existing-file',
    step: { number: 1, of: 2 },
    validate: async (uri) => ((await exists(uri)) ? undefined : vscode.l10n.t('There is no file {0}.', uri.fsPath)),
  });
}

function suggestDirectory(repository: vscode.Uri, name: string): vscode.Uri {
  return vscode.Uri.joinPath(repository, '..', name);
}

/** The name of a repository file without its extension. */
export function fileName(repository: vscode.Uri): string {
  return (repository.path.split('/').at(-1) ?? '').replace(/\.(fossil|fsl)$/i, '');
}

/** @returns undefined when the directory is not empty and the user does not want to go on */
export async function makeCheckout(context: CommandContext, request: OpenRequest): Promise<OpenResult | undefined> {
  try {
    return await context.engines.withOwnEngine((engine) =>
      withProgress(
        vscode.l10n.t('Opening {0}', fileName(vscode.Uri.file(request.repository))),
        (options) => engine.request(protocol.open, request, options),
        true,
      ),
    );
  } catch (error) {
    if (!hasCode(error, 'directory-not-empty') || request.force === true) throw error;
    const anyway = vscode.l10n.t('Open Here Anyway');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t('{0} is not empty.', request.directory),
      {
        modal: true,
        detail: vscode.l10n.t('Files that the repository has, too, are replaced by those of the repository.'),
      },
      anyway,
    );
    return answer === anyway ? makeCheckout(context, { ...request, force: true }) : undefined;
  }
}
