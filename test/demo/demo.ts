import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { cloneRepository } from '../../src/engine/operations/clone';
import { commitCheckout } from '../../src/engine/operations/commit';
import { addToCheckout } from '../../src/engine/operations/files';
import { initRepository } from '../../src/engine/operations/init';
import type { Interaction } from '../../src/engine/operations/interaction';
import { openRepository } from '../../src/engine/operations/open';
import { serveRepository } from '../../src/engine/operations/serve';
import { syncRepository } from '../../src/engine/operations/sync';
import type { Environment } from '../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../src/engine/platform/node-environment';
import { Repository } from '../../src/engine/repository/repository';
import { setPassword } from '../../src/engine/repository/users';
import { httpTransport } from '../../src/engine/transport/http';
import type { Transport } from '../../src/engine/xfer/transport';
import { demoCheckins, type DemoCheckin, laterCheckin, localEdits } from './demo-files';

/** A running demo: a checkout to look at, and the server that it syncs with. */
export interface Demo {
  /** Root of the checkout. */
  checkout: string;
  /** Address of the server, to clone from. */
  serverUrl: string;
  /** Login and password that may push. */
  user: string;
  password: string;
  stop(): Promise<void>;
}

const USER = 'demo';
const PASSWORD = 'trilobite';

/** The files are the demo's alone: nobody else writes them, so the portable driver may. */
const interaction: Interaction = {
  questions: {
    credentials: () => Promise.resolve({ user: USER, password: PASSWORD }),
    userName: () => Promise.resolve(USER),
    allowPortableWrites: () => Promise.resolve(true),
  },
};

/**
 * Makes a project with our own engine, serves it on loopback and clones it into a checkout, in which a file is edited, one is new and
 * one is missing, while a check-in of somebody else waits on the server.
 *
 * @param directory - an empty directory for everything
 */
export async function makeDemo(directory: string): Promise<Demo> {
  const homeDirectory = path.join(directory, 'home');
  await fs.mkdir(homeDirectory);
  const environment = await createNodeEnvironment({ homeDirectory, variables: {} });
  const served = path.join(directory, 'server', 'trilobites.fossil');
  await makeProject(environment, served);
  const repository = Repository.open(environment, served, { allowPortableWrites: true });
  const server = await serveRepository(repository, { port: 0 });
  const stop = async (): Promise<void> => {
    await server.close();
    repository.close();
    await environment.pool.close();
  };
  try {
    const transport = httpTransport({ variables: {} });
    const checkout = await cloneAndOpen(environment, transport, server.url, path.join(directory, 'trilobites'));
    await pushFromElsewhere(environment, transport, server.url, path.join(directory, 'elsewhere'));
    await writeFiles(checkout, { ...localEdits.edited, ...localEdits.unmanaged });
    for (const name of localEdits.missing) await fs.rm(path.join(checkout, name));
    return { checkout, serverUrl: server.url, user: USER, password: PASSWORD, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeProject(environment: Environment, file: string): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  await initRepository(environment, { path: file, user: USER, projectName: 'Trilobites' });
  const repository = Repository.open(environment, file, { allowPortableWrites: true });
  repository.transaction(() => setPassword(repository, USER, PASSWORD));
  repository.close();
  const root = path.join(path.dirname(file), 'work');
  await openRepository(environment, { repository: file, directory: root }, interaction);
  for (const checkin of demoCheckins) await commitFiles(environment, root, checkin);
  await fs.rm(root, { recursive: true });
}

async function pushFromElsewhere(
  environment: Environment,
  transport: Transport,
  url: string,
  directory: string,
): Promise<void> {
  const root = await cloneAndOpen(environment, transport, url, directory);
  await commitFiles(environment, root, laterCheckin);
  await syncRepository(environment, transport, { repository: root, direction: 'push' }, interaction);
  await fs.rm(root, { recursive: true });
  await fs.rm(`${directory}.fossil`);
}

/** @returns the root of the checkout */
async function cloneAndOpen(
  environment: Environment,
  transport: Transport,
  url: string,
  directory: string,
): Promise<string> {
  const file = `${directory}.fossil`;
  const request = { url: url.replace('://', `://${USER}@`), path: file, password: PASSWORD, rememberPassword: true };
  await cloneRepository(environment, transport, request, interaction);
  const { root } = await openRepository(environment, { repository: file, directory }, interaction);
  return root;
}

async function commitFiles(environment: Environment, root: string, checkin: DemoCheckin): Promise<void> {
  await writeFiles(root, checkin.files);
  await addToCheckout(environment, root, Object.keys(checkin.files), interaction);
  await commitCheckout(environment, root, { message: checkin.message, user: checkin.user }, interaction);
}

async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, content);
  }
}
