import { openCheckout } from '../checkout/open-checkout';
import type { Environment } from '../platform/environment';
import { filesOfCheckin } from '../repository/checkin-files';
import { type Interaction, observationOf } from './interaction';
import { withPermission } from './with-checkout';

export interface OpenRequest {
  repository: string;
  directory: string;
  /** A version name; default the tip of the main branch. */
  version?: string;
  /** Open into a directory that is not empty. */
  force?: boolean;
}

export interface OpenResult {
  root: string;
  /** Hash of the check-in; empty in a checkout of an empty repository. */
  checkin: string;
  files: number;
}

/** Makes a checkout (`fossil open`). */
export async function openRepository(
  environment: Environment,
  request: OpenRequest,
  interaction: Interaction,
): Promise<OpenResult> {
  const checkout = await withPermission(request.repository, interaction, (allowPortableWrites) =>
    openCheckout(environment, request.repository, request.directory, {
      ...observationOf(interaction),
      ...(request.version === undefined ? {} : { version: request.version }),
      ...(request.force === undefined ? {} : { force: request.force }),
      allowPortableWrites,
    }),
  );
  try {
    const { current, repository, root } = checkout;
    if (current === 0) return { root, checkin: '', files: 0 };
    return { root, checkin: repository.blobs.hash(current), files: filesOfCheckin(repository, current).length };
  } finally {
    checkout.close();
  }
}
