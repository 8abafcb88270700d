import * as vscode from 'vscode';
import type { CheckoutSession } from '../checkout/checkout-session';
import type { CheckoutSessions } from '../checkout/checkout-sessions';
import { CheckoutSourceControl } from './checkout-source-control';

/** More paths than this in a context key make every menu slow. */
const mostPaths = 1000;

/** A source control for each open checkout, and the context keys that menus ask for. */
export class SourceControls implements vscode.Disposable {
  private readonly controls = new Map<CheckoutSession, CheckoutSourceControl>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly sessions: CheckoutSessions) {
    this.subscriptions = [
      sessions.onDidOpen((session) => this.controls.set(session, new CheckoutSourceControl(session))),
      sessions.onDidClose((session) => {
        this.controls.get(session)?.dispose();
        this.controls.delete(session);
        this.setContext();
      }),
      sessions.onDidChange(() => this.setContext()),
    ];
  }

  of(session: CheckoutSession): CheckoutSourceControl | undefined {
    return this.controls.get(session);
  }

  /** @returns the session that a source control, as menus hand it over, belongs to */
  sessionOf(sourceControl: vscode.SourceControl): CheckoutSession | undefined {
    return [...this.controls.values()].find((control) => control.sourceControl === sourceControl)?.session;
  }

  dispose(): void {
    for (const disposable of [...this.subscriptions, ...this.controls.values()]) disposable.dispose();
  }

  private setContext(): void {
    const { all } = this.sessions;
    const changed = all
      .flatMap(({ uri, status }) =>
        (status?.changes ?? []).slice(0, mostPaths).map(({ path }) => vscode.Uri.joinPath(uri, path).fsPath),
      )
      .slice(0, mostPaths);
    void vscode.commands.executeCommand('setContext', 'trilobite.changedFiles', changed);
  }
}
