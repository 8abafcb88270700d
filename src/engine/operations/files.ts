import type { Environment } from '../platform/environment';
import type { Interaction } from './interaction';

/** Paths are relative to the root, with `/`. */
export declare function addToCheckout(
  environment: Environment,
  root: string,
  paths: string[],
  interaction: Interaction,
): Promise<string[]>;
export declare function removeFromCheckout(
  environment: Environment,
  root: string,
  paths: string[],
  interaction: Interaction,
): Promise<string[]>;
export declare function revertInCheckout(
  environment: Environment,
  root: string,
  paths: string[],
  interaction: Interaction,
): Promise<string[]>;
/** A file as the checked-out version, or another check-in (`version`, a hash), has it. @throws `file-not-managed` */
export declare function fileContent(
  environment: Environment,
  root: string,
  request: { path: string; version?: string },
): Promise<Uint8Array>;
