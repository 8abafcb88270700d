import { addFiles, baselineContent, removeFiles, revertFiles } from '../checkout/manage';
import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';
import { resolveVersion } from '../repository/versions';
import type { Interaction } from './interaction';
import { readCheckout, writeCheckout } from './with-checkout';

/** Puts files under management. Paths are relative to the root, with `/`. @returns the paths added */
export function addToCheckout(
  environment: Environment,
  root: string,
  paths: string[],
  interaction: Interaction,
): Promise<string[]> {
  return writeCheckout(environment, root, interaction, (checkout) => addFiles(checkout, paths));
}

/** Marks files as deleted for the next commit. @returns the paths */
export function removeFromCheckout(
  environment: Environment,
  root: string,
  paths: string[],
  interaction: Interaction,
): Promise<string[]> {
  return writeCheckout(environment, root, interaction, (checkout) => removeFiles(checkout, paths));
}

/** Brings files back to the checked-out version. @returns the paths */
export function revertInCheckout(
  environment: Environment,
  root: string,
  paths: string[],
  interaction: Interaction,
): Promise<string[]> {
  return writeCheckout(environment, root, interaction, (checkout) => revertFiles(checkout, paths));
}

/** A file as the checked-out version, or another one (`version`), has it. @throws EngineError `file-not-managed` */
export function fileContent(
  environment: Environment,
  root: string,
  request: { path: string; version?: string },
): Promise<Uint8Array> {
  return readCheckout(environment, root, (checkout) => {
    if (request.version === undefined) return baselineContent(checkout, request.path);
    const { repository } = checkout;
    const rid = resolveVersion(repository, request.version);
    const hash = repository.checkins.files(rid)?.get(request.path)?.hash;
    const file = hash === undefined ? undefined : repository.blobs.rid(hash);
    if (file === undefined) {
      throw new EngineError('file-not-managed', `${request.path} is not a file of version ${request.version}.`);
    }
    return repository.blobs.content(file);
  });
}
