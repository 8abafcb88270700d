import * as vscode from 'vscode';

/** Names of the checkout database (fossil.md 8.1). */
export const checkoutDatabases = ['.fslckout', '_FOSSIL_', '.fos'] as const;

/**
 * Notices when something else (`fossil commit` in a terminal, another window) writes the checkout's database or its repository,
 * wherever that lies. What we wrote ourselves is told apart by size and time: those that the files had when our own work ended.
 */
export class DatabaseWatcher implements vscode.Disposable {
  private readonly own: vscode.Disposable[];
  private repository: { path: string; watcher: vscode.Disposable } | undefined;
  private readonly remembered = new Map<string, string>();

  constructor(
    private readonly root: string,
    private readonly onForeignWrite: () => void,
  ) {
    this.own = checkoutDatabases.map((name) => this.watch(vscode.Uri.file(root), name));
  }

  /** Watches the repository file from now on. */
  watchRepository(path: string): void {
    if (this.repository?.path === path) return;
    this.repository?.watcher.dispose();
    const uri = vscode.Uri.file(path);
    const folder = vscode.Uri.joinPath(uri, '..');
    const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
    this.repository = { path, watcher: this.watch(folder, name) };
  }

  /** Called before a status is read: reading does not write the repository, so a foreign write from now on is a difference. */
  async rememberRepository(): Promise<void> {
    if (this.repository !== undefined) await this.remember(vscode.Uri.file(this.repository.path));
  }

  /** Called after a status was read, which may have refreshed what the checkout's database says about files. */
  async rememberCheckout(): Promise<void> {
    await Promise.all(
      checkoutDatabases.map((name) => this.remember(vscode.Uri.joinPath(vscode.Uri.file(this.root), name))),
    );
  }

  dispose(): void {
    for (const watcher of this.own) watcher.dispose();
    this.repository?.watcher.dispose();
  }

  private watch(folder: vscode.Uri, name: string): vscode.Disposable {
    const pattern = new vscode.RelativePattern(folder, escapeGlob(name));
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const examine = (uri: vscode.Uri): void => void this.examine(uri);
    watcher.onDidChange(examine);
    watcher.onDidCreate(examine);
    watcher.onDidDelete(examine);
    return watcher;
  }

  private async examine(uri: vscode.Uri): Promise<void> {
    if (this.remembered.get(uri.fsPath) !== (await fingerprint(uri))) this.onForeignWrite();
  }

  private async remember(uri: vscode.Uri): Promise<void> {
    this.remembered.set(uri.fsPath, await fingerprint(uri));
  }
}

async function fingerprint(uri: vscode.Uri): Promise<string> {
  try {
    const { size, mtime } = await vscode.workspace.fs.stat(uri);
    return `${size} ${mtime}`;
  } catch {
    return '';
  }
}

function escapeGlob(name: string): string {
  return name.replace(/[[\]{}*?]/g, (character) => (character === '[' ? '[[]' : `[${character}]`));
}
