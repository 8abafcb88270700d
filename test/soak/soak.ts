import assert from 'node:assert/strict';
import { serveRepository } from '../../src/engine/operations/serve';
import { createNodeEnvironment } from '../../src/engine/platform/node-environment';
import { Repository } from '../../src/engine/repository/repository';
import { CommandLine } from '../interop/cli/command-line';
import { startFossilServer } from '../support/fossil-server';
import { FossilSandbox } from '../support/fossil-sandbox';
import { Seeded } from '../support/seeded';
import { CuttingProxy } from './cutting-proxy';
import { OurClient, type SoakClient, StockClient } from './soak-client';

export interface SoakOptions {
  /** Everybody does so many things. */
  rounds: number;
  seed: number;
  driver: 'native' | 'portable';
}

export interface SoakReport {
  artifacts: number;
  /** Connections that were cut. */
  cuts: number;
  /** Syncs that failed. */
  failures: number;
  /** Commits, by whom they were made. */
  commits: { stock: number; ours: number };
}

/** Everybody syncs with both servers so often at most until all have the same. */
const LONGEST_SETTLING = 8;
/** Whoever comes may read, clone and push. */
const ANYTHING = 'gijorz';
/** A stock server sends a delta that still waits for its source as an empty artifact, which a stock client refuses: a later pass brings the source. */
const UNRESOLVED = /^wrong hash on received artifact: [0-9a-f]{64}$/m;
const NAMES = ['first', 'second', 'third'] as const;

/**
 * Three stock clients and three of ours commit, branch, push and pull through a stock server and through ours, with connections cut at
 * random. In the end all have the same artifacts, and `fossil test-integrity` finds nothing in any of the eight repositories.
 * @throws Error when that is not so
 */
export async function soak({ rounds, seed, driver }: SoakOptions): Promise<SoakReport> {
  const seeded = new Seeded(seed);
  const sandbox = await FossilSandbox.create();
  const line = await CommandLine.create(driver);
  const stops: (() => Promise<unknown>)[] = [() => line.remove(), () => sandbox.remove()];
  try {
    const servers = await makeServers(sandbox, driver, stops);
    const proxies: CuttingProxy[] = [];
    for (const port of servers.ports) {
      const proxy = await CuttingProxy.start(port, seeded);
      stops.push(() => proxy.stop());
      proxies.push(proxy);
    }
    const clients: SoakClient[] = [
      ...NAMES.map((name) => new StockClient(sandbox, `stock-${name}`)),
      ...NAMES.map((name) => new OurClient(line, `our-${name}`)),
    ];
    const [home = ''] = servers.ports.map((port) => `http://127.0.0.1:${port}/`);
    for (const client of clients) await client.prepare(home);
    let failures = 0;
    for (let round = 0; round < rounds; round++) {
      const outcomes = await Promise.all(clients.map((client) => doSomething(client, seeded, proxies)));
      failures += outcomes.filter((isDone) => !isDone).length;
    }
    for (const proxy of proxies) proxy.mend();
    const files = [...servers.files, ...clients.map(({ file }) => file)];
    const artifacts = await settle(clients, proxies, files, sandbox);
    for (const file of files) await requireIntegrity(sandbox, file);
    return {
      artifacts,
      cuts: proxies.reduce((sum, { cuts }) => sum + cuts, 0),
      failures,
      commits: { stock: commitsOf(clients, StockClient), ours: commitsOf(clients, OurClient) },
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function makeServers(
  sandbox: FossilSandbox,
  driver: 'native' | 'portable',
  stops: (() => Promise<unknown>)[],
): Promise<{ files: string[]; ports: number[] }> {
  const [stock, ours] = [sandbox.path('stock-server.fossil'), sandbox.path('our-server.fossil')];
  await sandbox.fossil(['init', stock]);
  await sandbox.fossil(['settings', 'autosync', 'off', '--global']);
  await sandbox.fossil(['clone', stock, ours]);
  for (const file of [stock, ours]) await sandbox.sql(file, `UPDATE user SET cap='${ANYTHING}' WHERE login='nobody';`);
  // Two copies of one file are two servers.
  await sandbox.sql(ours, "UPDATE config SET value=lower(hex(randomblob(20))) WHERE name='server-code';");
  const fossil = await startFossilServer(stock);
  stops.push(() => fossil.stop());
  const environment = await createNodeEnvironment({ driver, homeDirectory: sandbox.directory, variables: {} });
  const repository = Repository.open(environment, ours, { allowPortableWrites: true });
  const running = await serveRepository(repository, { port: 0 });
  stops.push(async () => {
    await running.close();
    repository.close();
  });
  return { files: [stock, ours], ports: [fossil.port, Number(new URL(running.url).port)] };
}

/** @returns whether it succeeded; only what goes over the network may fail */
async function doSomething(client: SoakClient, seeded: Seeded, proxies: readonly CuttingProxy[]): Promise<boolean> {
  const choice = seeded.below(10);
  if (choice < 4) await client.commit(seeded, { onNewBranch: choice === 0 });
  else if (choice === 4) await client.update();
  else {
    const direction = seeded.pick(['sync', 'sync', 'pull', 'push'] as const);
    return (await client.sync(direction, seeded.pick(proxies).url)) === undefined;
  }
  return true;
}

/** @returns how many artifacts everybody has */
async function settle(
  clients: readonly SoakClient[],
  proxies: readonly CuttingProxy[],
  files: readonly string[],
  sandbox: FossilSandbox,
): Promise<number> {
  let sets: string[][] = [];
  for (let pass = 0; pass < LONGEST_SETTLING; pass++) {
    for (const [index, { url }] of proxies.entries()) {
      for (const client of clients) {
        const complaint = await client.sync('sync', url);
        const isAmongStock = index === 0 && client instanceof StockClient;
        const isHarmless = complaint === undefined || (isAmongStock && UNRESOLVED.test(complaint));
        assert.ok(isHarmless, `${client.name} cannot sync with ${url}: ${String(complaint)}`);
      }
    }
    sets = await Promise.all(files.map((file) => sandbox.sql(file, 'SELECT uuid FROM blob WHERE size>=0 ORDER BY 1;')));
    if (new Set(sets.map((set) => set.join())).size === 1) return sets[0]?.length ?? 0;
  }
  const counts = files.map((file, index) => `${file}: ${sets[index]?.length ?? 0}`);
  throw new Error(`Not all have the same artifacts after ${LONGEST_SETTLING} passes:\n${counts.join('\n')}`);
}

async function requireIntegrity(sandbox: FossilSandbox, file: string): Promise<void> {
  const report = await sandbox.fossil(['test-integrity', '--quiet', '-R', file]);
  assert.match(report, / 0 errors\s+low-level database integrity-check: ok/, file);
  const [phantoms] = await sandbox.sql(file, 'SELECT count(*) FROM blob WHERE size<0;');
  assert.equal(phantoms, '0', `${file} still waits for something`);
}

function commitsOf(clients: readonly SoakClient[], kind: abstract new (...args: never[]) => SoakClient): number {
  return clients.filter((client) => client instanceof kind).reduce((sum, { commits }) => sum + commits, 0);
}
