import * as vscode from 'vscode';
import type { CheckoutSession } from '../checkout/checkout-session';
import type { CheckoutSessions } from '../checkout/checkout-sessions';
import { changeAppearance, extraAppearance, type ChangeAppearance } from './change-appearance';

/** Letters and colours of changed and unmanaged files, in the explorer and wherever a file is named. */
export class FileDecorations implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri[]>();
  private readonly byCheckout = new Map<CheckoutSession, Map<string, vscode.FileDecoration>>();
  private readonly subscriptions: vscode.Disposable[];

  readonly onDidChangeFileDecorations = this.changed.event;

  constructor(sessions: CheckoutSessions) {
    this.subscriptions = [
      vscode.window.registerFileDecorationProvider(this),
      sessions.onDidChange((session) => this.replace(session, decorationsOf(session))),
      sessions.onDidClose((session) => {
        this.replace(session, new Map());
        this.byCheckout.delete(session);
      }),
    ];
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== 'file') return undefined;
    for (const decorations of this.byCheckout.values()) {
      const decoration = decorations.get(uri.toString());
      if (decoration !== undefined) return decoration;
    }
    return undefined;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private replace(session: CheckoutSession, next: Map<string, vscode.FileDecoration>): void {
    const former = this.byCheckout.get(session) ?? new Map<string, vscode.FileDecoration>();
    this.byCheckout.set(session, next);
    const keys = new Set([...former.keys(), ...next.keys()]);
    const different = [...keys].filter((key) => former.get(key)?.tooltip !== next.get(key)?.tooltip);
    if (different.length > 0) this.changed.fire(different.map((key) => vscode.Uri.parse(key, true)));
  }
}

function decorationsOf({ uri, status }: CheckoutSession): Map<string, vscode.FileDecoration> {
  const decorations = new Map<string, vscode.FileDecoration>();
  const add = (path: string, appearance: ChangeAppearance, doesPropagate: boolean): void => {
    const { letter, tooltip, color } = appearance;
    const decoration = new vscode.FileDecoration(letter, tooltip, new vscode.ThemeColor(color));
    decoration.propagate = doesPropagate;
    decorations.set(vscode.Uri.joinPath(uri, path).toString(), decoration);
  };
  for (const path of status?.extras ?? []) add(path, extraAppearance(vscode.l10n.t), false);
  for (const { path, kind } of status?.changes ?? []) {
    add(path, changeAppearance(kind, vscode.l10n.t), kind !== 'deleted' && kind !== 'missing');
  }
  return decorations;
}
