import type { Command } from './command';
import { addCommand, commitCommand, openCommand, statusCommand, updateCommand } from './checkout-commands';
import { adminCommands } from './admin-commands';
import { cloneCommand } from './clone-command';
import { gitCommands } from './git-commands';
import { historyCommands } from './history-commands';
import { peekCommand } from './peek-command';
import { initCommand, verifyCommand } from './repository-commands';
import { serveCommand, serverCommand, testHttpCommand } from './serve-command';
import { storeCommands } from './store-commands';
import { pullCommand, pushCommand, syncCommand } from './sync-commands';
import { unversionedCommands } from './unversioned-commands';
import { versionCommand } from './version-command';

/** Every verb, in the order that `trilobite help` shows. */
export const commands: readonly Command[] = [
  initCommand,
  cloneCommand,
  openCommand,
  statusCommand,
  addCommand,
  commitCommand,
  updateCommand,
  syncCommand,
  pullCommand,
  pushCommand,
  peekCommand,
  ...unversionedCommands,
  verifyCommand,
  serveCommand,
  serverCommand,
  testHttpCommand,
  ...storeCommands,
  ...historyCommands,
  ...adminCommands,
  ...gitCommands,
  versionCommand,
];
