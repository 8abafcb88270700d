import type { Environment } from '../platform/environment';
import type { Interaction } from './interaction';

export interface CommitRequest {
  message: string;
  /** Relative paths; absent: all changes. */
  files?: string[];
  user?: string;
  branch?: string;
  allowFork?: boolean;
}

export interface CommitOutcome {
  hash: string;
  branch: string;
  files: number;
  /** In words: "Committed 3 files as 1f2e3d4c5b on trunk". */
  summary: string;
}

export declare function commitCheckout(
  environment: Environment,
  root: string,
  request: CommitRequest,
  interaction: Interaction,
): Promise<CommitOutcome>;
