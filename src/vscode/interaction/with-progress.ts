import * as vscode from 'vscode';
import type { Progress } from '../../engine/progress';
import type { RequestOptions } from '../../host/engine-process';
import { progressText } from './progress-text';

/** Work that ends within this time, in milliseconds, shows no notification where `isUsuallyQuick`. */
const quickWork = 800;

/**
 * Runs long work under a notification with a determinate bar, what is going on in words, and Cancel.
 *
 * @param title - what is being done: "Cloning sqlite"
 * @param isUsuallyQuick - no notification for what is done in a moment
 */
export async function withProgress<Result>(
  title: string,
  work: (options: RequestOptions) => Promise<Result>,
  isUsuallyQuick = false,
): Promise<Result> {
  const abort = new AbortController();
  const reports = new vscode.EventEmitter<Progress>();
  let last: Progress | undefined;
  const running = work({
    signal: abort.signal,
    onProgress: (progress) => {
      last = progress;
      reports.fire(progress);
    },
  });
  const show = (): void => {
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      async (notification, token) => {
        token.onCancellationRequested(() => abort.abort());
        let shown = 0;
        const report = (progress: Progress): void => {
          const percent = Math.max(shown, progress.fraction * 100);
          notification.report({ message: progressText(progress, vscode.l10n.t), increment: percent - shown });
          shown = percent;
        };
        if (last !== undefined) report(last);
        reports.event(report);
        await running.catch(() => undefined);
      },
    );
  };
  const timer = setTimeout(show, isUsuallyQuick ? quickWork : 0);
  try {
    return await running;
  } finally {
    clearTimeout(timer);
    reports.dispose();
  }
}
