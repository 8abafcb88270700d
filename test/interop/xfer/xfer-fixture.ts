import { join } from 'node:path';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Repository } from '../../../src/engine/repository/repository';
import { httpTransport } from '../../../src/engine/transport/http';
import {
  cloneInto,
  synchronize,
  type CloneOptions,
  type CloneStatistics,
  type SyncOptions,
  type SyncStatistics,
} from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import type { Transport } from '../../../src/engine/xfer/transport';
import { startFossilServer, type FossilServer } from '../../support/fossil-server';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { drivers } from '../checkout/fossil-fixture';

/** A directory with the real fossil, servers that end with it, and the engine on one driver. */
export class XferFixture {
  readonly #servers: FossilServer[] = [];

  private constructor(
    readonly sandbox: FossilSandbox,
    readonly environment: Environment,
  ) {}

  static async create(driver = drivers[0] ?? 'portable'): Promise<XferFixture> {
    const sandbox = await FossilSandbox.create();
    const variables = { HOME: sandbox.directory, USER: 'tester' };
    return new XferFixture(
      sandbox,
      await createNodeEnvironment({ driver, homeDirectory: sandbox.directory, variables }),
    );
  }

  /** The same where time hardly passes: what is done as far as time allows is done whole, however busy the machine is. */
  withSlowTime(): XferFixture {
    const { clock } = this.environment;
    const start = clock.now();
    return new XferFixture(this.sandbox, {
      ...this.environment,
      clock: { ...clock, now: () => start + (clock.now() - start) / 100 },
    });
  }

  path(name: string): string {
    return join(this.sandbox.directory, name);
  }

  /** Starts `fossil server`. @returns its URL, with a login where one is given */
  async serve(repository: string, login = ''): Promise<string> {
    const server = await startFossilServer(this.path(repository));
    this.#servers.push(server);
    return login === '' ? server.url : server.url.replace('://', `://${login}@`);
  }

  /** Clones with the engine; the file is open during `then` only. */
  async clone(
    url: string,
    name: string,
    options: CloneOptions & {
      then?: (clone: Repository) => void;
      transport?: Transport;
    } = {},
  ): Promise<CloneStatistics> {
    const { then, transport = httpTransport({ variables: {} }), ...rest } = options;
    const clone = createRepository(this.environment, this.path(name), {
      adminUser: 'tester',
      withInitialCheckin: false,
      projectCode: null,
      isPrivate: true,
    });
    try {
      const statistics = await cloneInto(clone, transport, parseRemote(url), rest);
      then?.(clone);
      return statistics;
    } finally {
      clone.close();
    }
  }

  /** Goes on with a clone that was interrupted. */
  async resume(url: string, name: string): Promise<CloneStatistics> {
    const clone = Repository.open(this.environment, this.path(name), { isPrivate: true });
    try {
      return await cloneInto(clone, httpTransport({ variables: {} }), parseRemote(url), {});
    } finally {
      clone.close();
    }
  }

  /** Pulls and pushes with the engine. */
  async sync(url: string, name: string, options: SyncOptions): Promise<SyncStatistics> {
    const repository = this.open(name);
    try {
      return await synchronize(repository, httpTransport({ variables: {} }), parseRemote(url), options);
    } finally {
      repository.close();
    }
  }

  open(name: string): Repository {
    return Repository.open(this.environment, this.path(name), { mode: 'write', allowPortableWrites: true });
  }

  async fossil(...args: string[]): Promise<string> {
    return this.sandbox.fossil(args);
  }

  /** A repository with one administrator, `tester` (password `testerpw`), nothing else. */
  async newRepository(name: string): Promise<void> {
    await this.fossil('new', '--admin-user', 'tester', this.path(name));
    await this.fossil('user', 'password', 'tester', 'testerpw', '-R', this.path(name));
  }

  /** Names of all artifacts with content, sorted. */
  async artifacts(name: string): Promise<string[]> {
    return this.sandbox.sql(this.path(name), 'SELECT uuid FROM blob WHERE size>=0 ORDER BY uuid;');
  }

  async remove(): Promise<void> {
    for (const server of this.#servers.splice(0)) await server.stop();
    await this.environment.pool.close();
    await this.sandbox.remove();
  }
}

/** Full read, write and pull for a login named `bob` with the password `bobpw`. */
export async function addBob(fixture: XferFixture, name: string, capabilities: string): Promise<void> {
  await fixture.fossil('user', 'new', 'bob', 'Bob', 'bobpw', '-R', fixture.path(name));
  await fixture.fossil('user', 'capabilities', 'bob', capabilities, '-R', fixture.path(name));
}
