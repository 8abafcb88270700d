import { openCheckout } from '../checkout/open-checkout';
import type { Environment } from '../platform/environment';
import { filesOfCheckin } from '../repository/checkin-files';
import { Repository } from '../repository/repository';
import type { Transport } from '../xfer/transport';
import { Autosync } from './autosync';
import { type Interaction, observationOf } from './interaction';
import { rememberedRemote } from './remembered-remote';
import { stageOf } from './stage-progress';
import { withPermission, writeRepository } from './with-checkout';

export interface OpenRequest {
  repository: string;
  directory: string;
  /** A version name; default the tip of the main branch. */
  version?: string;
  /** Open into a directory that is not empty. */
  force?: boolean;
  /** Open inside another checkout. */
  isNested?: boolean;
  /** False: does not pull before, whatever the settings say. */
  autosync?: boolean;
  /** Keep a password that is asked for in the repository, obscured as Fossil does; the editor keeps it elsewhere. */
  rememberPassword?: boolean;
}

export interface OpenResult {
  root: string;
  /** Hash of the check-in; empty in a checkout of an empty repository. */
  checkin: string;
  files: number;
}

/**
 * Makes a checkout (`fossil open`); with a remote, and where the settings want it, after a pull (fossil.md 3.6).
 * @param transport - absent: no network, whatever the settings say
 * @throws EngineError what the pull throws when the user does not want to go on without
 */
export async function openRepository(
  environment: Environment,
  request: OpenRequest,
  interaction: Interaction,
  transport?: Transport,
): Promise<OpenResult> {
  const hasPulled = transport !== undefined && (await pullFirst(environment, request, interaction, transport));
  const checkout = await withPermission(request.repository, interaction, (allowPortableWrites) =>
    openCheckout(environment, request.repository, request.directory, {
      ...observationOf(hasPulled ? stageOf(interaction, 0.5, 1) : interaction),
      ...(request.version === undefined ? {} : { version: request.version }),
      ...(request.force === undefined ? {} : { force: request.force }),
      ...(request.isNested === undefined ? {} : { isNested: request.isNested }),
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

/** @returns whether there was something to pull from */
async function pullFirst(
  environment: Environment,
  request: OpenRequest,
  interaction: Interaction,
  transport: Transport,
): Promise<boolean> {
  const { repository: path, autosync: isWanted = true, rememberPassword = false } = request;
  if (!isWanted || !hasRemote(environment, path)) return false;
  return writeRepository(environment, path, interaction, async (repository) => {
    const autosync = Autosync.of({ repository, command: 'open', rememberPassword }, transport);
    await autosync?.before(stageOf(interaction, 0, 0.5), { isOptional: request.force === true });
    return autosync !== undefined;
  });
}

/** A repository without one is not opened to write before it must be. */
function hasRemote(environment: Environment, path: string): boolean {
  const repository = Repository.open(environment, path, { mode: 'read' });
  try {
    return rememberedRemote(repository) !== undefined;
  } finally {
    repository.close();
  }
}
