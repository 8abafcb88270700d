import * as vscode from 'vscode';
import type { CheckoutSession } from '../checkout/checkout-session';
import { FileResource } from './file-resource';
import { FossilQuickDiff } from './quick-diff';
import { branchText, syncText, type StatusBarText } from './status-bar-text';

/** More rows than this help nobody and make the view slow. */
const mostRows = 5000;

/** The provider "Fossil" of one checkout in the Source Control view. */
export class CheckoutSourceControl implements vscode.Disposable {
  readonly sourceControl: vscode.SourceControl;
  private readonly changes: vscode.SourceControlResourceGroup;
  private readonly extras: vscode.SourceControlResourceGroup;
  private readonly subscription: vscode.Disposable;

  constructor(readonly session: CheckoutSession) {
    const { root, uri } = session;
    this.sourceControl = vscode.scm.createSourceControl('trilobite', 'Fossil', uri);
    this.sourceControl.quickDiffProvider = new FossilQuickDiff(session);
    this.sourceControl.acceptInputCommand = {
      command: 'trilobite.commit',
      title: vscode.l10n.t('Commit'),
      arguments: [root],
    };
    this.changes = this.group('changes', vscode.l10n.t('Changes'));
    this.extras = this.group('extras', vscode.l10n.t('Extras'));
    this.subscription = session.onDidChange(() => this.show());
    this.show();
  }

  get resources(): { changes: readonly FileResource[]; extras: readonly FileResource[] } {
    return { changes: resourcesOf(this.changes), extras: resourcesOf(this.extras) };
  }

  dispose(): void {
    this.subscription.dispose();
    // VS Code 1.100 leaves the items of its last provider standing.
    this.sourceControl.statusBarCommands = [];
    this.sourceControl.dispose();
  }

  private group(id: string, label: string): vscode.SourceControlResourceGroup {
    const group = this.sourceControl.createResourceGroup(id, label);
    group.hideWhenEmpty = true;
    return group;
  }

  /** Rows that have not changed stay the objects that they were: a menu that is open, and the selection, are about those. */
  private fill(group: vscode.SourceControlResourceGroup, resources: readonly FileResource[]): void {
    const former = new Map(resourcesOf(group).map((resource) => [resource.key, resource]));
    group.resourceStates = resources.map((resource) => former.get(resource.key) ?? resource);
  }

  private show(): void {
    const { session } = this;
    const { status, problem } = session;
    if (status !== undefined) {
      const changes = status.changes.slice(0, mostRows);
      const extras = status.extras.slice(0, mostRows);
      this.fill(
        this.changes,
        changes.map((change) => new FileResource(session, change.path, change)),
      );
      this.fill(
        this.extras,
        extras.map((path) => new FileResource(session, path, undefined)),
      );
      this.sourceControl.count = status.changes.length;
    }
    const { inputBox } = this.sourceControl;
    inputBox.placeholder = problem?.message ?? this.invitation();
    inputBox.enabled = problem === undefined && !session.isBusyWith('commit');
    this.sourceControl.statusBarCommands =
      problem === undefined ? this.statusBarCommands() : [this.problemCommand(problem.message)];
  }

  private invitation(): string {
    const { status } = this.session;
    // VS Code itself puts the key in the place of `{0}`.
    return status?.checkin === undefined
      ? vscode.l10n.t('Message ({0} to commit)', '{0}')
      : vscode.l10n.t('Message ({0} to commit on "{1}")', '{0}', status.checkin.branch);
  }

  private statusBarCommands(): vscode.Command[] {
    const { session } = this;
    const { status, root } = session;
    if (status === undefined) {
      return [{ command: 'trilobite.refresh', title: '$(loading~spin) Fossil', arguments: [root] }];
    }
    const sync = syncText(
      status,
      {
        isSyncing: session.isBusyWith('sync'),
        failure: session.syncFailure,
        waiting: session.serverCheck.finding?.outcome.incoming.length ?? 0,
      },
      vscode.l10n.t,
    );
    return [
      command('trilobite.updateTo', branchText(status, Date.now(), vscode.l10n.t), root),
      command('trilobite.sync', sync, root),
    ];
  }

  private problemCommand(sentence: string): vscode.Command {
    return command(
      'trilobite.refresh',
      { text: '$(error) Fossil', tooltip: vscode.l10n.t('{0}\nClick to try again', sentence) },
      this.session.root,
    );
  }
}

function command(id: string, { text, tooltip }: StatusBarText, root: string): vscode.Command {
  return { command: id, title: text, tooltip, arguments: [root] };
}

function resourcesOf(group: vscode.SourceControlResourceGroup): FileResource[] {
  return group.resourceStates.filter((state) => state instanceof FileResource);
}
