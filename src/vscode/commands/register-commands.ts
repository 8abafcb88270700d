import * as vscode from 'vscode';
import { reportError } from '../interaction/report-error';
import { checkIncoming } from './check-incoming';
import { clone } from './clone';
import type { Command, CommandContext } from './command';
import { commit, commitSelected } from './commit';
import { add, addAll, deleteExtra, ignore, remove, revert, revertAll } from './files';
import { init } from './init';
import { copyPath, openChange, openFile } from './open-files';
import { openRepository } from './open-repository';
import { copyHash, openCheckinChanges } from './pending';
import { rebuild, verify } from './repository-care';
import { pull, push, sync } from './sync';
import { addUnversionedFiles, listUnversioned, syncUnversioned } from './unversioned';
import { update, updateToVersion } from './update';
import { close, refresh, showLog } from './window';

const commands: readonly Command[] = [
  clone,
  openRepository,
  init,
  close,
  refresh,
  showLog,
  commit,
  commitSelected,
  update,
  updateToVersion,
  sync,
  pull,
  push,
  checkIncoming,
  verify,
  rebuild,
  syncUnversioned,
  listUnversioned,
  addUnversionedFiles,
  add,
  addAll,
  remove,
  revert,
  revertAll,
  deleteExtra,
  ignore,
  openChange,
  openFile,
  copyPath,
  openCheckinChanges,
  copyHash,
];

/** Registers all commands; what they throw is shown as a sentence. */
export function registerCommands(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    ...commands.map((command) =>
      vscode.commands.registerCommand(command.id, async (...args: unknown[]) => {
        try {
          await command.run(context, args);
        } catch (error) {
          // Not awaited: the command has ended, whenever the user closes the message.
          void reportError(error, context.log);
        }
      }),
    ),
  );
}
