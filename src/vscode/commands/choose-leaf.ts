import * as vscode from 'vscode';
import type { Fork } from '../../engine/operations/forks';
import type { CheckoutSession } from '../checkout/checkout-session';
import type { CommandContext } from './command';
import { update } from './update';

/** Asks which open leaf to go on with, and updates to it. */
export async function chooseLeaf(
  context: CommandContext,
  session: CheckoutSession,
  forks: readonly Fork[],
): Promise<void> {
  const current = session.status?.checkin?.hash;
  const items = forks.flatMap(({ branch, leaves }) =>
    leaves.map((leaf) => ({
      label: `$(git-commit) ${session.shortHash(leaf)}`,
      description: leaf === current ? vscode.l10n.t('{0}, checked out', branch) : branch,
      leaf,
    })),
  );
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Open Leaves'),
    placeHolder: vscode.l10n.t('Update to which leaf?'),
  });
  if (picked !== undefined) await update.run(context, [session.root, picked.leaf]);
}
