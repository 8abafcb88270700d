import * as vscode from 'vscode';
import { grouped } from '../../engine/operations/describe';

/** All files of a check-in, as `vscode.changes` takes them: name, before, after. */
export interface MultiDiff {
  title: string;
  resources: [vscode.Uri, vscode.Uri | undefined, vscode.Uri | undefined][];
}

/** What a node of the Incoming / Outgoing view stands for, besides what it shows. */
export interface PendingNodeOptions {
  id: string;
  /** Root of the checkout that the node stands for, or a list of it. */
  root?: string;
  label: string;
  description?: string;
  tooltip?: string | vscode.MarkdownString;
  icon?: vscode.ThemeIcon;
  resourceUri?: vscode.Uri;
  /** For menus. */
  contextValue: string;
  command?: vscode.Command;
  children?: PendingNode[];
  isExpanded?: boolean;
  hash?: string;
  changes?: MultiDiff;
}

/** A node of the Incoming / Outgoing view. */
export class PendingNode {
  readonly children: PendingNode[];
  readonly root: string | undefined;
  readonly hash: string | undefined;
  readonly changes: MultiDiff | undefined;

  constructor(private readonly options: PendingNodeOptions) {
    this.children = options.children ?? [];
    this.root = options.root;
    this.hash = options.hash;
    this.changes = options.changes;
  }

  get item(): vscode.TreeItem {
    const { id, label, description, tooltip, icon, resourceUri, contextValue, command, isExpanded } = this.options;
    const item = new vscode.TreeItem(label, this.collapsibleState(isExpanded ?? false));
    item.id = id;
    item.contextValue = contextValue;
    if (description !== undefined) item.description = description;
    if (tooltip !== undefined) item.tooltip = tooltip;
    if (icon !== undefined) item.iconPath = icon;
    if (resourceUri !== undefined) item.resourceUri = resourceUri;
    if (command !== undefined) item.command = command;
    return item;
  }

  private collapsibleState(isExpanded: boolean): vscode.TreeItemCollapsibleState {
    if (this.children.length === 0) return vscode.TreeItemCollapsibleState.None;
    return isExpanded ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
  }
}

/** Stands for what is not listed: "and 3,000 more". */
export function restNode(parent: string, count: number): PendingNode {
  const label = vscode.l10n.t('and {0} more', grouped(count));
  return new PendingNode({ id: `${parent} rest`, label, contextValue: 'rest' });
}
