import type { Hash } from '../identifiers';
import type { ProgressListener } from '../progress';
import type { Repository } from '../repository/repository';
import { CloneRun } from './clone-run';
import type { SessionFacts, XferListener } from './observer';
import type { Remote } from './remote';
import { SessionObserver } from './session-observer';
import type { SyncPart } from './sync-part';
import { SyncRun } from './sync-run';
import type { Session, Transport } from './transport';

export interface SyncOptions {
  pull: boolean;
  push: boolean;
  /** What is exchanged besides artifacts; with neither pull nor push it is exchanged alone. */
  parts?: readonly SyncPart[];
  /** Also exchanges private branches, which takes the capability Private (x). */
  withPrivate?: boolean;
  /** Both sides name all that they have, so that nothing is overlooked ("--verily"). */
  isThorough?: boolean;
  /** Pulls from another project, such as the parent of this one. */
  projectCode?: string;
  /** The pull asks as a clone of protocol 1 does. */
  isClone?: boolean;
  /** Where others can reach this repository, to be told to the server. */
  publicUrl?: string;
  signal?: AbortSignal;
  onProgress?: ProgressListener;
  onEvent?: XferListener;
}

export interface SyncStatistics {
  received: number;
  sent: number;
  bytesReceived: number;
  bytesSent: number;
  roundTrips: number;
  /** What the server had to say (`message` cards), such as "pull only - not authorized to push". */
  messages: string[];
  /** The server refused the push but served the pull. */
  wasPushRefused: boolean;
  /** Deltas that are kept unread until what they build on comes; no server has sent it so far. */
  unresolved: Hash[];
  /** What came and is still wanted: it, or what it is a delta of, is refused here, or that does not lead to it. */
  leftOut: Hash[];
  /** Seconds the server's clock is ahead, when that exceeds 10. */
  clockSkew?: number;
}

/**
 * Pulls and pushes until nothing moves and no part wants another round; each round is one crash-safe step.
 * @throws EngineError; what earlier rounds brought stays, verified
 */
export async function synchronize(
  repository: Repository,
  transport: Transport,
  remote: Remote,
  options: SyncOptions,
): Promise<SyncStatistics> {
  return SessionObserver.watch(options.onEvent, { repository, remote, operation: operationOf(options) }, (observer) =>
    withSession(transport, remote, (session) => new SyncRun(repository, session, options, observer).run()),
  );
}

export interface CloneStatistics extends Omit<SyncStatistics, 'leftOut'> {
  /** Artifacts left out because the server never sent what their deltas build on. */
  unresolved: Hash[];
  /** Sentences for the user: what of the project's definitions was not followed. */
  warnings: string[];
}

export interface CloneOptions {
  /** Also private branches, which takes the capability Private (x). */
  withPrivate?: boolean;
  signal?: AbortSignal;
  onProgress?: ProgressListener;
  onEvent?: XferListener;
}

/**
 * Fills an empty repository without project code (createRepository with `projectCode: null`) from a server, verifies every artifact, derives the tables and takes over the server's configuration. A repository that an interrupted clone
 * left goes on where that stopped.
 */
export async function cloneInto(
  repository: Repository,
  transport: Transport,
  remote: Remote,
  options: CloneOptions,
): Promise<CloneStatistics> {
  return SessionObserver.watch(options.onEvent, { repository, remote, operation: 'clone' }, (observer) =>
    withSession(transport, remote, (session) => new CloneRun(repository, session, options, observer).run()),
  );
}

function operationOf({ pull, push }: SyncOptions): SessionFacts['operation'] {
  if (pull) return push ? 'sync' : 'pull';
  return push ? 'push' : 'parts';
}

async function withSession<T>(transport: Transport, remote: Remote, run: (session: Session) => Promise<T>): Promise<T> {
  const session = await transport.open(remote);
  try {
    return await run(session);
  } finally {
    await session.close();
  }
}
