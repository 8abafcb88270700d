import * as vscode from 'vscode';
import { countOf, describeBytes } from '../../engine/operations/describe';
import type { PendingArtifact, PendingArtifacts, PendingList } from '../../engine/operations/pending';
import type { PendingFile } from '../../engine/operations/pending-files';
import { ageInWords } from '../interaction/age';
import type { CheckoutSession } from '../checkout/checkout-session';
import { changeAppearance } from '../scm/change-appearance';
import { fossilUri } from '../scm/fossil-uri';
import { iconOf, kindInWords } from './artifact-kinds';
import { checkinTooltip } from './checkin-tooltip';
import { PendingNode, restNode } from './pending-node';

/** The two roots of one checkout. */
export function pendingRoots(session: CheckoutSession, { outgoing, incoming }: PendingArtifacts): PendingNode[] {
  return [
    // As the status bar and the result of a sync count: with the files of check-ins.
    rootNode(session, 'outgoing', vscode.l10n.t('Outgoing'), 'cloud-upload', outgoing, [
      ...checkinsIn(outgoing),
      countOf(outgoing.count, 'artifact'),
    ]),
    rootNode(session, 'incoming', vscode.l10n.t('Incoming'), 'cloud-download', incoming, [summaryOf(incoming)]),
  ];
}

function rootNode(
  session: CheckoutSession,
  direction: string,
  label: string,
  icon: string,
  { artifacts, bytes, unlisted }: PendingList,
  description: readonly string[],
): PendingNode {
  const id = `${session.root} ${direction}`;
  const isEmpty = artifacts.length === 0;
  return new PendingNode({
    // An id of its own while empty: VS Code would remember that this node was not open.
    id: isEmpty ? `${id} empty` : id,
    root: session.root,
    label,
    description: isEmpty ? vscode.l10n.t('nothing') : [...description, describeBytes(bytes)].join(' · '),
    icon: new vscode.ThemeIcon(icon),
    contextValue: direction,
    isExpanded: true,
    children: [
      ...artifacts.map((artifact) => artifactNode(session, id, artifact)),
      ...(unlisted === 0 ? [] : [restNode(id, unlisted)]),
    ],
  });
}

/** "2 check-ins, 1 artifact"; where not all are listed, all in one: what the others are has not been looked at. */
function summaryOf(list: PendingList): string {
  if (list.unlisted > 0) return countOf(list.count, 'artifact');
  const others = list.artifacts.filter(({ kind }) => kind !== 'checkin').length;
  return [...checkinsIn(list), ...(others === 0 ? [] : [countOf(others, 'artifact')])].join(', ');
}

function checkinsIn({ artifacts, unlisted }: PendingList): string[] {
  const checkins = artifacts.filter(({ kind }) => kind === 'checkin').length;
  return checkins === 0 || unlisted > 0 ? [] : [countOf(checkins, 'check-in')];
}

function artifactNode(session: CheckoutSession, parent: string, artifact: PendingArtifact): PendingNode {
  return artifact.kind === 'checkin' ? checkinNode(session, parent, artifact) : otherNode(session, parent, artifact);
}

function checkinNode(session: CheckoutSession, parent: string, checkin: PendingArtifact): PendingNode {
  const { hash, title, user, time, files = [] } = checkin;
  const id = `${parent} ${hash}`;
  const age = time === undefined ? undefined : ageInWords(time, Date.now(), vscode.l10n.t);
  const [subject = ''] = title.split('\n', 1);
  return new PendingNode({
    id,
    label: subject === '' ? vscode.l10n.t('(no comment)') : subject,
    description: [user, age].filter((part) => part !== undefined).join(', '),
    tooltip: checkinTooltip(checkin),
    icon: new vscode.ThemeIcon('git-commit'),
    contextValue: 'checkin',
    hash,
    children: files.map((file) => fileNode(session, id, hash, file)),
    changes: {
      title: `${session.shortHash(hash)} ${subject}`,
      resources: files.map((file) => {
        const { before, after } = sidesOf(session, file);
        return [vscode.Uri.joinPath(session.uri, file.path), before, after];
      }),
    },
  });
}

function fileNode(session: CheckoutSession, parent: string, checkin: string, file: PendingFile): PendingNode {
  const { path, change, size, formerPath } = file;
  const slash = path.lastIndexOf('/');
  const { tooltip: word, letter } = changeAppearance(change, vscode.l10n.t);
  const parts = [slash < 0 ? '' : path.slice(0, slash), change === 'deleted' ? '' : describeBytes(size), letter];
  const command = showFile(session, checkin, file);
  return new PendingNode({
    id: `${parent} ${path}`,
    label: path.slice(slash + 1),
    description: parts.filter((part) => part !== '').join(' · '),
    tooltip: formerPath === undefined ? `${path}\n${word}` : `${path}\n${word}: ${formerPath}`,
    icon: vscode.ThemeIcon.File,
    // Not the file itself: its decorations tell of the working directory.
    resourceUri: vscode.Uri.from({ scheme: 'fossil-name', path: `/${path}` }),
    contextValue: `file ${change}`,
    ...(command === undefined ? {} : { command }),
  });
}

function sidesOf(session: CheckoutSession, file: PendingFile): { before?: vscode.Uri; after?: vscode.Uri } {
  const { root } = session;
  const { path, hash, formerHash, formerPath } = file;
  return {
    ...(formerHash === undefined
      ? {}
      : { before: fossilUri(formerPath ?? path, { kind: 'artifact', root, hash: formerHash }) }),
    ...(hash === undefined ? {} : { after: fossilUri(path, { kind: 'artifact', root, hash }) }),
  };
}

function showFile(session: CheckoutSession, checkin: string, file: PendingFile): vscode.Command | undefined {
  const { before, after } = sidesOf(session, file);
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  const title = vscode.l10n.t('{0} ({1})', name, session.shortHash(checkin));
  if (before !== undefined && after !== undefined) {
    return { command: 'vscode.diff', title: vscode.l10n.t('Open Changes'), arguments: [before, after, title] };
  }
  const side = after ?? before;
  if (side === undefined) return undefined;
  return { command: 'vscode.open', title: vscode.l10n.t('Open File'), arguments: [side, {}, title] };
}

function otherNode(session: CheckoutSession, parent: string, artifact: PendingArtifact): PendingNode {
  const { kind, hash, title, size, user, time } = artifact;
  const { root } = session;
  const name = title === '' ? hash.slice(0, 16) : title;
  const shownAs = kind === 'file' ? name : `${hash.slice(0, 16)}.txt`;
  const age = time === undefined ? '' : ageInWords(time, Date.now(), vscode.l10n.t);
  const parts = [user ?? '', age, describeBytes(size)].filter((part) => part !== '');
  const uri = fossilUri(shownAs, { kind: 'artifact', root, hash });
  return new PendingNode({
    id: `${parent} ${hash}`,
    label: name,
    description: parts.join(' · '),
    tooltip: `${kindInWords(kind)}\n${name}\n${hash}`,
    icon: new vscode.ThemeIcon(iconOf(kind)),
    contextValue: 'artifact',
    hash,
    command: {
      command: 'vscode.open',
      title: vscode.l10n.t('Open Artifact'),
      arguments: [uri, {}, `${kindInWords(kind)} ${session.shortHash(hash)}`],
    },
  });
}
