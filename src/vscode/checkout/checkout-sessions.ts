import * as vscode from 'vscode';
import type { EngineRegistry } from '../../host/engine-registry';
import { CheckoutSession } from './checkout-session';

/** The checkouts that are open in this window. */
export class CheckoutSessions implements vscode.Disposable {
  private readonly sessions = new Map<string, CheckoutSession>();
  /** Closed by the user: not opened again by themselves. */
  private readonly closed = new Set<string>();
  private readonly opened = new vscode.EventEmitter<CheckoutSession>();
  private readonly gone = new vscode.EventEmitter<CheckoutSession>();
  private readonly changed = new vscode.EventEmitter<CheckoutSession>();

  readonly onDidOpen = this.opened.event;
  readonly onDidClose = this.gone.event;
  /** Some session has changed. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly engines: EngineRegistry,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get all(): CheckoutSession[] {
    return [...this.sessions.values()];
  }

  /** Opens a checkout that was found; one that the user closed stays closed. */
  offer(root: string): void {
    if (!this.closed.has(root)) this.open(root);
  }

  /** Opens a checkout. @returns its session, the same one for the same root */
  open(root: string): CheckoutSession {
    this.closed.delete(root);
    const known = this.sessions.get(root);
    if (known !== undefined) return known;
    this.log.info(`Opening the checkout ${root}`);
    const session = new CheckoutSession(root, this.engines, this.log);
    this.sessions.set(root, session);
    session.onDidChange(() => this.changed.fire(session));
    this.opened.fire(session);
    this.announce();
    void session.refresh();
    return session;
  }

  /** @param isForGood - the user closed it, so it is not opened again by itself */
  close(session: CheckoutSession, isForGood: boolean): void {
    if (isForGood) this.closed.add(session.root);
    if (!this.sessions.delete(session.root)) return;
    this.log.info(`Closing the checkout ${session.root}`);
    this.gone.fire(session);
    session.dispose();
    void this.engines.release(session.root);
    this.announce();
  }

  /** The session whose checkout holds a file: the innermost one. */
  find(uri: vscode.Uri): CheckoutSession | undefined {
    if (uri.scheme !== 'file') return undefined;
    return this.all
      .filter(({ root }) => relativePath(root, uri) !== undefined)
      .sort((left, right) => right.root.length - left.root.length)[0];
  }

  withRoot(root: string): CheckoutSession | undefined {
    return this.sessions.get(root);
  }

  /** The checkout that a command without an argument means: the only one, that of the active editor, or the one that the user picks. */
  async choose(): Promise<CheckoutSession | undefined> {
    const { all } = this;
    if (all.length <= 1) return all[0];
    const active = vscode.window.activeTextEditor?.document.uri;
    const ofEditor = active === undefined ? undefined : this.find(active);
    if (ofEditor !== undefined) return ofEditor;
    const items = all.map((session) => ({ label: session.name, description: session.root, session }));
    const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Choose a checkout') });
    return picked?.session;
  }

  dispose(): void {
    for (const session of this.all) session.dispose();
    this.sessions.clear();
    for (const emitter of [this.opened, this.gone, this.changed]) emitter.dispose();
  }

  private announce(): void {
    void vscode.commands.executeCommand('setContext', 'trilobite.checkoutCount', this.sessions.size);
  }
}

/** @returns the path of a file below a root with `/`, as Fossil has it; undefined when it is outside, empty for the root itself */
export function relativePath(root: string, uri: vscode.Uri): string | undefined {
  const base = vscode.Uri.file(root).path;
  if (uri.path === base) return '';
  const prefix = base.endsWith('/') ? base : `${base}/`;
  return uri.path.startsWith(prefix) ? uri.path.slice(prefix.length) : undefined;
}
