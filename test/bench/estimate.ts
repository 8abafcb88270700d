import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Rid } from '../../src/engine/identifiers';
import { serveRepository } from '../../src/engine/operations/serve';
import type { Environment } from '../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../src/engine/platform/node-environment';
import type { ProgressListener } from '../../src/engine/progress';
import { createRepository } from '../../src/engine/repository/create-repository';
import { Repository } from '../../src/engine/repository/repository';
import { UnversionedFiles } from '../../src/engine/repository/unversioned';
import { httpTransport } from '../../src/engine/transport/http';
import { cloneInto, type CloneStatistics, synchronize, type SyncStatistics } from '../../src/engine/xfer/client';
import { parseRemote } from '../../src/engine/xfer/remote';
import { UnversionedClient } from '../../src/engine/xfer/unversioned-client';
import { corpusPath } from '../support/corpus';
import { startFossilServer } from '../support/fossil-server';
import { makeBehind, type Behind } from './behind';
import { EstimateRecord, rowOf, summaryOf, type EstimateFigures } from './estimate-record';
import { table } from './table';

const CORPORA = ['svn-scm', 'automerge-repo'];
/** Artifacts that the older states of a repository lack. */
const BEHIND = [400, 2500];
/** Unversioned files that each side has and the other lacks. */
const UNVERSIONED = 30;
/** A transfer that takes longer is given up. */
const LONGEST_MS = 120_000;
const SERVERS = ['stock', 'own'] as const;
const COLUMNS = ['transfer', 'bytes', 'at 0 %', '10 %', '25 %', '50 %', 'held', 'widest', 'seconds'];

type Server = (typeof SERVERS)[number];

/** Errors that are allowed at 0, 10, 25 and 50 % of a transfer. */
const GOALS = { stock: [Infinity, 0.25, 0.1, 0.05], own: [0.01, 0.01, 0.01, 0.01] };

/** Predictions of the total against the truth. A row is made when its title holds all the words. */
async function estimateTable(directory: string, words: readonly string[]): Promise<string> {
  const environment = await createNodeEnvironment({
    homeDirectory: directory,
    variables: { HOME: directory, USER: 'tester' },
  });
  const rows: string[][] = [];
  const all: (EstimateFigures & { goals: readonly number[] })[] = [];
  const run = async (title: string, transfer: (server: Server) => Promise<EstimateFigures>): Promise<void> => {
    for (const server of SERVERS) {
      const name = `estimate ${title}, ${server}`;
      if (!words.every((word) => name.includes(word))) continue;
      const start = performance.now();
      const figures = await transfer(server).catch((error: unknown) => String(error));
      if (typeof figures !== 'string') all.push({ ...figures, goals: GOALS[server] });
      const cells = typeof figures === 'string' ? [figures] : rowOf(figures);
      rows.push([name, ...cells, ((performance.now() - start) / 1000).toFixed(1)]);
      process.stderr.write(`${rows.at(-1)?.join('  ')}\n`);
    }
  };
  try {
    for (const corpus of CORPORA) {
      const source = corpusPath(`${corpus}.fossil`);
      if (source === undefined) continue;
      const bench = new EstimateBench(environment, directory, source);
      await run(`clone ${corpus}`, (server) => bench.clone(server));
      for (const behind of BEHIND) {
        await run(`pull of ${behind} ${corpus}`, (server) => bench.pull(server, behind));
        await run(`push of ${behind} ${corpus}`, (server) => bench.push(server, behind));
      }
      await run(`unversioned ${corpus}`, (server) => bench.unversioned(server));
    }
  } finally {
    await environment.pool.close();
  }
  return `${table(COLUMNS, rows)}\n\n${summaryOf(all)}`;
}

class EstimateBench {
  readonly #states = new Map<number, Promise<Behind>>();

  constructor(
    private readonly environment: Environment,
    private readonly directory: string,
    private readonly source: string,
  ) {}

  async clone(server: Server): Promise<EstimateFigures> {
    await this.copy(this.source, 'server.fossil');
    return this.serving(server, (url) => this.record((listener) => this.cloneFrom(url, 'client.fossil', listener)));
  }

  /** The client has the older state, and has seen our server so far. */
  async pull(server: Server, behind: number): Promise<EstimateFigures> {
    const { full, older, token } = await this.states(behind);
    await this.copy(full, 'server.fossil');
    await this.copy(older, 'client.fossil');
    return this.serving(server, (url) => {
      this.change('client.fossil', ({ config }) => config.set(`trilobite-seen:${url}`, token));
      return this.exchange(url, { pull: true, push: false });
    });
  }

  /** The server has the older state, the client all; it has seen our server so far. */
  async push(server: Server, behind: number): Promise<EstimateFigures> {
    const { full, older, token } = await this.states(behind);
    await this.copy(full, 'client.fossil');
    await this.copy(older, 'server.fossil');
    this.change('client.fossil', ({ db }) => db.exec('INSERT INTO unsent SELECT rid FROM blob WHERE rcvid=2'));
    return this.serving(server, (url) => {
      if (server === 'own') this.change('client.fossil', ({ config }) => config.set(`trilobite-seen:${url}`, token));
      return this.exchange(url, { pull: false, push: true });
    });
  }

  /** Files of the history, every other one here or there. */
  async unversioned(server: Server): Promise<EstimateFigures> {
    for (const [name, remainder] of [
      ['server.fossil', 0],
      ['client.fossil', 1],
    ] as const) {
      await this.copy(this.source, name);
      this.change(name, (repository) => {
        repository.db.exec("UPDATE user SET cap='gioy' WHERE login='nobody'");
        const files = new UnversionedFiles(repository);
        largeFiles(repository, 2 * UNVERSIONED).forEach((rid, index) => {
          if (index % 2 === remainder) files.add(`file-${index}`, repository.blobs.content(rid), 1_700_000_000);
        });
      });
    }
    return this.serving(server, (url) => {
      const repository = Repository.open(this.environment, this.file('client.fossil'));
      const parts = [new UnversionedClient(repository)];
      return this.record((onProgress) =>
        synchronize(repository, httpTransport({ variables: {} }), parseRemote(url), {
          ...{ pull: false, push: false, parts, onProgress },
          signal: AbortSignal.timeout(LONGEST_MS),
        }),
      ).finally(() => repository.close());
    });
  }

  private states(behind: number): Promise<Behind> {
    const name = path.basename(this.source, '.fossil');
    const files = { full: this.file(`${name}-full-${behind}`), older: this.file(`${name}-older-${behind}`) };
    const states = this.#states.get(behind) ?? makeBehind(this.environment, this.source, files, behind);
    this.#states.set(behind, states);
    return states;
  }

  private file(name: string): string {
    return path.join(this.directory, name);
  }

  private async copy(source: string, name: string): Promise<void> {
    await fs.copyFile(source, this.file(name));
    await fs.chmod(this.file(name), 0o644);
  }

  private change(name: string, work: (repository: Repository) => void): void {
    const repository = Repository.open(this.environment, this.file(name));
    repository.transaction(() => work(repository));
    repository.close();
  }

  private async serving<T>(kind: Server, work: (url: string) => Promise<T>): Promise<T> {
    const file = this.file('server.fossil');
    if (kind === 'stock') {
      const server = await startFossilServer(file);
      return work(server.url).finally(() => server.stop());
    }
    const repository = Repository.open(this.environment, file);
    const server = await serveRepository(repository, { port: 0 });
    return work(server.url).finally(async () => {
      await server.close();
      repository.close();
    });
  }

  private async record(
    transfer: (listener: ProgressListener) => Promise<SyncStatistics | CloneStatistics>,
  ): Promise<EstimateFigures> {
    const record = new EstimateRecord();
    const { bytesReceived, bytesSent } = await transfer((progress) => record.add(progress));
    return record.compare(bytesReceived + bytesSent);
  }

  private async cloneFrom(url: string, name: string, onProgress: ProgressListener): Promise<CloneStatistics> {
    await fs.rm(this.file(name), { force: true });
    const repository = createRepository(this.environment, this.file(name), {
      adminUser: 'tester',
      withInitialCheckin: false,
      projectCode: null,
      isPrivate: true,
    });
    return cloneInto(repository, httpTransport({ variables: {} }), parseRemote(url), {
      signal: AbortSignal.timeout(LONGEST_MS),
      onProgress,
    }).finally(() => repository.close());
  }

  private exchange(url: string, directions: { pull: boolean; push: boolean }): Promise<EstimateFigures> {
    const repository = Repository.open(this.environment, this.file('client.fossil'));
    return this.record((onProgress) =>
      synchronize(repository, httpTransport({ variables: {} }), parseRemote(url), {
        ...directions,
        signal: AbortSignal.timeout(LONGEST_MS),
        onProgress,
      }),
    ).finally(() => repository.close());
  }
}

/** So many files of some size, each in the version that came last. */
function largeFiles({ db }: Repository, count: number): Rid[] {
  const rids = db
    .prepare(
      'SELECT max(fid) AS rid FROM mlink JOIN blob ON fid=rid WHERE size BETWEEN 3000 AND 300000 GROUP BY fnid ORDER BY fnid',
    )
    .all<{ rid: Rid }>()
    .map(({ rid }) => rid);
  const step = Math.max(1, Math.floor(rids.length / count));
  return rids.filter((_, index) => index % step === 0).slice(0, count);
}

/** As a program, so that it runs on the Node that has the native driver. @param words - of the titles of rows */
async function main(words: readonly string[]): Promise<void> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-bench-estimate-'));
  try {
    console.log(await estimateTable(directory, words));
  } finally {
    await fs.rm(directory, { recursive: true });
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
