import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { serveRepository } from '../../src/engine/operations/serve';
import type { Environment } from '../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../src/engine/platform/node-environment';
import type { ProgressListener } from '../../src/engine/progress';
import { createRepository } from '../../src/engine/repository/create-repository';
import { Repository } from '../../src/engine/repository/repository';
import { httpTransport } from '../../src/engine/transport/http';
import { cloneInto, synchronize, type SyncStatistics } from '../../src/engine/xfer/client';
import { parseRemote } from '../../src/engine/xfer/remote';
import { corpusPath } from '../support/corpus';
import { startFossilServer } from '../support/fossil-server';
import { makeBehind, type Behind } from './behind';
import { EstimateRecord } from './estimate-record';
import { table } from './table';

const CORPORA = ['svn-scm', 'automerge-repo'];
/** Artifacts that the older state of a repository lacks. */
const BEHIND = 2500;
/** A transfer that takes longer is given up. */
const LONGEST_MS = 120_000;
const COLUMNS = ['transfer', 'bytes', 'at 0 %', '10 %', '25 %', '50 %', 'held', 'widest'];

type Server = 'stock' | 'own';

/** Predictions of the total against the truth. A row is made when its title holds all the words. */
async function estimateTable(directory: string, words: readonly string[]): Promise<string> {
  const environment = await createNodeEnvironment({
    homeDirectory: directory,
    variables: { HOME: directory, USER: 'tester' },
  });
  const rows: string[][] = [];
  try {
    for (const corpus of CORPORA) {
      for (const server of ['stock', 'own'] as const) {
        for (const transfer of ['clone', 'pull', 'push'] as const) {
          const title = `estimate ${transfer} ${corpus}, ${server}`;
          const source = corpusPath(`${corpus}.fossil`);
          if (source === undefined || !words.every((word) => title.includes(word))) continue;
          process.stderr.write(`${title} …\n`);
          const bench = new EstimateBench(environment, directory, source, server);
          rows.push([title, ...(await bench[transfer]().catch((error: unknown) => [String(error)]))]);
        }
      }
    }
  } finally {
    await environment.pool.close();
  }
  return table(COLUMNS, rows);
}

class EstimateBench {
  constructor(
    private readonly environment: Environment,
    private readonly directory: string,
    private readonly source: string,
    private readonly server: Server,
  ) {}

  async clone(): Promise<string[]> {
    await this.copy(this.source, 'server.fossil');
    return this.serving('server.fossil', (url) =>
      this.record((listener) => this.cloneFrom(url, 'client.fossil', listener)),
    );
  }

  /** The client has the older state, and has seen our server so far. */
  async pull(): Promise<string[]> {
    const { token } = await this.makeStates({ full: 'server.fossil', older: 'client.fossil' });
    return this.serving('server.fossil', (url) => {
      this.change(
        'client.fossil',
        `REPLACE INTO config(name,value,mtime) VALUES('trilobite-seen:${url}','${token}',0)`,
      );
      return this.record((listener) => this.exchange(url, 'client.fossil', { pull: true, push: false }, listener));
    });
  }

  /** The server has the older state, the client all. */
  async push(): Promise<string[]> {
    await this.makeStates({ full: 'client.fossil', older: 'server.fossil' });
    this.change('client.fossil', 'INSERT INTO unsent SELECT rid FROM blob WHERE rcvid=2');
    return this.serving('server.fossil', (url) =>
      this.record((listener) => this.exchange(url, 'client.fossil', { pull: false, push: true }, listener)),
    );
  }

  private makeStates({ full, older }: { full: string; older: string }): Promise<Behind> {
    const files = { full: this.file(full), older: this.file(older) };
    return makeBehind(this.environment, this.source, files, BEHIND);
  }

  private file(name: string): string {
    return path.join(this.directory, name);
  }

  private async copy(source: string, name: string): Promise<void> {
    await fs.copyFile(source, this.file(name));
    await fs.chmod(this.file(name), 0o644);
  }

  private change(name: string, sql: string): void {
    const repository = Repository.open(this.environment, this.file(name));
    repository.db.exec(sql);
    repository.close();
  }

  private async serving<T>(name: string, work: (url: string) => Promise<T>): Promise<T> {
    if (this.server === 'stock') {
      const server = await startFossilServer(this.file(name));
      return work(server.url).finally(() => server.stop());
    }
    const repository = Repository.open(this.environment, this.file(name));
    const server = await serveRepository(repository, { port: 0 });
    return work(server.url).finally(async () => {
      await server.close();
      repository.close();
    });
  }

  private async record(transfer: (listener: ProgressListener) => Promise<SyncStatistics>): Promise<string[]> {
    const record = new EstimateRecord();
    const { bytesReceived, bytesSent } = await transfer((progress) => record.add(progress));
    return record.row(bytesReceived + bytesSent);
  }

  private async cloneFrom(url: string, name: string, onProgress?: ProgressListener): Promise<SyncStatistics> {
    await fs.rm(this.file(name), { force: true });
    const repository = createRepository(this.environment, this.file(name), {
      adminUser: 'tester',
      withInitialCheckin: false,
      projectCode: null,
      isPrivate: true,
    });
    return cloneInto(repository, httpTransport({ variables: {} }), parseRemote(url), {
      signal: AbortSignal.timeout(LONGEST_MS),
      ...(onProgress ? { onProgress } : {}),
    }).finally(() => repository.close());
  }

  private exchange(
    url: string,
    name: string,
    directions: { pull: boolean; push: boolean },
    onProgress?: ProgressListener,
  ): Promise<SyncStatistics> {
    const repository = Repository.open(this.environment, this.file(name));
    return synchronize(repository, httpTransport({ variables: {} }), parseRemote(url), {
      ...directions,
      signal: AbortSignal.timeout(LONGEST_MS),
      ...(onProgress ? { onProgress } : {}),
    }).finally(() => repository.close());
  }
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
