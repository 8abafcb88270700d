import type * as vscode from 'vscode';
import type { WorkspaceStatus } from '../engine/operations/status';
import type { CheckoutSession } from './checkout/checkout-session';
import type { CheckoutSessions } from './checkout/checkout-sessions';
import type { SourceControls } from './scm/source-controls';

/** What other extensions, and our tests, see of an open checkout. */
export interface ApiCheckout {
  root: string;
  /** Undefined until it was read for the first time. */
  status: WorkspaceStatus | undefined;
  /** Why the status could not be read, in a sentence. */
  problem: string | undefined;
  inputBox: vscode.SourceControlInputBox | undefined;
  /** The rows of the groups Changes and Extras; commands take them as arguments. */
  changes: readonly vscode.SourceControlResourceState[];
  extras: readonly vscode.SourceControlResourceState[];
  statusBar: readonly vscode.Command[];
}

/** What `activate` returns. */
export interface TrilobiteApi {
  /** The checkouts that are open in this window. */
  checkouts(): ApiCheckout[];
  /** Reads the state of all checkouts anew. */
  refresh(): Promise<void>;
  /** Fires when anything about a checkout may have changed. */
  onDidChange: vscode.Event<unknown>;
}

export function trilobiteApi(sessions: CheckoutSessions, sourceControls: SourceControls): TrilobiteApi {
  return {
    checkouts: () => sessions.all.map((session) => checkoutOf(session, sourceControls)),
    refresh: async () => {
      await Promise.all(sessions.all.map((session) => session.refresh()));
    },
    onDidChange: sessions.onDidChange,
  };
}

function checkoutOf(session: CheckoutSession, sourceControls: SourceControls): ApiCheckout {
  const control = sourceControls.of(session);
  return {
    root: session.root,
    status: session.status,
    problem: session.problem?.message,
    inputBox: control?.sourceControl.inputBox,
    changes: control?.resources.changes ?? [],
    extras: control?.resources.extras ?? [],
    statusBar: control?.sourceControl.statusBarCommands ?? [],
  };
}
