import { countOf } from '../../engine/operations/describe';
import type { WorkspaceStatus } from '../../engine/operations/status';
import { ageInWords } from '../interaction/age';
import type { Translate } from '../interaction/translate';

/** An item of the status bar: text with `$(icon)`s, and its tooltip. */
export interface StatusBarText {
  text: string;
  tooltip: string;
}

/** The branch that is checked out, with a star when there are changes. */
export function branchText(status: WorkspaceStatus, now: number, t: Translate): StatusBarText {
  const { checkin, changes } = status;
  if (checkin === undefined) {
    return { text: `$(git-branch) ${t('no check-in yet')}`, tooltip: t('This repository has no check-ins yet') };
  }
  const dirty = changes.length > 0 ? '*' : '';
  return {
    text: `$(git-branch) ${checkin.branch}${dirty}`,
    tooltip: t(
      'Check-in {0} on {1} by {2}, {3}: {4}\nClick to update to another version',
      checkin.hash.slice(0, status.hashDigits),
      checkin.branch,
      checkin.user,
      ageInWords(checkin.time, now, t),
      firstLine(checkin.comment),
    ),
  };
}

/**
 * What a sync would bring and send, what it is doing, or why it failed.
 *
 * @param activity.waiting - artifacts that a check has found on the server
 */
export function syncText(
  status: WorkspaceStatus,
  activity: { isSyncing: boolean; failure: string | undefined; waiting?: number },
  t: Translate,
): StatusBarText {
  if (activity.isSyncing) {
    return { text: `$(sync~spin)${counts(status)}`, tooltip: t('Syncing with {0}', status.remote ?? t('the server')) };
  }
  if (activity.failure !== undefined) {
    return {
      text: `$(warning)${counts(status)}`,
      tooltip: t('The last sync failed: {0}\nClick to try again', activity.failure),
    };
  }
  if (status.remote === undefined) {
    return { text: `$(cloud-upload)${counts(status)}`, tooltip: t('No remote yet: click to sync with a server') };
  }
  const tooltip = t(
    'Sync with {0}\n{1} to update to, {2} to send',
    status.remote,
    countOf(status.incoming, 'check-in'),
    countOf(status.outgoing, 'artifact'),
  );
  const { waiting = 0 } = activity;
  return {
    text: `$(sync)${counts(status)}`,
    tooltip: waiting === 0 ? tooltip : t('{0}, {1} waiting on the server', tooltip, countOf(waiting, 'artifact')),
  };
}

function counts({ incoming, outgoing }: WorkspaceStatus): string {
  return incoming === 0 && outgoing === 0 ? '' : ` ${incoming}↓ ${outgoing}↑`;
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
