import type { Environment } from '../platform/environment';
import type { Interaction } from './interaction';

export interface VerifyOutcome {
  artifacts: number;
  logicalBytes: number;
  phantoms: number;
  /** Sentences, one per thing that is wrong; empty when all is well. */
  problems: string[];
}

/** Hashes every artifact and runs SQLite's own check; changes nothing. */
export declare function verifyRepository(
  environment: Environment,
  path: string,
  interaction: Interaction,
): Promise<VerifyOutcome>;
