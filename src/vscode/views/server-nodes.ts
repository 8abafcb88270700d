import * as vscode from 'vscode';
import { countOf, describeBytes } from '../../engine/operations/describe';
import type { PeekedArtifact } from '../../engine/operations/peek';
import type { CheckoutSession } from '../checkout/checkout-session';
import { ageInWords } from '../interaction/age';
import { iconOf, kindInWords } from './artifact-kinds';
import { checkinTooltip } from './checkin-tooltip';
import { PendingNode, restNode } from './pending-node';
import { serverCheckText, sizeInWords } from './server-check-text';

/** More rows than this help nobody. */
const mostRows = 2000;

/** "On the Server": what a check has found there that is not here yet. @returns undefined when nobody has looked */
export function serverNode(session: CheckoutSession): PendingNode | undefined {
  const { isRunning, finding, failure, hasResult } = session.serverCheck;
  if (!hasResult) return undefined;
  const id = `${session.root} server`;
  const children = finding === undefined ? [] : awaitedNodes(id, finding.outcome.incoming);
  const { description, tooltip } = serverCheckText(session.serverCheck, timeInWords, vscode.l10n.t);
  return new PendingNode({
    // An id of its own while empty: VS Code would remember that this node was not open.
    id: children.length === 0 ? `${id} empty` : id,
    root: session.root,
    label: vscode.l10n.t('On the Server'),
    description,
    tooltip,
    icon: new vscode.ThemeIcon(isRunning ? 'sync~spin' : failure === undefined ? 'server' : 'warning'),
    contextValue: 'server',
    isExpanded: true,
    children,
  });
}

/** Check-ins and what else has an author, the newest first; then files, then what nothing is known of but its name. */
function awaitedNodes(parent: string, incoming: readonly PeekedArtifact[]): PendingNode[] {
  const files = incoming.filter(({ kind }) => kind === 'file');
  const others = incoming.filter(({ kind }) => kind !== 'file').sort(checkinsThenNewest);
  return [
    ...limited(parent, others),
    ...(files.length === 0
      ? []
      : [
          new PendingNode({
            id: `${parent} files`,
            label: countOf(files.length, 'file'),
            description: sizeInWords(files, vscode.l10n.t).join(''),
            tooltip: vscode.l10n.t('Contents of files that these check-ins need'),
            icon: new vscode.ThemeIcon('files'),
            contextValue: 'awaited files',
            children: limited(`${parent} files`, files.sort(byTitle)),
          }),
        ]),
  ];
}

function checkinsThenNewest(left: PeekedArtifact, right: PeekedArtifact): number {
  const [isLeft, isRight] = [left.kind === 'checkin', right.kind === 'checkin'];
  return isLeft === isRight ? (right.time ?? 0) - (left.time ?? 0) : isLeft ? -1 : 1;
}

function byTitle({ title: left = '' }: PeekedArtifact, { title: right = '' }: PeekedArtifact): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function limited(parent: string, artifacts: readonly PeekedArtifact[]): PendingNode[] {
  const nodes = artifacts.slice(0, mostRows).map((artifact) => awaitedNode(parent, artifact));
  return artifacts.length <= mostRows ? nodes : [...nodes, restNode(parent, artifacts.length - mostRows)];
}

function awaitedNode(parent: string, artifact: PeekedArtifact): PendingNode {
  const { hash, kind, title = '', user, time, size } = artifact;
  const [subject = ''] = title.split('\n', 1);
  const age = time === undefined ? undefined : ageInWords(time, Date.now(), vscode.l10n.t);
  const author = [user, age].filter((part) => part !== undefined).join(', ');
  const parts = [author, size === undefined ? '' : describeBytes(size)].filter((part) => part !== '');
  const what = kind === undefined ? vscode.l10n.t('Nothing is known of it but its name') : kindInWords(kind);
  return new PendingNode({
    id: `${parent} ${hash}`,
    label: subject !== '' ? subject : kind === 'checkin' ? vscode.l10n.t('(no comment)') : hash.slice(0, 16),
    description: parts.join(' · '),
    tooltip:
      kind === 'checkin' ? checkinTooltip(artifact) : [what, title, hash].filter((line) => line !== '').join('\n'),
    icon: new vscode.ThemeIcon(kind === undefined ? 'question' : iconOf(kind)),
    contextValue: 'awaited',
    hash,
  });
}

/** The time of day; before today with the date. */
function timeInWords(time: number): string {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday
    ? date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'short' });
}
