import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';
import { publicUrl } from '../repository/public-url';
import type { Repository } from '../repository/repository';
import { settingFlag } from '../repository/setting-flag';
import { CheckinLockClient } from '../xfer/checkin-lock-client';
import { synchronize, type SyncOptions, type SyncStatistics } from '../xfer/client';
import { ConfigPart } from '../xfer/config-part';
import { LinksClient } from '../xfer/links-client';
import { canonicalUrl, type Remote } from '../xfer/remote';
import type { Transport } from '../xfer/transport';
import { UnversionedClient } from '../xfer/unversioned-client';
import type { UnversionedOutcome } from '../xfer/unversioned-moves';
import { AttendedTransport } from './attended-transport';
import { asUser, chosenRemote, type RemoteChoice } from './chosen-remote';
import { countOf, describeBytes, describeSkew, grouped } from './describe';
import { type Fork, forksInWords, forksOf } from './forks';
import { type Interaction, observationOf } from './interaction';
import { outgoingArtifacts } from './outgoing';
import { parentProject, rememberParent } from './parent-project';
import { noteSyncedWith, provenRemote, provePassword, rememberRemote } from './remembered-remote';
import { passwordRow, rememberPasswordOf } from './remotes';
import { type ShortHash, shortHashOf } from './short-hash';
import { markSync } from './sync-mark';
import { type SyncTarget, withSyncTarget } from './sync-target';
import { unversionedInWords, unversionedWarnings } from './unversioned-sync';
import { withCredentials } from './with-credentials';

export type SyncDirection = 'sync' | 'pull' | 'push';

/** The server becomes the default one, as by Fossil, unless `keeps` says otherwise. */
export interface SyncRequest extends RemoteChoice {
  /** A repository file, or the root of a checkout. */
  repository: string;
  direction: SyncDirection;
  /** Also private branches; takes the capability Private (x) there. */
  withPrivate?: boolean;
  /** Both sides name all that they have, so that nothing is overlooked. */
  isThorough?: boolean;
  /** Pulls from the project that this one was split off from, whose address the repository keeps by itself. */
  fromParent?: boolean;
  /** Pulls from another project, with this code. */
  projectCode?: string;
  /** What of the server is remembered after success: all (absent), the password of the name it was given by, or nothing. */
  keeps?: 'password' | 'nothing';
  /** Settings that the repository keeps where it keeps the server: how that was reached, such as `ssh-command`. */
  settings?: Readonly<Record<string, string>>;
  /** Also unversioned files; absent: what the setting `uv-sync` says of a sync in both directions. */
  unversioned?: boolean;
  /** Ask the server for other addresses of the project, and keep them. */
  sharesLinks?: boolean;
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
  /** Other addresses of the project that the server has told, where it was asked. */
  links?: string[];
  /** Artifacts that wait, unread, for what they build on, which no server has sent. */
  unresolved: string[];
  /** Artifacts that came and could not be kept: they, or what they build on, are refused here, or damaged. */
  leftOut: string[];
  /** Seconds that the server's clock is ahead, when that exceeds 10. */
  clockSkew?: number;
  /** Branches that have more than one open leaf now. */
  forks: Fork[];
  /** In words: "Received 12 artifacts, sent 3, 41 kB, 2 round trips", with forks and refusals; of a pull or a push its own side alone. */
  summary: string;
}

/** @throws EngineError `no-remote` when none is remembered or given, `usage` for a push where the setting `dont-push` forbids it */
export async function syncRepository(
  environment: Environment,
  transport: Transport,
  request: SyncRequest,
  interaction: Interaction,
): Promise<SyncOutcome> {
  return withSyncTarget(environment, request.repository, interaction, async (target) => {
    const { repository } = target;
    const mark = markSync(repository);
    const source = sourceOf(repository, request);
    const directions = directionsOf(repository, request, source);
    const attended = new AttendedTransport(transport, repository, interaction, {
      sends: directions.push,
      keepsPasswords: request.rememberPassword === true && request.keeps === undefined,
    });
    const { result, remote } = await withCredentials(
      source.remote,
      interaction,
      async (current) => {
        const { unversioned, unlock, shun, links } = partsOf(target, request, directions);
        const statistics = await synchronize(repository, attended, current, {
          ...observationOf(interaction),
          ...directions,
          ...wishesOf(repository, request, source),
          parts: [shun, unversioned, unlock, links].filter((part) => part !== undefined),
        });
        return {
          ...statistics,
          ...(unversioned === undefined ? {} : { unversioned: unversioned.outcome }),
          ...(links === undefined ? {} : { links: links.urls }),
        };
      },
      attended.greet,
    );
    repository.transaction(() => {
      if (result.received > 0) mark.keep();
      keepRemote(repository, request, source, attended.settled(remote));
    });
    // Who reads only is refused every time; that matters when something waits to be sent.
    const isWaiting = outgoingArtifacts(repository).length > 0;
    const statistics = { ...result, wasPushRefused: result.wasPushRefused && isWaiting };
    return outcomeOf(repository, canonicalUrl(remote), statistics, directions);
  });
}

/** Where content comes from and goes to. */
interface Source {
  remote: Remote;
  /** Of another project. */
  projectCode?: string;
}

interface Directions {
  pull: boolean;
  push: boolean;
}

function sourceOf(repository: Repository, request: SyncRequest): Source {
  const { url, projectCode } = request;
  if (request.fromParent !== true) {
    const remote = chosenRemote(repository, request);
    return projectCode === undefined || projectCode === repository.projectCode ? { remote } : { remote, projectCode };
  }
  const parent = parentProject(repository);
  if (url !== undefined || parent.remote === undefined) {
    return { remote: chosenRemote(repository, request), projectCode: parent.code };
  }
  return { remote: asUser(parent.remote, request), projectCode: parent.code };
}

/** Nothing goes to another project, nor where the setting `dont-push` is on. */
function directionsOf(repository: Repository, { direction }: SyncRequest, source: Source): Directions {
  const isForbidden = settingFlag(repository, 'dont-push', false);
  if (direction === 'push' && isForbidden) {
    throw new EngineError('usage', 'The setting "dont-push" of this repository forbids to push. Change it first.');
  }
  if (direction === 'push' && source.projectCode !== undefined) {
    throw new EngineError('usage', 'Nothing can be pushed to another project. Pull from it instead.');
  }
  return { pull: direction !== 'push', push: direction !== 'pull' && !isForbidden && source.projectCode === undefined };
}

function wishesOf(repository: Repository, request: SyncRequest, { projectCode }: Source): Partial<SyncOptions> {
  const url = projectCode === undefined ? publicUrl(repository) : undefined;
  return {
    withPrivate: request.withPrivate ?? false,
    isThorough: request.isThorough ?? false,
    ...(projectCode === undefined ? {} : { projectCode }),
    ...(url === undefined ? {} : { publicUrl: url }),
  };
}

/** In the caller's transaction. Another project's server never becomes the default one. */
function keepRemote(repository: Repository, request: SyncRequest, { projectCode }: Source, used: Remote): void {
  noteSyncedWith(repository, used);
  const { url, keeps, fromParent, settings = {} } = request;
  const withPassword = request.rememberPassword ?? false;
  const remote = provenRemote(repository, used, projectCode);
  if (fromParent !== true) provePassword(repository, passwordRow(url), used, remote);
  if (keeps === 'password') {
    if (withPassword && url !== undefined) rememberPasswordOf(repository, url, remote);
  } else if (keeps === undefined && request.projectCode === undefined) {
    for (const [name, value] of Object.entries(settings)) repository.config.set(name, value);
    if (fromParent === true) rememberParent(repository, remote, { withPassword });
    else rememberRemote(repository, remote, { withPassword });
  }
}

/** What is exchanged besides artifacts (fossil.md 2.3, 3.6). */
function partsOf({ repository, checkout }: SyncTarget, request: SyncRequest, { pull, push }: Directions): SyncParts {
  const isWanted = request.unversioned ?? (pull && push && settingFlag(repository, 'uv-sync', false));
  const shuns = pull && request.url === undefined && settingFlag(repository, 'auto-shun', true);
  const clientId = checkout?.variable('client-id');
  return {
    ...(shuns ? { shun: new ConfigPart(repository, { area: 'shun', pull: true, push: false }) } : {}),
    ...(isWanted ? { unversioned: new UnversionedClient(repository) } : {}),
    ...(pull && request.sharesLinks === true ? { links: new LinksClient(repository) } : {}),
    ...(clientId === undefined ? {} : { unlock: new CheckinLockClient(clientId) }),
  };
}

interface SyncParts {
  /** What the server has shunned is shunned here. */
  shun?: ConfigPart;
  unversioned?: UnversionedClient;
  unlock?: CheckinLockClient;
  links?: LinksClient;
}

/** All that an exchange tells of itself. */
type Exchanged = SyncStatistics & { unversioned?: UnversionedOutcome; links?: string[] };

function outcomeOf(repository: Repository, url: string, statistics: Exchanged, directions: Directions): SyncOutcome {
  const forks = forksOf(repository);
  const { unversioned, links } = statistics;
  const { received, sent, bytesReceived, bytesSent, roundTrips, messages, wasPushRefused } = statistics;
  const { unresolved, leftOut, clockSkew } = statistics;
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
    ...(links === undefined ? {} : { links }),
    unresolved,
    leftOut,
    ...(clockSkew === undefined ? {} : { clockSkew }),
    forks,
    summary: [
      transferInWords(statistics, directions),
      ...(unversioned === undefined || unversioned.moves.length === 0 ? [] : [unversionedInWords(unversioned)]),
      ...(unversioned === undefined ? [] : unversionedWarnings(unversioned)),
      ...warningsInWords(statistics, forks, shortHashOf(repository)),
    ].join('. '),
  };
}

/** The server's own words for `wasPushRefused`. */
function saysPushRefused(message: string): boolean {
  return message.endsWith('not authorized to push');
}

/** Of a side that was not looked at nothing is said. */
function transferInWords(statistics: SyncStatistics, { pull, push }: Directions): string {
  const { received, sent, bytesReceived, bytesSent, roundTrips, wasPushRefused, leftOut } = statistics;
  const tail = `${describeBytes(bytesReceived + bytesSent)}, ${countOf(roundTrips, 'round trip')}`;
  if (received === 0 && sent === 0 && leftOut.length === 0) {
    if (!pull) return `Nothing new to send, ${tail}`;
    return `Nothing new on ${push && !wasPushRefused ? 'either side' : 'the server'}, ${tail}`;
  }
  if (!pull) return `Sent ${countOf(sent, 'artifact')}, ${tail}`;
  return `Received ${countOf(received, 'artifact')}${push ? `, sent ${grouped(sent)}` : ''}, ${tail}`;
}

function warningsInWords(statistics: SyncStatistics, forks: readonly Fork[], shortHash: ShortHash): string[] {
  const { clockSkew: skew, unresolved, leftOut } = statistics;
  const named = (hashes: readonly string[]): string =>
    `${hashes.slice(0, 3).map(shortHash).join(', ')}${hashes.length > 3 ? ' …' : ''}`;
  return [
    ...(statistics.wasPushRefused ? ['The server does not let you push, so your check-ins stay here'] : []),
    ...forksInWords(forks, shortHash),
    ...(unresolved.length === 0
      ? []
      : [
          `${countOf(unresolved.length, 'artifact')} cannot be read before what they build on has come, which the server did not send: ${named(unresolved)}`,
        ]),
    ...(leftOut.length === 0
      ? []
      : [
          `${countOf(leftOut.length, 'artifact')} came and could not be kept, because they or what they build on are shunned here, refused by the hash policy, or damaged: ${named(leftOut)}`,
        ]),
    ...(skew === undefined ? [] : [describeSkew(skew)]),
  ];
}
