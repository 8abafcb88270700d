import * as vscode from 'vscode';
import type { PendingArtifacts } from '../../engine/operations/pending';
import * as protocol from '../../host/protocol';
import type { CheckoutSession } from '../checkout/checkout-session';
import type { CheckoutSessions } from '../checkout/checkout-sessions';
import { sentenceOf } from '../interaction/report-error';
import { PendingNode } from './pending-node';
import { pendingRoots } from './pending-nodes';

/** The Incoming / Outgoing view: what the next push sends, and what the last sync brought that the checkout does not have. */
export class PendingView implements vscode.TreeDataProvider<PendingNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<PendingNode>;
  private readonly subscriptions: vscode.Disposable[];
  /** What was read for which state, so that an edit of a file does not read it again. */
  private readonly read = new Map<CheckoutSession, { state: string; pending: Promise<PendingArtifacts> }>();
  private readonly states = new Map<CheckoutSession, string>();

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly sessions: CheckoutSessions) {
    this.view = vscode.window.createTreeView('trilobite.pending', { treeDataProvider: this, showCollapseAll: true });
    this.subscriptions = [
      this.view,
      sessions.onDidChange((session) => this.follow(session)),
      sessions.onDidClose((session) => {
        this.read.delete(session);
        this.states.delete(session);
        this.show();
      }),
    ];
  }

  getTreeItem(node: PendingNode): vscode.TreeItem {
    return node.item;
  }

  async getChildren(node?: PendingNode): Promise<PendingNode[]> {
    if (node !== undefined) return node.children;
    const known = this.sessions.all.filter(({ status }) => status !== undefined);
    const roots = await Promise.all(known.map(async (session) => ({ session, nodes: await this.rootsOf(session) })));
    const filled = roots.filter(({ nodes }) => nodes.some(({ children }) => children.length > 0));
    if (filled.length === 0) return [];
    if (known.length === 1) return filled.flatMap(({ nodes }) => nodes);
    return filled.map(
      ({ session, nodes }) =>
        new PendingNode({
          id: session.root,
          label: session.name,
          description: session.status?.remote ?? '',
          icon: new vscode.ThemeIcon('repo'),
          contextValue: 'checkout',
          isExpanded: true,
          children: nodes,
        }),
    );
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private async rootsOf(session: CheckoutSession): Promise<PendingNode[]> {
    try {
      const roots = pendingRoots(session, await this.pendingOf(session));
      this.view.message = '';
      return roots;
    } catch (error) {
      this.read.delete(session);
      this.view.message = sentenceOf(error);
      return [];
    }
  }

  private pendingOf(session: CheckoutSession): Promise<PendingArtifacts> {
    const state = stateOf(session);
    const known = this.read.get(session);
    if (known?.state === state) return known.pending;
    const pending = session.request(protocol.pending, { root: session.root });
    this.read.set(session, { state, pending });
    return pending;
  }

  private follow(session: CheckoutSession): void {
    const state = stateOf(session);
    if (this.states.get(session) === state) return;
    this.states.set(session, state);
    this.show();
  }

  private show(): void {
    // Without what is to be sent: VS Code adds this to the number of changed files.
    const value = this.sessions.all.reduce((sum, { status }) => sum + (status?.incoming ?? 0), 0);
    this.view.badge = value === 0 ? undefined : { value, tooltip: vscode.l10n.t('{0} check-ins to update to', value) };
    this.changed.fire();
  }
}

/** All that the lists depend on. */
function stateOf({ status }: CheckoutSession): string {
  return status === undefined
    ? ''
    : [status.checkin?.hash, status.incoming, status.outgoing, status.remote, status.updateTarget?.hash].join(' ');
}
