import { Checkout } from '../checkout/checkout';
import { checkoutStatus, type FileChange, type PendingMerge } from '../checkout/status';
import { hasCode } from '../errors';
import type { Environment } from '../platform/environment';
import { hashDigits } from '../repository/event-text';
import { updateTarget } from '../repository/versions';
import { canonicalUrl } from '../xfer/remote';
import { type CheckinDescription, describeCheckin } from './checkin-description';
import { incomingCheckins } from './incoming';
import { outgoingArtifacts } from './outgoing';
import { rememberedRemote } from './remembered-remote';
import { lastArrival } from './sync-mark';

/** Everything the Source Control view shows about one checkout. */
export interface WorkspaceStatus {
  /** Root of the checkout. */
  root: string;
  repository: string;
  projectName: string | undefined;
  /** Undefined in a checkout of an empty repository. */
  checkin: CheckinDescription | undefined;
  changes: FileChange[];
  extras: string[];
  /** Merges that the next commit records. */
  merges: PendingMerge[];
  /** URL that a sync talks to, without password. */
  remote: string | undefined;
  /** Artifacts that the next push sends. */
  outgoing: number;
  /** Check-ins below the current one that the checkout does not have yet. */
  incoming: number;
  /** Grows whenever a sync, of whatever program, has brought something. */
  arrivals: number;
  /** Where `update` would go, when that is another check-in. */
  updateTarget: CheckinDescription | undefined;
  /** Digits that are shown of a hash, by the setting `hash-digits`. */
  hashDigits: number;
}

export async function workspaceStatus(
  environment: Environment,
  root: string,
  signal?: AbortSignal,
): Promise<WorkspaceStatus> {
  const checkout = await openForStatus(environment, root);
  try {
    const { changes, extras, merges } = await checkoutStatus(checkout, signal === undefined ? {} : { signal });
    const { repository, current } = checkout;
    const remote = rememberedRemote(repository);
    const target = current === 0 ? current : updateTarget(repository, current);
    return {
      root: checkout.root,
      repository: repository.path,
      projectName: repository.config.get('project-name'),
      checkin: current === 0 ? undefined : describeCheckin(repository, current),
      changes,
      extras,
      merges,
      remote: remote === undefined ? undefined : canonicalUrl(remote),
      outgoing: outgoingArtifacts(repository).length,
      incoming: incomingCheckins(repository, current).length,
      arrivals: lastArrival(repository),
      updateTarget: target === current ? undefined : describeCheckin(repository, target),
      hashDigits: hashDigits(repository).shown,
    };
  } finally {
    checkout.close();
  }
}

/** Status refreshes what the checkout database remembers about files, where it may write there and others see its locks. */
async function openForStatus(environment: Environment, root: string): Promise<Checkout> {
  if (environment.sqlite.name === 'portable') return Checkout.open(environment, root, { mode: 'read' });
  try {
    return await Checkout.open(environment, root, { mode: 'write' });
  } catch (error) {
    if (!hasCode(error, 'repository-read-only', 'file-access', 'disk-read-only')) throw error;
    return Checkout.open(environment, root, { mode: 'read' });
  }
}
