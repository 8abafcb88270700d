import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
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
import { freePort, startFossilServer } from '../support/fossil-server';
import { EstimateRecord } from './estimate-record';
import { table } from './table';

const run = promisify(execFile);

const CORPORA = ['svn-scm', 'automerge-repo'];
/** Check-ins that the older state of a repository has. */
const OLDER = 0.8;
const COLUMNS = ['transfer', 'bytes', 'at 0 %', '10 %', '25 %', '50 %', 'held', 'widest'];

type Server = 'stock' | 'own';

/** Predictions of the total against the truth. A row is made when its title holds all the words. */
export async function estimateTable(directory: string, words: readonly string[]): Promise<string> {
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
          rows.push([title, ...(await bench[transfer]())]);
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

  /** The client has cloned the older state; then the server has got the rest. */
  async pull(): Promise<string[]> {
    await this.makeOlder('server.fossil');
    const port = await freePort();
    await this.serving('server.fossil', (url) => this.cloneFrom(url, 'client.fossil'), port);
    await this.copy(this.source, 'full.fossil');
    const upstream = await startFossilServer(this.file('full.fossil'));
    try {
      await this.exchange(upstream.url, 'server.fossil', { pull: true, push: false });
    } finally {
      await upstream.stop();
    }
    return this.serving(
      'server.fossil',
      (url) => this.record((listener) => this.exchange(url, 'client.fossil', { pull: true, push: false }, listener)),
      port,
    );
  }

  /** The server has the older state, the client all. */
  async push(): Promise<string[]> {
    const cut = await this.makeOlder('server.fossil');
    await this.copy(this.source, 'client.fossil');
    this.change('client.fossil', `DELETE FROM unsent; INSERT INTO unsent SELECT rid FROM blob WHERE rid>${cut}`);
    this.change('server.fossil', "UPDATE user SET cap='gio' WHERE login='nobody'");
    return this.serving('server.fossil', (url) =>
      this.record((listener) => this.exchange(url, 'client.fossil', { pull: false, push: true }, listener)),
    );
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

  /** The first check-ins of the corpus, in the order of their rows. @returns the last row */
  private async makeOlder(name: string): Promise<number> {
    await this.copy(this.source, name);
    const repository = Repository.open(this.environment, this.file(name));
    const { db } = repository;
    const row = db
      .prepare(
        `SELECT max(objid) AS rid FROM (SELECT objid FROM event WHERE type='ci' ORDER BY objid
          LIMIT (SELECT CAST(count(*)*? AS INTEGER) FROM event WHERE type='ci'))`,
      )
      .get<{ rid: number }>(OLDER);
    const cut = row?.rid ?? 0;
    const broken = db
      .prepare('SELECT rid FROM delta WHERE rid<=? AND srcid>?')
      .all<{ rid: Parameters<typeof repository.blobs.expand>[0] }>(cut, cut);
    repository.transaction(() => {
      for (const { rid } of broken) repository.blobs.expand(rid);
      db.exec(`DELETE FROM blob WHERE rid>${cut}; DELETE FROM delta WHERE rid>${cut}; DELETE FROM unsent`);
    });
    repository.close();
    await run('fossil', ['rebuild', this.file(name)], {
      env: { ...process.env, HOME: this.directory, USER: 'tester' },
    });
    return cut;
  }

  private async serving<T>(name: string, work: (url: string) => Promise<T>, port = 0): Promise<T> {
    if (this.server === 'stock') {
      const server = await startFossilServer(this.file(name), port === 0 ? {} : { port });
      return work(server.url).finally(() => server.stop());
    }
    const repository = Repository.open(this.environment, this.file(name));
    const server = await serveRepository(repository, { port });
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
      ...(onProgress ? { onProgress } : {}),
    }).finally(() => repository.close());
  }
}
