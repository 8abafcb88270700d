import type { Environment } from '../platform/environment';
import { settingFlag } from '../repository/setting-flag';
import { CheckinLockClient } from '../xfer/checkin-lock-client';
import { canonicalUrl } from '../xfer/remote';
import { synchronize, type SyncStatistics } from '../xfer/client';
import type { Transport } from '../xfer/transport';
import { UnversionedClient } from '../xfer/unversioned-client';
import type { UnversionedOutcome } from '../xfer/unversioned-moves';
import { AttendedTransport } from './attended-transport';
import { chosenRemote, type RemoteChoice } from './chosen-remote';
import { countOf, describeBytes, shortHash } from './describe';
import { type Fork, forksOf } from './forks';
import { type Interaction, observationOf } from './interaction';
import { outgoingArtifacts } from './outgoing';
import { rememberedRemote, rememberRemote } from './remembered-remote';
import { markSync } from './sync-mark';
import { type SyncTarget, withSyncTarget } from './sync-target';
import { unversionedInWords, unversionedWarnings } from './unversioned-sync';
import { withCredentials } from './with-credentials';

export type SyncDirection = 'sync' | 'pull' | 'push';

/** A server other than the remembered one is remembered after success when none was. */
export interface SyncRequest extends RemoteChoice {
  /** A repository file, or the root of a checkout. */
  repository: string;
  direction: SyncDirection;
  /** Also unversioned files; absent: what the setting `uv-sync` says of a sync in both directions. */
  unversioned?: boolean;
  /** Keep the password in the repository, obscured as Fossil does; the editor keeps it elsewhere. */
  rememberPassword?: boolean;
}

export interface SyncOutcome {
  url: string;
  received: number;
  sent: number;
  bytesReceived: number;
  bytesSent: number;
  roundTrips: number;
  /** Notices of the server. */
  messages: string[];
  /** Something to send is still here, because the login may not write. */
  wasPushRefused: boolean;
  /** Where unversioned files were exchanged, too. */
  unversioned?: UnversionedOutcome;
  /** Branches that have more than one open leaf now. */
  forks: Fork[];
  /** In words: "Received 12 artifacts, sent 3, 41 kB, 2 round trips", with forks and refusals. */
  summary: string;
}

/** @throws EngineError `no-remote` when none is remembered or given */
export async function syncRepository(
  environment: Environment,
  transport: Transport,
  request: SyncRequest,
  interaction: Interaction,
): Promise<SyncOutcome> {
  return withSyncTarget(environment, request.repository, interaction, async (target) => {
    const { repository } = target;
    const mark = markSync(repository);
    const attended = new AttendedTransport(transport, repository, interaction, {
      sends: request.direction !== 'pull',
      keepsPasswords: request.rememberPassword ?? false,
    });
    const { result, remote } = await withCredentials(
      chosenRemote(repository, request),
      interaction,
      async (current) => {
        const { unversioned, unlock } = partsOf(target, request);
        const statistics = await synchronize(repository, attended, current, {
          ...observationOf(interaction),
          pull: request.direction !== 'push',
          push: request.direction !== 'pull',
          parts: [unversioned, unlock].filter((part) => part !== undefined),
        });
        return { ...statistics, ...(unversioned === undefined ? {} : { unversioned: unversioned.outcome }) };
      },
    );
    repository.transaction(() => {
      if (result.received > 0) mark.keep();
      if (rememberedRemote(repository) === undefined || request.url === undefined) {
        rememberRemote(repository, attended.settled(remote), { withPassword: request.rememberPassword ?? false });
      }
    });
    // Who reads only is refused every time; that matters when something waits to be sent.
    const isWaiting = outgoingArtifacts(repository).length > 0;
    const statistics = { ...result, wasPushRefused: result.wasPushRefused && isWaiting };
    return outcomeOf(canonicalUrl(remote), statistics, forksOf(repository));
  });
}

/** What is exchanged besides artifacts (fossil.md 2.3, 3.6). */
function partsOf({ repository, checkout }: SyncTarget, request: SyncRequest): SyncParts {
  const { direction } = request;
  const isWanted = request.unversioned ?? (direction === 'sync' && settingFlag(repository, 'uv-sync', false));
  const clientId = checkout?.variable('client-id');
  return {
    ...(isWanted ? { unversioned: new UnversionedClient(repository) } : {}),
    ...(clientId === undefined ? {} : { unlock: new CheckinLockClient(clientId) }),
  };
}

interface SyncParts {
  unversioned?: UnversionedClient;
  unlock?: CheckinLockClient;
}

/** All that an exchange tells of itself. */
type Exchanged = SyncStatistics & { unversioned?: UnversionedOutcome };

function outcomeOf(url: string, statistics: Exchanged, forks: Fork[]): SyncOutcome {
  const { unversioned } = statistics;
  const { received, sent, bytesReceived, bytesSent, roundTrips, messages, wasPushRefused } = statistics;
  return {
    url,
    received,
    sent,
    bytesReceived,
    bytesSent,
    roundTrips,
    messages: messages.filter((message) => !saysPushRefused(message)),
    wasPushRefused,
    ...(unversioned === undefined ? {} : { unversioned }),
    forks,
    summary: [
      transferInWords(statistics),
      ...(unversioned === undefined || unversioned.moves.length === 0 ? [] : [unversionedInWords(unversioned)]),
      ...(unversioned === undefined ? [] : unversionedWarnings(unversioned)),
      ...warningsInWords(statistics, forks),
    ].join('. '),
  };
}

/** The server's own words for `wasPushRefused`. */
function saysPushRefused(message: string): boolean {
  return message.endsWith('not authorized to push');
}

function transferInWords(statistics: SyncStatistics): string {
  const { received, sent, bytesReceived, bytesSent, roundTrips } = statistics;
  const tail = `${describeBytes(bytesReceived + bytesSent)}, ${countOf(roundTrips, 'round trip')}`;
  if (received === 0 && sent === 0) return `Nothing new on either side, ${tail}`;
  return `Received ${countOf(received, 'artifact')}, sent ${sent.toLocaleString('en-US')}, ${tail}`;
}

function warningsInWords(statistics: SyncStatistics, forks: readonly Fork[]): string[] {
  const skew = statistics.clockSkew;
  return [
    ...(statistics.wasPushRefused ? ['The server does not let you push, so your check-ins stay here'] : []),
    ...forks.map(
      ({ branch, leaves }) =>
        `Branch ${branch} has ${leaves.length} open leaves now (${leaves.map(shortHash).join(', ')}): merge them`,
    ),
    ...(skew === undefined
      ? []
      : [`The server's clock is ${Math.abs(Math.round(skew))} s ${skew > 0 ? 'ahead of' : 'behind'} yours`]),
  ];
}
