import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { Environment } from '../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../src/engine/platform/node-environment';
import { startFossilServer, type FossilServer } from '../support/fossil-server';
import { compete, type Contest } from './contest';
import { SyncEngine } from './sync-engine';
import { makeCopy, makeState, type StateEnd } from './sync-states';

/** States of automerge-repo: behind the first of each pair, that many artifacts or check-ins follow up to the second. */
const PULLED = { from: { artifacts: 2000 }, to: { artifacts: 12_000 } };
const PUSHED = { from: { checkins: 1000 }, to: { checkins: 2000 } };
const SIDES = ['ours', 'theirs'] as const;

export const SYNC_TITLES = {
  idle: 'sync without changes, native',
  pull: 'sync pull of 10,000 artifacts, native',
  push: 'sync push of 1,000 check-ins, native',
} as const;

export interface SyncBench {
  directory: string;
  /** A repository with some history; it is copied. */
  source: string;
  /** The program that runs our bundles. */
  node: string;
  /** Where our bundles lie. */
  bundles: string;
  runs: number;
}

/** Exchanges of the wanted titles with `fossil server`. @returns rows for `COLUMNS` */
export async function syncRows(bench: SyncBench, isWanted: (title: string) => boolean): Promise<string[][]> {
  const rows: string[][] = [];
  const contests: [string, (bench: SyncBench, title: string) => Promise<string[]>][] = [
    [SYNC_TITLES.idle, idle],
    [SYNC_TITLES.pull, pull],
    [SYNC_TITLES.push, push],
  ];
  for (const [title, contest] of contests) {
    if (!isWanted(title)) continue;
    process.stderr.write(`${title} …\n`);
    rows.push(await contest(bench, title));
  }
  return rows;
}

/** Our half runs inside an engine that is there already; theirs is a process. Server and client hold the same. */
async function idle(bench: SyncBench, title: string): Promise<string[]> {
  const { directory, source, node, bundles } = bench;
  await withEnvironment(directory, async (environment) => {
    for (const name of ['served.fossil', 'ours.fossil', 'theirs.fossil']) {
      await makeCopy(environment, source, path.join(directory, name));
    }
  });
  const engine = new SyncEngine(node, path.join(bundles, 'engine.js'), directory);
  const ours = path.join(directory, 'ours.fossil');
  try {
    return await withServers(directory, ['served.fossil'], async ([url = '']) => {
      // Both have told the server once what they have.
      await engine.sync(ours, url);
      const theirs = ['fossil', 'sync', url, '-R', 'theirs.fossil', '--once'];
      return compete({ title, goal: 1, ours: () => engine.sync(ours, url), theirs }, directory, bench.runs);
    });
  } finally {
    await engine.end();
  }
}

async function pull(bench: SyncBench, title: string): Promise<string[]> {
  const { directory } = bench;
  await prepareStates(bench, { server: PULLED.to, client: PULLED.from });
  return withServers(directory, ['server.fossil'], ([url = '']) =>
    compete(exchange(bench, { title, verb: 'pull', urls: [url, url], fresh: ['client'] }), directory, bench.runs),
  );
}

/** Each side has a server of its own: what is pushed stays. */
async function push(bench: SyncBench, title: string): Promise<string[]> {
  const { directory } = bench;
  await prepareStates(bench, { server: PUSHED.from, client: PUSHED.to, since: PUSHED.from });
  const served = SIDES.map((side) => `${side}-server.fossil`);
  for (const name of served) await fs.copyFile(path.join(directory, 'server.fossil'), path.join(directory, name));
  return withServers(directory, served, (urls) =>
    compete(exchange(bench, { title, verb: 'push', urls, fresh: ['client', 'server'] }), directory, bench.runs),
  );
}

interface Exchange {
  title: string;
  verb: 'pull' | 'push';
  /** Of the server for our side, and for theirs. */
  urls: readonly string[];
  /** The files that begin each run as they were. */
  fresh: readonly ('client' | 'server')[];
}

function exchange({ directory, node, bundles }: SyncBench, { title, verb, urls, fresh }: Exchange): Contest {
  const [ours = '', theirs = ''] = urls;
  const cli = path.join(bundles, 'cli.js');
  return {
    title,
    goal: 1,
    ours: [node, cli, verb, '-R', 'ours-client.fossil', ours, '--once'],
    theirs: ['fossil', verb, theirs, '-R', 'theirs-client.fossil', '--once'],
    rewrites: fresh.map((name) => ({
      original: path.join(directory, `${name}.fossil`),
      copies: SIDES.map((side) => `${side}-${name}.fossil`),
    })),
  };
}

/** @param since - what the client has behind this is still to be sent */
function prepareStates(
  { directory, source }: SyncBench,
  { server, client, since }: { server: StateEnd; client: StateEnd; since?: StateEnd },
): Promise<void> {
  return withEnvironment(directory, async (environment) => {
    await makeState(environment, source, path.join(directory, 'server.fossil'), server);
    await makeState(environment, source, path.join(directory, 'client.fossil'), client, since);
  });
}

async function withEnvironment(directory: string, work: (environment: Environment) => Promise<void>): Promise<void> {
  const variables = { HOME: directory, USER: 'bench' };
  const environment = await createNodeEnvironment({ homeDirectory: directory, variables });
  try {
    await work(environment);
  } finally {
    await environment.pool.close();
  }
}

async function withServers<T>(
  directory: string,
  names: readonly string[],
  work: (urls: string[]) => Promise<T>,
): Promise<T> {
  const servers: FossilServer[] = [];
  try {
    for (const name of names) servers.push(await startFossilServer(path.join(directory, name)));
    return await work(servers.map(({ url }) => url));
  } finally {
    for (const server of servers) await server.stop();
  }
}
