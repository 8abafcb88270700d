import { Checkout, findCheckoutDatabase } from '../checkout/checkout';
import type { Environment } from '../platform/environment';
import { Repository } from '../repository/repository';
import { storedSummary, type ArtifactSummary } from '../xfer/artifact-summary';
import { PeekRun } from '../xfer/peek-run';
import { canonicalUrl } from '../xfer/remote';
import { SessionObserver } from '../xfer/session-observer';
import type { Transport } from '../xfer/transport';
import { AttendedTransport } from './attended-transport';
import { chosenRemote, type RemoteChoice } from './chosen-remote';
import { countOf, describeBytes } from './describe';
import { type Interaction, observationOf } from './interaction';
import { outgoingArtifacts } from './outgoing';
import { withCredentials } from './with-credentials';

export interface PeekRequest extends RemoteChoice {
  /** A repository file, or the root of a checkout. */
  repository: string;
}

/** An artifact that a sync would move, as far as it can be told without moving it. */
export interface PeekedArtifact extends Partial<ArtifactSummary> {
  hash: string;
}

export interface PeekOutcome {
  url: string;
  /** What a pull would bring. */
  incoming: PeekedArtifact[];
  /** What a push would send. */
  outgoing: PeekedArtifact[];
  roundTrips: number;
  bytesReceived: number;
  /** In words: "2 check-ins and 5 other artifacts would come, nothing would go, 3 kB, 1 round trip". */
  summary: string;
}

/**
 * Asks a server what a sync would move; stores nothing, neither here nor there.
 * @throws EngineError as a pull does: `no-remote`, `not-authorized`, `wrong-project`, …
 */
export async function peek(
  environment: Environment,
  transport: Transport,
  request: PeekRequest,
  interaction: Interaction,
): Promise<PeekOutcome> {
  const repository = await openToRead(environment, request.repository);
  try {
    const attended = new AttendedTransport(transport, repository, interaction, { sends: false, keepsPasswords: false });
    const { result, remote } = await withCredentials(
      chosenRemote(repository, request),
      interaction,
      async (current) => {
        const facts = { repository, remote: current, operation: 'peek' } as const;
        return SessionObserver.watch(interaction.onEvent, facts, async (observer) => {
          const session = await attended.open(current);
          try {
            return await new PeekRun(repository, session, observationOf(interaction), observer).run();
          } finally {
            await session.close();
          }
        });
      },
      attended.greet,
    );
    const { roundTrips, bytesReceived, onServer } = result;
    const incoming = newestFirst(result.incoming.map(({ hash, summary }) => ({ hash, ...summary })));
    const outgoing = outgoingArtifacts(repository)
      .flatMap((rid) => storedSummary(repository, rid) ?? [])
      .filter(({ hash }) => !onServer.has(hash))
      .map(({ hash, summary }) => ({ hash, ...summary }));
    const traffic = `${describeBytes(bytesReceived)}, ${countOf(roundTrips, 'round trip')}`;
    return {
      url: canonicalUrl(remote),
      incoming,
      outgoing,
      roundTrips,
      bytesReceived,
      summary: `${inWords(incoming)} would come, ${inWords(outgoing).toLowerCase()} would go, ${traffic}`,
    };
  } finally {
    repository.close();
  }
}

/** What has a time comes before what has none: a cluster names its members in the order of their hashes. */
function newestFirst(artifacts: PeekedArtifact[]): PeekedArtifact[] {
  return artifacts.toSorted((a, b) => (b.time ?? -Infinity) - (a.time ?? -Infinity) || 0);
}

async function openToRead(environment: Environment, path: string): Promise<Repository> {
  if ((await findCheckoutDatabase(environment, path)) === undefined) {
    return Repository.open(environment, path, { mode: 'read' });
  }
  return (await Checkout.open(environment, path, { mode: 'read' })).repository;
}

function inWords(artifacts: readonly PeekedArtifact[]): string {
  const checkins = artifacts.filter(({ kind }) => kind === 'checkin').length;
  const unknown = artifacts.filter(({ kind }) => kind === undefined).length;
  const others = artifacts.length - checkins - unknown;
  if (artifacts.length === 0) return 'Nothing';
  const words = [
    ...(checkins === 0 ? [] : [countOf(checkins, 'check-in')]),
    ...(others === 0 ? [] : [countOf(others, checkins === 0 ? 'artifact' : 'other artifact')]),
    ...(unknown === 0
      ? []
      : [`${countOf(unknown, 'artifact')} of which only the ${unknown === 1 ? 'name is' : 'names are'} known`]),
  ];
  return words.length < 3 ? words.join(' and ') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
