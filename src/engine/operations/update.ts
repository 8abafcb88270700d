import type { Environment } from '../platform/environment';
import type { Interaction } from './interaction';

export interface UpdateOutcome {
  hash: string;
  written: number;
  removed: number;
  kept: number;
  /** In words: "Updated to 1f2e3d4c5b: 4 files written, 1 removed", or "Already up to date". */
  summary: string;
}

/** @param version - a version name; absent: the newest open leaf below the current check-in */
export declare function updateWorkspace(
  environment: Environment,
  root: string,
  request: { version?: string },
  interaction: Interaction,
): Promise<UpdateOutcome>;
