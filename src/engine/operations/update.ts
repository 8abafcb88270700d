import { updateCheckout, type UpdateResult } from '../checkout/update';
import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';
import { resolveVersion, updateTarget } from '../repository/versions';
import { countOf, shortHash } from './describe';
import { type Interaction, observationOf } from './interaction';
import { writeCheckout } from './with-checkout';

export interface UpdateRequest {
  /** A version name; absent: the newest open leaf below the current check-in. */
  version?: string;
}

export interface UpdateOutcome {
  hash: string;
  written: number;
  removed: number;
  kept: number;
  /** In words: "Updated to 1f2e3d4c5b: 4 files written, 1 removed", or "Already up to date". */
  summary: string;
}

export function updateWorkspace(
  environment: Environment,
  root: string,
  request: UpdateRequest,
  interaction: Interaction,
): Promise<UpdateOutcome> {
  return writeCheckout(environment, root, interaction, async (checkout) => {
    const { repository, current } = checkout;
    if (current === 0 && request.version === undefined) {
      throw new EngineError('unknown-version', 'There is nothing to update to: the repository has no check-ins yet.');
    }
    const target =
      request.version === undefined ? updateTarget(repository, current) : resolveVersion(repository, request.version);
    return outcomeOf(await updateCheckout(checkout, target, observationOf(interaction)));
  });
}

function outcomeOf(result: UpdateResult): UpdateOutcome {
  const { to, written, removed, kept, movedAside } = result;
  const parts = [
    ...(written.length > 0 ? [`${countOf(written.length, 'file')} written`] : []),
    ...(removed.length > 0 ? [`${countOf(removed.length, 'file')} removed`] : []),
    ...(kept.length > 0 ? [`${countOf(kept.length, 'local change')} kept`] : []),
    ...movedAside.map((file) => `your ${file.path} is now ${file.to}`),
  ];
  const summary =
    result.from === to
      ? 'Already up to date'
      : `Updated to ${shortHash(to)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
  return { hash: to, written: written.length, removed: removed.length, kept: kept.length, summary };
}
