import * as vscode from 'vscode';
import { relativePath } from '../checkout/checkout-sessions';
import type { CheckoutSession } from '../checkout/checkout-session';
import { hasBaseline } from './change-appearance';
import { baselineUri } from './fossil-uri';

/** Tells the gutter what a file is compared with: the file as the checked-out version has it. */
export class FossilQuickDiff implements vscode.QuickDiffProvider {
  constructor(private readonly session: CheckoutSession) {}

  async provideOriginalResource(uri: vscode.Uri): Promise<vscode.Uri | undefined> {
    if (uri.scheme !== 'file') return undefined;
    const { root } = this.session;
    const path = relativePath(root, uri);
    if (path === undefined || path === '') return undefined;
    if (this.session.status === undefined) await this.session.refresh();
    const { status } = this.session;
    if (status === undefined || status.extras.includes(path)) return undefined;
    const change = status.changes.find((candidate) => candidate.path === path);
    if (change !== undefined && !hasBaseline(change.kind)) return undefined;
    const original = baselineUri(root, change?.formerPath ?? path);
    try {
      // Neither changed nor extra: managed and unchanged, or ignored. Only the engine can tell.
      await vscode.workspace.fs.stat(original);
      return original;
    } catch {
      return undefined;
    }
  }
}
