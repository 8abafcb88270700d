import * as vscode from 'vscode';
import type { PendingArtifacts } from '../../engine/operations/pending';
import * as protocol from '../../host/protocol';
import type { CheckoutSession } from '../checkout/checkout-session';
import type { CheckoutSessions } from '../checkout/checkout-sessions';
import { sentenceOf } from '../interaction/report-error';
import { PendingNode } from './pending-node';
import { pendingRoots } from './pending-nodes';
import { serverNode } from './server-nodes';

/**
 * The Incoming / Outgoing view: what the next push sends, what the last sync brought that the checkout does not have, and what a check has
 * found on the server.
 */
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
    const broken = this.sessions.all.flatMap((session) => problemNode(session) ?? []);
    const roots = await Promise.all(known.map(async (session) => ({ session, nodes: await this.rootsOf(session) })));
    const filled = roots.filter(
      ({ session, nodes }) => session.serverCheck.hasResult || nodes.some(({ children }) => children.length > 0),
    );
    if (known.length + broken.length === 1) return [...broken, ...filled.flatMap(({ nodes }) => nodes)];
    const checkouts = filled.map(
      ({ session, nodes }) =>
        new PendingNode({
          id: session.root,
          root: session.root,
          label: session.name,
          description: session.status?.remote ?? '',
          icon: new vscode.ThemeIcon('repo'),
          contextValue: 'checkout',
          isExpanded: true,
          children: nodes,
        }),
    );
    return [...broken, ...checkouts];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private async rootsOf(session: CheckoutSession): Promise<PendingNode[]> {
    try {
      const roots = pendingRoots(session, await this.pendingOf(session));
      this.view.message = '';
      return [...roots, serverNode(session) ?? []].flat();
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
    const state = `${stateOf(session)} ${session.serverCheck.revision}`;
    if (this.states.get(session) === state) return;
    this.states.set(session, state);
    this.show();
  }

  private show(): void {
    this.changed.fire();
  }
}

/** A checkout that could never be read: says why in the place of its lists. */
function problemNode(session: CheckoutSession): PendingNode | undefined {
  const { root, name, status, problem } = session;
  if (status !== undefined || problem === undefined) return undefined;
  return new PendingNode({
    id: `${root} problem`,
    label: name,
    description: problem.message,
    tooltip: problem.message,
    icon: new vscode.ThemeIcon('error'),
    contextValue: 'problem',
    command: { command: 'trilobite.refresh', title: vscode.l10n.t('Try Again'), arguments: [root] },
  });
}

/** All that the lists depend on. */
function stateOf({ status, problem }: CheckoutSession): string {
  return status === undefined
    ? (problem?.message ?? '')
    : [
        status.checkin?.hash,
        status.incoming,
        status.outgoing,
        status.remote,
        status.updateTarget?.hash,
        status.hashDigits,
      ].join(' ');
}
