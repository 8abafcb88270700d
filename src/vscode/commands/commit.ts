import * as vscode from 'vscode';
import { hasCode } from '../../engine/errors';
import type { CommitRequest } from '../../engine/operations/commit';
import * as protocol from '../../host/protocol';
import type { CheckoutSession } from '../checkout/checkout-session';
import { withProgress } from '../interaction/with-progress';
import { sentenceOf, withoutWaiting } from '../interaction/report-error';
import { settings } from '../settings';
import { sayCommitted, settleCredentials } from './autosync-report';
import type { Command, CommandContext } from './command';
import { targetResources, targetSession } from './command-target';
import { saveDirtyDocuments } from './dirty-documents';
import { update } from './update';

/** Commits all changes with the message of the input box. */
export const commit: Command = {
  id: 'trilobite.commit',
  async run(context, args) {
    const session = await targetSession(context, args);
    if (session !== undefined) await commitFiles(context, session, undefined);
  },
};

/** Commits the chosen files. */
export const commitSelected: Command = {
  id: 'trilobite.commitSelected',
  async run(context, args) {
    const resources = targetResources(context, args).filter(({ change }) => change !== undefined);
    const session = resources[0]?.session;
    if (session === undefined) return;
    const paths = resources.filter((resource) => resource.session === session).map(({ path }) => path);
    await commitFiles(context, session, paths);
  },
};

async function commitFiles(
  context: CommandContext,
  session: CheckoutSession,
  files: string[] | undefined,
): Promise<void> {
  if (!(await saveDirtyDocuments(session, vscode.l10n.t('Commit Anyway'), files))) return;
  await session.refresh();
  if (session.problem !== undefined) throw session.problem;
  if (session.status?.changes.length === 0 && session.status.merges.length === 0) {
    withoutWaiting(sayNothingToCommit(session), context.log);
    return;
  }
  const inputBox = context.sourceControls.of(session)?.sourceControl.inputBox;
  const typed = inputBox?.value ?? '';
  const message = typed.trim() === '' ? await askMessage(session) : typed;
  if (message === undefined) return;
  const { userName } = settings();
  const wasCommitted = await attempt(context, session, {
    message,
    ...(files === undefined ? {} : { files }),
    ...(userName === '' ? {} : { user: userName }),
  });
  if (wasCommitted && inputBox?.value === typed) inputBox.value = '';
}

/** Commits, and where the engine refuses for a reason that the user can settle, asks and tries again. */
async function attempt(context: CommandContext, session: CheckoutSession, request: CommitRequest): Promise<boolean> {
  try {
    const outcome = await session.perform('commit', () =>
      withProgress(
        vscode.l10n.t('Committing'),
        (options) => session.request(protocol.commit, { root: session.root, ...request }, options),
        true,
      ),
    );
    context.log.info(`${session.root}: ${outcome.summary}`);
    await settleCredentials(context, outcome.pushed);
    sayCommitted(context, session, outcome);
    return true;
  } catch (error) {
    if (hasCode(error, 'would-fork')) return afterFork(context, session, request, error.message);
    if (hasCode(error, 'file-missing')) return afterMissing(context, session, request, error);
    throw error;
  }
}

async function afterFork(
  context: CommandContext,
  session: CheckoutSession,
  request: CommitRequest,
  sentence: string,
): Promise<boolean> {
  const updateFirst = vscode.l10n.t('Update First');
  const newBranch = vscode.l10n.t('New Branch…');
  const anyway = vscode.l10n.t('Commit and Fork');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Commit and make a fork?'),
    { modal: true, detail: sentence },
    updateFirst,
    newBranch,
    anyway,
  );
  if (answer === anyway) return attempt(context, session, { ...request, allowFork: true });
  if (answer === newBranch) {
    const branch = await askBranch();
    return branch === undefined ? false : attempt(context, session, { ...request, branch });
  }
  if (answer === updateFirst) await update.run(context, [session.root]);
  return false;
}

async function askBranch(): Promise<string | undefined> {
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Commit to a New Branch'),
    prompt: vscode.l10n.t('Name of the branch that begins with this check-in'),
    ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('Give a name.') : undefined),
  });
  return name?.trim();
}

async function afterMissing(
  context: CommandContext,
  session: CheckoutSession,
  request: CommitRequest,
  error: unknown,
): Promise<boolean> {
  const missing = (session.status?.changes ?? [])
    .filter(({ kind, path }) => kind === 'missing' && (request.files?.includes(path) ?? true))
    .map(({ path }) => path);
  if (missing.length === 0) throw error;
  const remove = vscode.l10n.t('Delete in This Commit');
  const answer = await vscode.window.showWarningMessage(sentenceOf(error), { modal: true }, remove);
  if (answer !== remove) return false;
  await session.perform('change', () => session.request(protocol.remove, { root: session.root, paths: missing }));
  return attempt(context, session, request);
}

async function sayNothingToCommit(session: CheckoutSession): Promise<void> {
  const extras = session.status?.extras.length ?? 0;
  const addAll = vscode.l10n.t('Add All Extras');
  const answer = await vscode.window.showInformationMessage(
    extras === 0
      ? vscode.l10n.t('There are no changes to commit.')
      : vscode.l10n.t('There are no changes to commit. Unmanaged files have to be added first.'),
    ...(extras === 0 ? [] : [addAll]),
  );
  if (answer === addAll) await vscode.commands.executeCommand('trilobite.addAll', session.root);
}

async function askMessage(session: CheckoutSession): Promise<string | undefined> {
  const branch = session.status?.checkin?.branch;
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Commit'),
    prompt: vscode.l10n.t('Say what this check-in is about'),
    placeHolder: branch === undefined ? vscode.l10n.t('Message') : vscode.l10n.t('Message (commits on "{0}")', branch),
    ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('Give a message.') : undefined),
  });
}
