import type { Environment } from '../platform/environment';
import type { Transport } from '../xfer/transport';
import type { Interaction } from './interaction';

export type SyncDirection = 'sync' | 'pull' | 'push';

export interface SyncRequest {
  /** A repository file, or the root of a checkout. */
  repository: string;
  direction: SyncDirection;
  /** Another server than the remembered one; remembered after success when none was. */
  url?: string;
  user?: string;
  password?: string;
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
  wasPushRefused: boolean;
  /** Branches that have more than one open leaf now because of this sync. */
  forks: { branch: string; leaves: string[] }[];
  /** In words: "Received 12 artifacts, sent 3, 41 kB, 2 round trips", with forks and refusals. */
  summary: string;
}

/** @throws EngineError `no-remote` when none is remembered or given */
export declare function syncRepository(
  environment: Environment,
  transport: Transport,
  request: SyncRequest,
  interaction: Interaction,
): Promise<SyncOutcome>;
