import { Checkout, findCheckoutDatabase } from '../checkout/checkout';
import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';
import { Repository } from '../repository/repository';
import { canonicalUrl, type Remote } from '../xfer/remote';
import { synchronize, type SyncStatistics } from '../xfer/client';
import type { Transport } from '../xfer/transport';
import { countOf, describeBytes, shortHash } from './describe';
import { type Fork, forksOf } from './forks';
import { type Interaction, observationOf } from './interaction';
import { outgoingArtifacts } from './outgoing';
import { rememberedRemote, rememberRemote } from './remembered-remote';
import { remoteOf as namedRemote } from './remotes';
import { markSync } from './sync-mark';
import { withPermission } from './with-checkout';
import { withCredentials } from './with-credentials';

export type SyncDirection = 'sync' | 'pull' | 'push';

export interface SyncRequest {
  /** A repository file, or the root of a checkout. */
  repository: string;
  direction: SyncDirection;
  /** Another server than the remembered one; remembered after success when none was. */
  url?: string;
  user?: string;
  password?: string;
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
  const repository = await withPermission(request.repository, interaction, (allowPortableWrites) =>
    openEither(environment, request.repository, allowPortableWrites),
  );
  try {
    const mark = markSync(repository);
    const { result, remote } = await withCredentials(remoteOf(repository, request), interaction, (current) =>
      synchronize(repository, transport, current, {
        ...observationOf(interaction),
        pull: request.direction !== 'push',
        push: request.direction !== 'pull',
      }),
    );
    repository.transaction(() => {
      if (result.received > 0) mark.keep();
      if (rememberedRemote(repository) === undefined || request.url === undefined) {
        rememberRemote(repository, remote, { withPassword: request.rememberPassword ?? false });
      }
    });
    // Who reads only is refused every time; that matters when something waits to be sent.
    const isWaiting = outgoingArtifacts(repository).length > 0;
    const statistics = { ...result, wasPushRefused: result.wasPushRefused && isWaiting };
    return outcomeOf(canonicalUrl(remote), statistics, forksOf(repository));
  } finally {
    repository.close();
  }
}

/** Opens a repository file, or the repository of the checkout whose root is given. */
async function openEither(environment: Environment, path: string, allowPortableWrites: boolean): Promise<Repository> {
  if ((await findCheckoutDatabase(environment, path)) === undefined) {
    return Repository.open(environment, path, { mode: 'write', allowPortableWrites });
  }
  return (await Checkout.open(environment, path, { mode: 'write', allowPortableWrites })).repository;
}

function remoteOf(repository: Repository, request: SyncRequest): Remote {
  const remembered = rememberedRemote(repository);
  const base = request.url === undefined ? remembered : namedRemote(repository, request.url);
  if (base === undefined) {
    throw new EngineError(
      'no-remote',
      'This repository has no remote yet. Give the address of the server to sync with.',
    );
  }
  return {
    ...base,
    ...(request.user === undefined ? {} : { user: request.user }),
    ...(request.password === undefined ? {} : { password: request.password }),
  };
}

function outcomeOf(url: string, statistics: SyncStatistics, forks: Fork[]): SyncOutcome {
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
    forks,
    summary: [transferInWords(statistics), ...warningsInWords(statistics, forks)].join('. '),
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
