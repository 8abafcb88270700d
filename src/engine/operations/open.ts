import type { Environment } from '../platform/environment';
import type { Interaction } from './interaction';

export interface OpenRequest {
  repository: string;
  directory: string;
  version?: string;
  force?: boolean;
}

export interface OpenResult {
  root: string;
  checkin: string;
  files: number;
}

/** Makes a checkout (`fossil open`). */
export declare function openRepository(
  environment: Environment,
  request: OpenRequest,
  interaction: Interaction,
): Promise<OpenResult>;
