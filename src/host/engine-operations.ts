import { EngineError } from '../engine/errors';
import { cloneRepository } from '../engine/operations/clone';
import { commitCheckout } from '../engine/operations/commit';
import { addToCheckout, fileContent, removeFromCheckout, revertInCheckout } from '../engine/operations/files';
import { initRepository } from '../engine/operations/init';
import { openRepository } from '../engine/operations/open';
import { peek } from '../engine/operations/peek';
import { artifactContent, pendingArtifacts } from '../engine/operations/pending';
import { rebuildRepository } from '../engine/operations/rebuild';
import { workspaceStatus } from '../engine/operations/status';
import { syncRepository } from '../engine/operations/sync';
import {
  addUnversioned,
  removeUnversioned,
  unversionedContent,
  unversionedTime,
} from '../engine/operations/unversioned';
import { syncUnversioned } from '../engine/operations/unversioned-sync';
import { updateWorkspace } from '../engine/operations/update';
import { verifyRepository } from '../engine/operations/verify';
import { readCheckout, writeCheckout } from '../engine/operations/with-checkout';
import type { Environment } from '../engine/platform/environment';
import { UnversionedFiles } from '../engine/repository/unversioned';
import type { Transport } from '../engine/xfer/transport';
import type { EngineServer } from './engine-server';
import type { EngineDescription, EngineSettings } from './protocol';
import * as protocol from './protocol';

/** What the operations work with, made once the settings are known. */
export interface Workshop {
  environment: Environment;
  transport: Transport;
  description: EngineDescription;
}

/**
 * Registers an answer for every request of the protocol. What reads is answered at once; what writes waits for its turn.
 *
 * @param equip - called with the first `configure`
 */
export function answerOperations(server: EngineServer, equip: (settings: EngineSettings) => Promise<Workshop>): void {
  let equipped: Promise<Workshop> | undefined;
  let isPortable = false;
  const workshop = (): Promise<Workshop> => {
    if (equipped !== undefined) return equipped;
    throw new EngineError('internal', 'The engine was asked to work before it was configured.');
  };
  /** The portable driver holds the file as an image, and two images of one repository must not be written at once. */
  const laneOf = (path: string): string => (isPortable ? '' : path);
  const ofCheckout = ({ root }: { root: string }): string => laneOf(root);

  server.answer(protocol.configure, async (settings) => {
    equipped ??= equip(settings);
    const { description } = await equipped;
    isPortable = description.driver === 'portable';
    return description;
  });

  server.answer(
    protocol.clone,
    async (request, interaction) => {
      const { environment, transport } = await workshop();
      return cloneRepository(environment, transport, request, interaction);
    },
    ({ path }) => laneOf(path),
  );
  server.answer(
    protocol.open,
    async (request, interaction) => {
      const { environment, transport } = await workshop();
      return openRepository(environment, request, interaction, transport);
    },
    ({ directory }) => laneOf(directory),
  );
  server.answer(
    protocol.init,
    async (request) => initRepository((await workshop()).environment, request),
    ({ path }) => laneOf(path),
  );

  server.answer(protocol.status, async ({ root }, { signal }) =>
    workspaceStatus((await workshop()).environment, root, signal),
  );
  server.answer(protocol.pending, async ({ root }) => pendingArtifacts((await workshop()).environment, root));
  server.answer(protocol.fileContent, async ({ root, ...request }) =>
    fileContent((await workshop()).environment, root, request),
  );
  server.answer(protocol.artifactContent, async ({ root, hash }) =>
    artifactContent((await workshop()).environment, root, hash),
  );

  server.answer(
    protocol.add,
    async ({ root, paths }, interaction) => addToCheckout((await workshop()).environment, root, paths, interaction),
    ofCheckout,
  );
  server.answer(
    protocol.remove,
    async ({ root, paths }, interaction) =>
      removeFromCheckout((await workshop()).environment, root, paths, interaction),
    ofCheckout,
  );
  server.answer(
    protocol.revert,
    async ({ root, paths }, interaction) => revertInCheckout((await workshop()).environment, root, paths, interaction),
    ofCheckout,
  );
  server.answer(
    protocol.commit,
    async ({ root, ...request }, interaction) => {
      const { environment, transport } = await workshop();
      return commitCheckout(environment, root, request, interaction, transport);
    },
    ofCheckout,
  );
  server.answer(
    protocol.update,
    async ({ root, ...request }, interaction) => {
      const { environment, transport } = await workshop();
      return updateWorkspace(environment, root, request, interaction, transport);
    },
    ofCheckout,
  );
  // Its slices and a commit's transaction go past each other; only a second sync has to wait.
  server.answer(
    protocol.sync,
    async (request, interaction) => {
      const { environment, transport } = await workshop();
      return syncRepository(environment, transport, request, interaction);
    },
    ({ repository }) => laneOf(`sync ${repository}`),
  );
  server.answer(protocol.peek, async (request, interaction) => {
    const { environment, transport } = await workshop();
    return peek(environment, transport, request, interaction);
  });

  server.answer(protocol.verify, async ({ path }, interaction) =>
    verifyRepository((await workshop()).environment, path, interaction),
  );
  server.answer(
    protocol.rebuild,
    async (request, interaction) => rebuildRepository((await workshop()).environment, request, interaction),
    ({ path }) => laneOf(path),
  );

  answerUnversioned(server, workshop, ofCheckout, ({ repository }) => laneOf(`sync ${repository}`));
}

/** Unversioned files of the repository of a checkout. */
function answerUnversioned(
  server: EngineServer,
  workshop: () => Promise<Workshop>,
  ofCheckout: (request: { root: string }) => string,
  ofSync: (request: { repository: string }) => string,
): void {
  server.answer(protocol.unversionedFiles, async ({ root }) =>
    readCheckout((await workshop()).environment, root, ({ repository }) => new UnversionedFiles(repository).list()),
  );
  server.answer(protocol.unversionedContent, async ({ root, hash }) =>
    readCheckout(
      (await workshop()).environment,
      root,
      ({ repository }) => unversionedContent(repository, hash).content,
    ),
  );
  server.answer(
    protocol.addUnversioned,
    async ({ root, files }, interaction) =>
      writeCheckout((await workshop()).environment, root, interaction, async (checkout) => {
        const { repository } = checkout;
        await addUnversioned({ repository, checkout }, files, unversionedTime(repository, undefined));
        return null;
      }),
    ofCheckout,
  );
  server.answer(
    protocol.removeUnversioned,
    async ({ root, names }, interaction) =>
      writeCheckout((await workshop()).environment, root, interaction, (checkout) => {
        const { repository } = checkout;
        const selection = { names, globs: [], likes: [] };
        return removeUnversioned({ repository, checkout }, selection, unversionedTime(repository, undefined));
      }),
    ofCheckout,
  );
  server.answer(
    protocol.syncUnversioned,
    async (request, interaction) => {
      const { environment, transport } = await workshop();
      return syncUnversioned(environment, transport, request, interaction);
    },
    ofSync,
  );
}
