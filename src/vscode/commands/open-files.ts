import * as vscode from 'vscode';
import { hasBaseline, isOnDisk } from '../scm/change-appearance';
import type { FileResource } from '../scm/file-resource';
import { baselineUri } from '../scm/fossil-uri';
import type { Command } from './command';
import { targetResources } from './command-target';

/** Shows what has changed: a diff where both sides exist, else the side that does. */
export const openChange: Command = {
  id: 'trilobite.openChange',
  async run(context, args) {
    for (const resource of targetResources(context, args)) await showChange(resource);
  },
};

export const openFile: Command = {
  id: 'trilobite.openFile',
  async run(context, args) {
    for (const { resourceUri } of targetResources(context, args)) {
      await vscode.commands.executeCommand('vscode.open', resourceUri);
    }
  },
};

export const copyPath: Command = {
  id: 'trilobite.copyPath',
  async run(context, args) {
    const paths = targetResources(context, args).map(({ resourceUri }) => resourceUri.fsPath);
    if (paths.length > 0) await vscode.env.clipboard.writeText(paths.join('\n'));
  },
};

async function showChange({ session, path, change, resourceUri }: FileResource): Promise<void> {
  if (change === undefined || !hasBaseline(change.kind)) {
    await vscode.commands.executeCommand('vscode.open', resourceUri);
    return;
  }
  const former = baselineUri(session.root, change.formerPath ?? path);
  const version = session.shortHash(session.status?.checkin?.hash ?? '');
  const name = path.split('/').at(-1) ?? path;
  if (!isOnDisk(change.kind)) {
    const label = vscode.l10n.t('{0} ({1}, deleted)', name, version);
    await vscode.commands.executeCommand('vscode.open', former, {}, label);
    return;
  }
  const title = vscode.l10n.t('{0} ({1} ↔ working file)', name, version);
  await vscode.commands.executeCommand('vscode.diff', former, resourceUri, title, { preview: true });
}
