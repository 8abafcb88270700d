import * as vscode from 'vscode';
import type { RequestOptions } from '../../host/engine-process';
import { progressText } from './progress-text';

/** An AbortSignal that follows a cancellation token. */
export function signalOf(token: vscode.CancellationToken): AbortSignal {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}

/**
 * Runs long work under a notification with a determinate bar, what is going on in words, and Cancel.
 *
 * @param title - what is being done: "Cloning sqlite"
 */
export async function withProgress<Result>(
  title: string,
  work: (options: RequestOptions) => Promise<Result>,
): Promise<Result> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (notification, token) => {
      let shown = 0;
      return work({
        signal: signalOf(token),
        onProgress: (progress) => {
          const percent = Math.max(shown, progress.fraction * 100);
          notification.report({ message: progressText(progress, vscode.l10n.t), increment: percent - shown });
          shown = percent;
        },
      });
    },
  );
}
