import * as vscode from 'vscode';
import type { FileChange } from '../../engine/checkout/status';
import type { CheckoutSession } from '../checkout/checkout-session';
import { changeAppearance, extraAppearance, isOnDisk } from './change-appearance';

/** A row of the Source Control view: a changed file, or an unmanaged one. */
export class FileResource implements vscode.SourceControlResourceState {
  readonly resourceUri: vscode.Uri;
  readonly decorations: vscode.SourceControlResourceDecorations;
  readonly contextValue: string;

  /** @param change - undefined for an extra */
  constructor(
    readonly session: CheckoutSession,
    /** Relative to the root, with `/`. */
    readonly path: string,
    readonly change: FileChange | undefined,
  ) {
    this.resourceUri = vscode.Uri.joinPath(session.uri, path);
    const { tooltip, isStruckThrough } =
      change === undefined ? extraAppearance(vscode.l10n.t) : changeAppearance(change.kind, vscode.l10n.t);
    const from = change?.formerPath;
    this.decorations = {
      strikeThrough: isStruckThrough,
      tooltip: from === undefined ? tooltip : vscode.l10n.t('{0} from {1}', tooltip, from),
    };
    this.contextValue = change === undefined ? 'extra' : isOnDisk(change.kind) ? change.kind : `gone-${change.kind}`;
  }

  /** The same for two rows that show and mean the same. */
  get key(): string {
    return JSON.stringify([this.path, this.change]);
  }

  get command(): vscode.Command {
    return this.change === undefined
      ? { command: 'vscode.open', title: vscode.l10n.t('Open File'), arguments: [this.resourceUri] }
      : { command: 'trilobite.openChange', title: vscode.l10n.t('Open Changes'), arguments: [this] };
  }
}
