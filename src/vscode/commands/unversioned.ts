import * as vscode from 'vscode';
import { describeBytes } from '../../engine/operations/describe';
import { hasCode } from '../../engine/errors';
import type { UnversionedFile } from '../../engine/repository/unversioned';
import * as protocol from '../../host/protocol';
import type { CheckoutSession } from '../checkout/checkout-session';
import { relativePath } from '../checkout/checkout-sessions';
import { reportError } from '../interaction/report-error';
import { withProgress } from '../interaction/with-progress';
import { fossilUri } from '../scm/fossil-uri';
import type { Command, CommandContext } from './command';
import { targetSession } from './command-target';

/** Exchanges unversioned files with the server, and nothing else. */
export const syncUnversioned: Command = {
  id: 'trilobite.syncUnversioned',
  async run(context, args) {
    const session = await targetSession(context, args);
    if (session !== undefined && !session.isBusyWith('sync')) await synchronise(context, session);
  },
};

/** Shows the unversioned files of a checkout's repository: to open, to save elsewhere, to remove. */
export const listUnversioned: Command = {
  id: 'trilobite.unversionedFiles',
  async run(context, args) {
    const session = await targetSession(context, args);
    if (session !== undefined) await new FileList(context, session).show();
  },
};

/** Puts files of this computer among the unversioned ones, or gives those there new content. */
export const addUnversionedFiles: Command = {
  id: 'trilobite.addUnversioned',
  async run(context, args) {
    const session = await targetSession(context, args);
    const given = args.flat().filter((arg) => arg instanceof vscode.Uri);
    if (session !== undefined) await addFiles(session, given.length > 0 ? given : await pickFiles(session));
  },
};

async function synchronise(context: CommandContext, session: CheckoutSession): Promise<void> {
  if (session.status === undefined) await session.refresh();
  const { remote } = session.status ?? {};
  const title =
    remote === undefined
      ? vscode.l10n.t('Syncing unversioned files')
      : vscode.l10n.t('Syncing unversioned files with {0}', remote);
  try {
    const outcome = await session.perform('sync', () =>
      withProgress(
        title,
        (options) => session.request(protocol.syncUnversioned, { repository: session.root }, options),
        true,
      ),
    );
    context.log.info(`${outcome.url}: ${outcome.summary}.`);
    await context.credentials.keep(outcome.url);
    const isTrouble = outcome.wasPushRefused || outcome.missing.length > 0;
    void (isTrouble ? vscode.window.showWarningMessage : vscode.window.showInformationMessage)(`${outcome.summary}.`);
  } catch (error) {
    if (remote !== undefined) context.credentials.drop(remote);
    if (!hasCode(error, 'no-remote')) throw error;
    void vscode.window.showInformationMessage(
      vscode.l10n.t('This repository has no remote yet. Sync it with a server first: its address is remembered.'),
    );
  }
}

async function pickFiles(session: CheckoutSession): Promise<vscode.Uri[]> {
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Add Unversioned Files'),
    openLabel: vscode.l10n.t('Add'),
    defaultUri: session.uri,
    canSelectMany: true,
  });
  return picked ?? [];
}

/** Files of the checkout keep their place in it as a name, others their last part. */
async function addFiles(session: CheckoutSession, picked: readonly vscode.Uri[]): Promise<void> {
  if (picked.length === 0) return;
  const files = picked.map((uri) => {
    const name = relativePath(session.root, uri) ?? uri.path.split('/').at(-1) ?? '';
    return { name, path: uri.fsPath };
  });
  await session.perform('change', () => session.request(protocol.addUnversioned, { root: session.root, files }));
}

interface FileItem extends vscode.QuickPickItem {
  file: UnversionedFile;
}

class FileList {
  private readonly pick = vscode.window.createQuickPick<FileItem>();
  private readonly add = button('add', vscode.l10n.t('Add Unversioned Files…'));
  private readonly sync = button('sync', vscode.l10n.t('Sync Unversioned Files'));
  private readonly save = button('save-as', vscode.l10n.t('Save As…'));
  private readonly remove = button('trash', vscode.l10n.t('Remove'));

  constructor(
    private readonly context: CommandContext,
    private readonly session: CheckoutSession,
  ) {}

  /** @returns when the user has left it */
  async show(): Promise<void> {
    const { pick } = this;
    pick.title = vscode.l10n.t('Unversioned Files of {0}', this.session.name);
    pick.matchOnDescription = true;
    pick.buttons = [this.add, this.sync];
    // Dialogs and notifications hide the list; it comes back when what they are about is done.
    let isAway = false;
    const away = async (work: () => Promise<void>): Promise<void> => {
      isAway = true;
      try {
        await work();
        await this.read();
      } catch (error) {
        void reportError(error, this.context.log);
      }
      isAway = false;
      pick.show();
    };
    try {
      await this.read();
      await new Promise<void>((resolve) => {
        pick.onDidTriggerButton((pressed) =>
          away(async () => {
            if (pressed === this.add) await addFiles(this.session, await pickFiles(this.session));
            else await synchronise(this.context, this.session);
          }),
        );
        pick.onDidTriggerItemButton(({ button: pressed, item: { file } }) =>
          away(() => (pressed === this.save ? this.saveAs(file) : this.removeFile(file))),
        );
        pick.onDidAccept(() => {
          const [item] = pick.selectedItems;
          if (item !== undefined) void this.open(item.file);
          pick.hide();
        });
        pick.onDidHide(() => {
          if (!isAway) resolve();
        });
        pick.show();
      });
    } finally {
      pick.dispose();
    }
  }

  private async read(): Promise<void> {
    const files = await this.session.request(protocol.unversionedFiles, { root: this.session.root });
    this.pick.placeholder =
      files.length === 0
        ? vscode.l10n.t('There are none here. Add some, or sync with the server.')
        : vscode.l10n.t('Which file to open?');
    this.pick.items = files.map((file) => ({
      label: file.name,
      description: [describeBytes(file.size), new Date(file.mtime * 1000).toLocaleString()].join(' · '),
      iconPath: new vscode.ThemeIcon('file'),
      buttons: [this.save, this.remove],
      file,
    }));
  }

  private async open(file: UnversionedFile): Promise<void> {
    await vscode.commands.executeCommand('vscode.open', this.uriOf(file));
  }

  private async saveAs(file: UnversionedFile): Promise<void> {
    const last = file.name.split('/').at(-1) ?? file.name;
    const target = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(this.session.uri, last) });
    if (target === undefined) return;
    await vscode.workspace.fs.writeFile(target, await vscode.workspace.fs.readFile(this.uriOf(file)));
  }

  /** Whoever syncs next removes it elsewhere, too: there is no earlier version to bring it back from. */
  private async removeFile({ name }: UnversionedFile): Promise<void> {
    const remove = vscode.l10n.t('Remove');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t(
        'Remove the unversioned file {0}? The next sync of unversioned files removes it everywhere, and no version is kept.',
        name,
      ),
      { modal: true },
      remove,
    );
    if (answer !== remove) return;
    const { root } = this.session;
    await this.session.perform('change', () =>
      this.session.request(protocol.removeUnversioned, { root, names: [name] }),
    );
  }

  private uriOf({ name, hash }: UnversionedFile): vscode.Uri {
    return fossilUri(name, { kind: 'unversioned', root: this.session.root, hash: hash ?? '' });
  }
}

function button(icon: string, tooltip: string): vscode.QuickInputButton {
  return { iconPath: new vscode.ThemeIcon(icon), tooltip };
}
