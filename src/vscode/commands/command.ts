import type * as vscode from 'vscode';
import type { EngineRegistry } from '../../host/engine-registry';
import type { CheckoutSessions } from '../checkout/checkout-sessions';
import type { CredentialStore } from '../credentials';
import type { PortableWrites } from '../portable-writes';
import type { SourceControls } from '../scm/source-controls';

/** What commands work with. */
export interface CommandContext {
  sessions: CheckoutSessions;
  sourceControls: SourceControls;
  engines: EngineRegistry;
  credentials: CredentialStore;
  portableWrites: PortableWrites;
  log: vscode.LogOutputChannel;
}

/** A command of package.json. It throws EngineErrors; whoever registers it shows them. */
export interface Command {
  id: `trilobite.${string}`;
  run(context: CommandContext, args: readonly unknown[]): Promise<void>;
}
