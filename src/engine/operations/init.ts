import type { Environment } from '../platform/environment';

/** Makes a new repository file (`fossil new`). */
export declare function initRepository(
  environment: Environment,
  request: { path: string; user?: string; projectName?: string },
): Promise<{ path: string; projectCode: string; user: string; password: string }>;
