import * as vscode from 'vscode';
import { PendingNode } from '../views/pending-node';
import type { Command } from './command';

/** Shows all files that a check-in of the Incoming / Outgoing view changes, in one editor. */
export const openCheckinChanges: Command = {
  id: 'trilobite.openCheckinChanges',
  async run(_, args) {
    const node = args[0];
    if (!(node instanceof PendingNode) || node.changes === undefined) return;
    const { title, resources } = node.changes;
    await vscode.commands.executeCommand('vscode.changes', title, resources);
  },
};

export const copyHash: Command = {
  id: 'trilobite.copyHash',
  async run(_, args) {
    const node = args[0];
    if (node instanceof PendingNode && node.hash !== undefined) await vscode.env.clipboard.writeText(node.hash);
  },
};
