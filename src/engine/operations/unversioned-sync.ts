import type { Environment } from '../platform/environment';
import type { Repository } from '../repository/repository';
import { synchronize } from '../xfer/client';
import { canonicalUrl, type Remote } from '../xfer/remote';
import type { Transport } from '../xfer/transport';
import { UnversionedClient, type UnversionedSyncOptions } from '../xfer/unversioned-client';
import type { UnversionedOutcome } from '../xfer/unversioned-moves';
import { AttendedTransport } from './attended-transport';
import { chosenRemote, type RemoteChoice } from './chosen-remote';
import { countOf, describeBytes, grouped } from './describe';
import { type Interaction, observationOf } from './interaction';
import { noteSyncedWith, provenRemote, provePassword, rememberRemote } from './remembered-remote';
import { passwordRow } from './remotes';
import { withSyncTarget } from './sync-target';
import { withCredentials } from './with-credentials';

export interface UnversionedSyncRequest extends RemoteChoice {
  /** A repository file, or the root of a checkout. */
  repository: string;
  /** The server's files count whatever their age, and those it lacks are dropped here (`fossil uv revert`). */
  reverts?: boolean;
  /** Only finds out what would move. */
  isDryRun?: boolean;
  /** Nothing of the server is remembered. */
  isOnce?: boolean;
  /** Settings that the repository keeps unless it is for once: how the server was reached, such as `ssh-command`. */
  settings?: Readonly<Record<string, string>>;
  /** Keep the password in the repository, obscured as Fossil does; the editor keeps it elsewhere. */
  rememberPassword?: boolean;
}

export interface UnversionedSyncOutcome extends UnversionedOutcome {
  url: string;
  bytesReceived: number;
  bytesSent: number;
  roundTrips: number;
  /** In words: "Received 2 unversioned files, sent 1, 4 kB, 2 round trips". */
  summary: string;
}

/** Exchanges unversioned files alone (`fossil uv sync`). @throws EngineError `no-remote` when none is remembered or given */
export function syncUnversioned(
  environment: Environment,
  transport: Transport,
  request: UnversionedSyncRequest,
  interaction: Interaction,
): Promise<UnversionedSyncOutcome> {
  return withSyncTarget(environment, request.repository, interaction, async ({ repository }) => {
    const remote = chosenRemote(repository, request);
    const attended = new AttendedTransport(transport, repository, interaction, {
      sends: request.reverts !== true,
      keepsPasswords: request.rememberPassword === true && request.isOnce !== true,
    });
    const { result, remote: current } = await withCredentials(
      remote,
      interaction,
      async (attempt) => {
        const part = new UnversionedClient(repository, partOptions(request));
        const options = { ...observationOf(interaction), pull: false, push: false, parts: [part] };
        const { bytesReceived, bytesSent, roundTrips } = await synchronize(repository, attended, attempt, options);
        return { ...part.outcome, bytesReceived, bytesSent, roundTrips };
      },
      attended.greet,
    );
    repository.transaction(() => keepRemote(repository, request, attended.settled(current)));
    const traffic = `${describeBytes(result.bytesReceived + result.bytesSent)}, ${countOf(result.roundTrips, 'round trip')}`;
    const sentence = `${unversionedInWords(result, request)}, ${traffic}`;
    return {
      ...result,
      url: canonicalUrl(current),
      summary: [sentence, ...unversionedWarnings(result)].join('. '),
    };
  });
}

/** What has moved, in words; "Nothing new among unversioned files on either side" when nothing has, and nothing waits here either. */
export function unversionedInWords(
  { moves, wasPushRefused }: UnversionedOutcome,
  options: { isDryRun?: boolean } = {},
): string {
  if (moves.length === 0)
    return `Nothing new among unversioned files on ${wasPushRefused ? 'the server' : 'either side'}`;
  const count = (...actions: string[]): number => moves.filter(({ action }) => actions.includes(action)).length;
  const [received, deleted, sent, dropped] = [
    count('pull', 'pull-time'),
    count('pull-deletion'),
    count('push', 'push-time'),
    count('drop'),
  ];
  const parts = [
    ...(received > 0 || deleted + dropped === 0 ? [`received ${countOf(received, 'unversioned file')}`] : []),
    ...(deleted > 0 ? [`deleted ${countOf(deleted, 'unversioned file')} that the server has deleted`] : []),
    ...(dropped > 0 ? [`dropped ${countOf(dropped, 'unversioned file')} that the server does not have`] : []),
    ...(sent > 0 ? [`sent ${grouped(sent)}`] : []),
  ];
  const sentence = parts.join(', ');
  return options.isDryRun === true ? `Would have ${sentence}` : sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** What the user should know besides. */
export function unversionedWarnings({ wasPushRefused, missing }: UnversionedOutcome): string[] {
  return [
    ...(wasPushRefused
      ? ['The server does not let you write unversioned files (capability y), so younger ones stay here']
      : []),
    ...(missing.length === 0 ? [] : [`The server announced but did not send ${missing.join(', ')}`]),
  ];
}

function partOptions({ reverts, isDryRun }: UnversionedSyncRequest): UnversionedSyncOptions {
  return { ...(reverts === undefined ? {} : { reverts }), ...(isDryRun === undefined ? {} : { isDryRun }) };
}

/** In the caller's transaction. As Fossil does: an exchange of unversioned files makes no server the default one. */
function keepRemote(repository: Repository, request: UnversionedSyncRequest, used: Remote): void {
  noteSyncedWith(repository, used);
  const remote = provenRemote(repository, used);
  provePassword(repository, passwordRow(request.url), used, remote);
  if (request.isOnce === true) return;
  for (const [name, value] of Object.entries(request.settings ?? {})) repository.config.set(name, value);
  if (request.url !== undefined) return;
  rememberRemote(repository, remote, { withPassword: request.rememberPassword ?? false });
}
