import type { FileChange } from '../checkout/status';
import type { Environment } from '../platform/environment';

export interface CheckinDescription {
  hash: string;
  comment: string;
  user: string;
  /** Unix milliseconds. */
  time: number;
  branch: string;
}

/** Everything the Source Control view shows about one checkout. */
export interface WorkspaceStatus {
  /** Root of the checkout. */
  root: string;
  repository: string;
  projectName: string | undefined;
  /** Undefined in a checkout of an empty repository. */
  checkin: CheckinDescription | undefined;
  changes: FileChange[];
  extras: string[];
  /** URL that a sync talks to, without password. */
  remote: string | undefined;
  /** Artifacts that the next push sends. */
  outgoing: number;
  /** Check-ins that an update would bring. */
  incoming: number;
  /** Where `update` would go, when that is another check-in. */
  updateTarget: CheckinDescription | undefined;
}

export declare function workspaceStatus(
  environment: Environment,
  root: string,
  signal?: AbortSignal,
): Promise<WorkspaceStatus>;
