import * as vscode from 'vscode';
import { countOf } from '../../engine/operations/describe';
import * as protocol from '../../host/protocol';
import type { CheckoutSession } from '../checkout/checkout-session';
import { withoutWaiting } from '../interaction/report-error';
import { withProgress } from '../interaction/with-progress';
import type { Command, CommandContext } from './command';
import { targetSession } from './command-target';
import { findingText, verificationText } from './verification-text';

/** Hashes every artifact of a checkout's repository and checks that all in the file fits together; changes nothing. */
export const verify: Command = {
  id: 'trilobite.verify',
  async run(context, args) {
    const target = await targetRepository(context, args);
    if (target === undefined) return;
    const { session, path } = target;
    const outcome = await withProgress(
      vscode.l10n.t('Verifying {0}', path),
      (options) => session.request(protocol.verify, { path }, options),
      true,
    );
    const sentence = verificationText(outcome, vscode.l10n.t);
    const lines = outcome.findings.map((finding) => findingText(finding, vscode.l10n.t));
    for (const line of lines) context.log.warn(`${path}: ${line}`);
    context.log.info(`${path}: ${sentence}`);
    withoutWaiting(tell(context, sentence, lines.length === 0), context.log);
  },
};

/** Makes everything that follows from the artifacts anew. */
export const rebuild: Command = {
  id: 'trilobite.rebuild',
  async run(context, args) {
    const target = await targetRepository(context, args);
    if (target === undefined) return;
    const { session, path } = target;
    const outcome = await session.perform('change', () =>
      withProgress(
        vscode.l10n.t('Rebuilding {0}', path),
        (options) => session.request(protocol.rebuild, { path }, options),
        true,
      ),
    );
    const rebuilt = vscode.l10n.t('Rebuilt from {0}.', countOf(outcome.rebuild?.artifacts ?? 0, 'artifact'));
    const sentence = [rebuilt, ...(outcome.rebuild?.warnings ?? []), ...outcome.warnings].join(' ');
    context.log.info(`${path}: ${sentence}`);
    withoutWaiting(tell(context, sentence, true), context.log);
  },
};

/** @returns undefined when there is none, or the user chooses none */
async function targetRepository(
  context: CommandContext,
  args: Parameters<typeof targetSession>[1],
): Promise<{ session: CheckoutSession; path: string } | undefined> {
  const session = await targetSession(context, args);
  if (session === undefined) return undefined;
  if (session.status === undefined) await session.refresh();
  if (session.status === undefined && session.problem !== undefined) throw session.problem;
  const path = session.status?.repository;
  return path === undefined ? undefined : { session, path };
}

async function tell({ log }: CommandContext, sentence: string, isGood: boolean): Promise<void> {
  const showLog = vscode.l10n.t('Show Log');
  const picked = await (isGood
    ? vscode.window.showInformationMessage(sentence)
    : vscode.window.showWarningMessage(sentence, showLog));
  if (picked === showLog) log.show();
}
