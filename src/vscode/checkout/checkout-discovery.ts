import * as vscode from 'vscode';
import { exists } from '../interaction/ask-path';
import { settings } from '../settings';
import type { CheckoutSessions } from './checkout-sessions';
import { checkoutDatabases } from './database-watcher';

/** Names of files whose changes say nothing about the working directory. */
const databaseFile = /(^|\/)(\.fslckout|_FOSSIL_|\.fos)(-journal|-wal|-shm)?$|\.(fossil|fsl)(-journal|-wal|-shm)$/;

/**
 * Finds the checkouts of the workspace: in its folders, around them, and one level below; follows folders that come and go, and
 * checkouts that are made or closed while the window is open. Passes changes of files on to their checkout.
 */
export class CheckoutDiscovery implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = [];
  /** Watchers of checkouts that reach beyond the workspace's folders, by root. */
  private readonly outside = new Map<string, vscode.Disposable>();

  constructor(private readonly sessions: CheckoutSessions) {
    const files = vscode.workspace.createFileSystemWatcher('**');
    const databases = vscode.workspace.createFileSystemWatcher('**/{.fslckout,_FOSSIL_}');
    this.disposables.push(
      files,
      databases,
      files.onDidChange((uri) => this.notice(uri)),
      files.onDidCreate((uri) => this.notice(uri)),
      files.onDidDelete((uri) => this.notice(uri)),
      databases.onDidCreate((uri) => this.sessions.offer(parentOf(uri).fsPath)),
      databases.onDidDelete((uri) => void this.examine(parentOf(uri))),
      vscode.workspace.onDidChangeWorkspaceFolders((event) => void this.onFolders(event)),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.notice(uri)),
      sessions.onDidOpen(({ root }) => this.watchOutside(root)),
      sessions.onDidClose(({ root }) => this.unwatch(root)),
    );
  }

  /** Looks through all folders of the workspace. */
  async scan(): Promise<void> {
    await Promise.all((vscode.workspace.workspaceFolders ?? []).map(({ uri }) => this.scanFolder(uri)));
  }

  dispose(): void {
    for (const disposable of [...this.disposables, ...this.outside.values()]) disposable.dispose();
  }

  private async scanFolder(folder: vscode.Uri): Promise<void> {
    if (folder.scheme !== 'file') return;
    const above = await this.checkoutAround(folder);
    if (above !== undefined) this.sessions.offer(above.fsPath);
    const entries = await readDirectory(folder);
    for (const [name, type] of entries) {
      if ((type & vscode.FileType.Directory) === 0) continue;
      const inner = vscode.Uri.joinPath(folder, name);
      if (await isCheckout(inner)) this.sessions.offer(inner.fsPath);
    }
  }

  private async checkoutAround(folder: vscode.Uri): Promise<vscode.Uri | undefined> {
    for (let uri = folder; ; uri = parentOf(uri)) {
      if (await isCheckout(uri)) return uri;
      if (parentOf(uri).path === uri.path) return undefined;
    }
  }

  /** Closes a checkout whose database is gone. */
  private async examine(folder: vscode.Uri): Promise<void> {
    const session = this.sessions.withRoot(folder.fsPath);
    if (session !== undefined && !(await isCheckout(folder))) this.sessions.close(session, false);
  }

  private async onFolders({ added, removed }: vscode.WorkspaceFoldersChangeEvent): Promise<void> {
    await Promise.all(added.map(({ uri }) => this.scanFolder(uri)));
    if (removed.length === 0) return;
    for (const session of this.sessions.all) {
      if (!this.isWanted(session.uri)) this.sessions.close(session, false);
    }
  }

  private isWanted(root: vscode.Uri): boolean {
    return (vscode.workspace.workspaceFolders ?? []).some(
      ({ uri }) =>
        uri.path === root.path || uri.path.startsWith(`${root.path}/`) || root.path.startsWith(`${uri.path}/`),
    );
  }

  private notice(uri: vscode.Uri): void {
    if (uri.scheme !== 'file' || databaseFile.test(uri.path) || !settings().autoRefresh) return;
    this.sessions.find(uri)?.notice();
  }

  private watchOutside(root: string): void {
    if (vscode.workspace.getWorkspaceFolder(vscode.Uri.file(root)) !== undefined) return;
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(root), '**'));
    const notice = (uri: vscode.Uri): void => this.notice(uri);
    watcher.onDidChange(notice);
    watcher.onDidCreate(notice);
    watcher.onDidDelete(notice);
    this.outside.set(root, watcher);
  }

  private unwatch(root: string): void {
    this.outside.get(root)?.dispose();
    this.outside.delete(root);
  }
}

function parentOf(uri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(uri, '..');
}

async function isCheckout(folder: vscode.Uri): Promise<boolean> {
  for (const name of checkoutDatabases) {
    if (await exists(vscode.Uri.joinPath(folder, name))) return true;
  }
  return false;
}

async function readDirectory(folder: vscode.Uri): Promise<[string, vscode.FileType][]> {
  try {
    return await vscode.workspace.fs.readDirectory(folder);
  } catch {
    return [];
  }
}
