import * as vscode from 'vscode';
import { settings } from './settings';

/**
 * Whether a repository may be written where the runtime has no SQLite of its own, so that nothing keeps a `fossil` that runs at the
 * same moment from writing, too. Asked once for each repository, unless the setting says it.
 */
export class PortableWrites {
  /** Repositories that this window is just making: nobody else has them open. */
  private readonly fresh = new Set<string>();

  constructor(private readonly memento: vscode.Memento) {}

  /** Writes to `repositoryPath` are allowed while `work` runs, for it is only just being made. */
  async whileFresh<Result>(repositoryPath: string, work: () => Promise<Result>): Promise<Result> {
    this.fresh.add(repositoryPath);
    try {
      return await work();
    } finally {
      this.fresh.delete(repositoryPath);
    }
  }

  async areAllowed(repositoryPath: string): Promise<boolean> {
    const { portableWrites } = settings();
    if (portableWrites === 'never') return false;
    if (portableWrites === 'allow' || this.fresh.has(repositoryPath)) return true;
    return this.memento.get<boolean>(keyOf(repositoryPath)) ?? this.ask(repositoryPath);
  }

  private async ask(repositoryPath: string): Promise<boolean> {
    const allow = vscode.l10n.t('Allow');
    const never = vscode.l10n.t('Never Here');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t('Allow writing to {0}?', repositoryPath),
      {
        modal: true,
        detail: vscode.l10n.t(
          'This version of VS Code brings no SQLite with file locks. Trilobite can still write to the repository, by replacing the file when nobody else has changed it. Do not run fossil on it at the same moment. From VS Code 1.101 on this question is not needed.',
        ),
      },
      allow,
      never,
    );
    if (answer !== undefined) await this.memento.update(keyOf(repositoryPath), answer === allow);
    return answer === allow;
  }
}

function keyOf(repositoryPath: string): string {
  return `portableWrites ${repositoryPath}`;
}
