import * as vscode from 'vscode';
import type { EngineRequest, PathsRequest } from '../../host/protocol';
import * as protocol from '../../host/protocol';
import type { CheckoutSession } from '../checkout/checkout-session';
import type { FileResource } from '../scm/file-resource';
import type { Command } from './command';
import { bySession, targetResources, targetSession } from './command-target';

/** Puts unmanaged files under management. */
export const add: Command = {
  id: 'trilobite.add',
  async run(context, args) {
    const extras = targetResources(context, args).filter(({ change }) => change === undefined);
    await changeEach(protocol.add, extras);
  },
};

export const addAll: Command = {
  id: 'trilobite.addAll',
  async run(context, args) {
    const session = await targetSession(context, args);
    const paths = session?.status?.extras ?? [];
    if (session === undefined || paths.length === 0) return;
    await changeFiles(session, protocol.add, paths);
  },
};

/** Marks files as to be deleted by the next commit, and forgets added ones; files on the disk stay. */
export const remove: Command = {
  id: 'trilobite.remove',
  async run(context, args) {
    const managed = targetResources(context, args).filter(({ change }) => change !== undefined);
    await changeEach(protocol.remove, managed);
  },
};

/** Brings files back to the checked-out version. */
export const revert: Command = {
  id: 'trilobite.revert',
  async run(context, args) {
    const changed = targetResources(context, args).filter(({ change }) => change !== undefined);
    if (changed.length > 0 && (await confirmDiscard(changed))) await changeEach(protocol.revert, changed);
  },
};

export const revertAll: Command = {
  id: 'trilobite.revertAll',
  async run(context, args) {
    const session = await targetSession(context, args);
    const paths = session?.status?.changes.map(({ path }) => path) ?? [];
    if (session === undefined || paths.length === 0) return;
    const sentence =
      paths.length === 1
        ? vscode.l10n.t('Discard the only change of {0}?', session.name)
        : vscode.l10n.t('Discard all {0} changes of {1}?', paths.length, session.name);
    if (!(await confirm(sentence, vscode.l10n.t('Discard All Changes')))) return;
    await changeFiles(session, protocol.revert, paths);
  },
};

/** Deletes unmanaged files from the disk, into the trash where there is one. */
export const deleteExtra: Command = {
  id: 'trilobite.deleteExtra',
  async run(context, args) {
    const extras = targetResources(context, args).filter(({ change }) => change === undefined);
    const [first] = extras;
    if (first === undefined) return;
    const sentence =
      extras.length === 1
        ? vscode.l10n.t('Delete {0}? Fossil does not manage it and cannot bring it back.', first.path)
        : vscode.l10n.t('Delete {0} files? Fossil does not manage them and cannot bring them back.', extras.length);
    if (!(await confirm(sentence, vscode.l10n.t('Delete')))) return;
    for (const { resourceUri } of extras) await deleteFile(resourceUri);
    await Promise.all([...bySession(extras).keys()].map((session) => session.refresh()));
  },
};

const ignoreGlob = '.fossil-settings/ignore-glob';

/** Hides unmanaged files for everybody, with the versioned setting `ignore-glob`. */
export const ignore: Command = {
  id: 'trilobite.ignore',
  async run(context, args) {
    const extras = targetResources(context, args).filter(({ change }) => change === undefined);
    for (const [session, resources] of bySession(extras)) {
      const uri = vscode.Uri.joinPath(session.uri, ignoreGlob);
      const former = await readText(uri);
      const gap = former === '' || former.endsWith('\n') ? '' : '\n';
      const lines = resources.map(({ path }) => `${escapeGlob(path)}\n`).join('');
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(`${former}${gap}${lines}`));
      await changeFiles(session, protocol.add, [ignoreGlob]);
    }
  },
};

async function changeEach(
  request: EngineRequest<PathsRequest, string[]>,
  resources: readonly FileResource[],
): Promise<void> {
  for (const [session, chosen] of bySession(resources)) {
    await changeFiles(
      session,
      request,
      chosen.map(({ path }) => path),
    );
  }
}

async function changeFiles(
  session: CheckoutSession,
  request: EngineRequest<PathsRequest, string[]>,
  paths: string[],
): Promise<void> {
  await session.perform('change', () => session.request(request, { root: session.root, paths }));
}

async function confirmDiscard(resources: readonly FileResource[]): Promise<boolean> {
  const [first] = resources;
  const sentence =
    resources.length === 1 && first !== undefined
      ? vscode.l10n.t('Discard the changes of {0}?', first.path)
      : vscode.l10n.t('Discard the changes of {0} files?', resources.length);
  return confirm(sentence, vscode.l10n.t('Discard Changes'));
}

async function confirm(sentence: string, action: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(sentence, { modal: true }, action)) === action;
}

async function deleteFile(uri: vscode.Uri): Promise<void> {
  try {
    await vscode.workspace.fs.delete(uri, { useTrash: true });
  } catch {
    // Remote file systems have no trash; the user has confirmed.
    await vscode.workspace.fs.delete(uri);
  }
}

async function readText(uri: vscode.Uri): Promise<string> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return '';
  }
}

/** Fossil's globs know `*`, `?` and `[…]` (fossil.md 8.3). */
function escapeGlob(path: string): string {
  return path.replace(/[*?[]/g, (character) => `[${character}]`);
}
