import * as vscode from 'vscode';
import type { EngineExit } from './host/engine-process';
import { CheckoutDiscovery } from './vscode/checkout/checkout-discovery';
import { CheckoutSessions } from './vscode/checkout/checkout-sessions';
import { registerCommands } from './vscode/commands/register-commands';
import { CredentialStore } from './vscode/credentials';
import { createEngines } from './vscode/engines';
import { PortableWrites } from './vscode/portable-writes';
import { questionAnswers } from './vscode/question-answers';
import { FileDecorations } from './vscode/scm/file-decorations';
import { FossilFileSystem } from './vscode/scm/fossil-file-system';
import { fossilScheme } from './vscode/scm/fossil-location';
import { SourceControls } from './vscode/scm/source-controls';
import { doesAffectEngines } from './vscode/settings';
import { trilobiteApi, type TrilobiteApi } from './vscode/trilobite-api';
import { PendingView } from './vscode/views/pending-view';

/** VS Code's entry: wires the parts, nothing else. */
export async function activate(context: vscode.ExtensionContext): Promise<TrilobiteApi> {
  const log = vscode.window.createOutputChannel('Fossil', { log: true });
  const credentials = new CredentialStore(context.secrets, context.globalState);
  const portableWrites = new PortableWrites(context.globalState);
  const engines = createEngines(context, questionAnswers(credentials, portableWrites), log, onDeath);
  const sessions = new CheckoutSessions(engines, log);
  const sourceControls = new SourceControls(sessions);
  const fileSystem = new FossilFileSystem(sessions);
  const discovery = new CheckoutDiscovery(sessions);

  function onDeath(key: string, exit: EngineExit): void {
    log.error(`The engine of ${key} ended unexpectedly: ${exit.reason}`);
    void tellDeath(log);
    for (const session of sessions.all) {
      if (session.root === key || session.status?.repository === key) session.notice();
    }
  }

  context.subscriptions.push(
    log,
    engines,
    sessions,
    sourceControls,
    fileSystem,
    discovery,
    new FileDecorations(sessions),
    new PendingView(sessions),
    vscode.workspace.registerFileSystemProvider(fossilScheme, fileSystem, { isCaseSensitive: true, isReadonly: true }),
    registerCommands({ sessions, sourceControls, engines, credentials, portableWrites, log }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (doesAffectEngines(event)) void engines.restart().then(() => refreshAll(sessions));
    }),
  );
  await vscode.commands.executeCommand('setContext', 'trilobite.checkoutCount', 0);
  await discovery.scan();
  return trilobiteApi(sessions, sourceControls);
}

async function tellDeath(log: vscode.LogOutputChannel): Promise<void> {
  const showLog = vscode.l10n.t('Show Log');
  const picked = await vscode.window.showWarningMessage(
    vscode.l10n.t('The Fossil engine ended unexpectedly. It is started again.'),
    showLog,
  );
  if (picked === showLog) log.show();
}

async function refreshAll(sessions: CheckoutSessions): Promise<void> {
  await Promise.all(sessions.all.map((session) => session.refresh()));
}
