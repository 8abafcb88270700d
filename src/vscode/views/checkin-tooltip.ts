import * as vscode from 'vscode';
import { describeBytes } from '../../engine/operations/describe';

interface DescribedCheckin {
  hash: string;
  /** Its comment. */
  title?: string;
  user?: string;
  branch?: string;
  /** Unix milliseconds. */
  time?: number;
  /** Bytes. */
  size?: number;
}

/** The whole comment of a check-in, and below it who made it, where and when, its name and its size. */
export function checkinTooltip({
  hash,
  title = '',
  user,
  branch,
  time,
  size,
}: DescribedCheckin): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.appendText(title);
  tooltip.appendMarkdown('\n\n---\n\n');
  const when = time === undefined ? undefined : new Date(time).toLocaleString();
  tooltip.appendText([user, branch, when].filter((part) => part !== undefined).join(' · '));
  tooltip.appendMarkdown(`\n\n\`${hash.slice(0, 16)}\`${size === undefined ? '' : ` · ${describeBytes(size)}`}`);
  return tooltip;
}
