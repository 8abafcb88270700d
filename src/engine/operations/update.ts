import { updateCheckout, type UpdateResult } from '../checkout/update';
import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';
import { resolveVersion, updateTarget } from '../repository/versions';
import type { Transport } from '../xfer/transport';
import { Autosync, type AutosyncReport } from './autosync';
import { countOf } from './describe';
import { type Interaction, observationOf } from './interaction';
import { type ShortHash, shortHashOf } from './short-hash';
import { stageOf } from './stage-progress';
import { writeCheckout } from './with-checkout';

export interface UpdateRequest {
  /** A version name; absent: the newest open leaf below the current check-in. */
  version?: string;
  /** False: does not pull before, whatever the settings say. */
  autosync?: boolean;
  /** Keep a password that is asked for in the repository, obscured as Fossil does; the editor keeps it elsewhere. */
  rememberPassword?: boolean;
}

export interface UpdateOutcome {
  hash: string;
  written: number;
  removed: number;
  kept: number;
  /** What was pulled before; absent where the settings do not want it, or there is no remote. */
  pulled?: AutosyncReport;
  /** In words: "Updated to 1f2e3d4c5b: 4 files written, 1 removed", or "Already up to date". */
  summary: string;
}

/**
 * Brings a checkout to another version; with a remote, and where the settings want it, after a pull (fossil.md 3.6).
 * @param transport - absent: no network, whatever the settings say
 * @throws EngineError what the pull throws when the user does not want to go on without
 */
export function updateWorkspace(
  environment: Environment,
  root: string,
  request: UpdateRequest,
  interaction: Interaction,
  transport?: Transport,
): Promise<UpdateOutcome> {
  return writeCheckout(environment, root, interaction, async (checkout) => {
    const { repository, current } = checkout;
    const { autosync: isWanted = true, rememberPassword = false } = request;
    const subject = { repository, checkout, command: 'update', rememberPassword } as const;
    const autosync = transport && isWanted ? Autosync.of(subject, transport) : undefined;
    const before = await autosync?.before(stageOf(interaction, 0, 0.7));
    if (current === 0 && request.version === undefined) {
      throw new EngineError('unknown-version', 'There is nothing to update to: the repository has no check-ins yet.');
    }
    const target =
      request.version === undefined ? updateTarget(repository, current) : resolveVersion(repository, request.version);
    const stage = autosync === undefined ? interaction : stageOf(interaction, 0.7, 1);
    const outcome = outcomeOf(await updateCheckout(checkout, target, observationOf(stage)), shortHashOf(repository));
    return before === undefined ? outcome : { ...outcome, pulled: before.report };
  });
}

function outcomeOf(result: UpdateResult, shortHash: ShortHash): UpdateOutcome {
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
