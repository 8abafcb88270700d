import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { Environment } from '../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../src/engine/platform/node-environment';
import { Repository } from '../../src/engine/repository/repository';
import { startFossilServer, type FossilServer } from '../support/fossil-server';
import { FossilSandbox } from '../support/fossil-sandbox';
import { importProject } from '../support/imported-project';
import type { ChildWork, KillMoment } from './child-work';
import { bundleChild, runChild, type ChildEnding } from './killed-child';

/** For each check-in replies and messages have so many bytes: there are many rounds, and between all of them somebody may be killed. */
const ROUND_BYTES = 150;
const ARTIFACTS = 'SELECT uuid FROM blob WHERE size>=0 ORDER BY 1;';
/** What crosslinking has to make again after it was killed: the rows of each table. */
const DERIVED = ['event', 'plink', 'mlink', 'tagxref', 'leaf', 'filename', 'unclustered']
  .map((table) => `SELECT '${table}', count(*) FROM ${table};`)
  .join('\n');

/** What a child works on, without what every one is given. */
type Task<Work = ChildWork> = Work extends ChildWork ? Omit<Work, 'driver' | 'home' | 'diary' | 'kill'> : never;

/** A project of some hundred artifacts, a fossil server of it, and `fossil` to ask what is left when somebody has been killed. */
export class KillPlace {
  readonly #bundle: string;
  readonly #server: FossilServer;
  #number = 0;
  #derived: string[] = [];
  /** Names of all artifacts of the project, sorted. */
  artifacts: string[] = [];

  private constructor(
    readonly sandbox: FossilSandbox,
    bundle: string,
    server: FossilServer,
    readonly driver: 'native' | 'portable',
    /** Of this process, for who goes on with what was broken off. */
    readonly environment: Environment,
  ) {
    this.#bundle = bundle;
    this.#server = server;
  }

  /** @param checkins - of the project: each makes some three artifacts */
  static async create(driver: 'native' | 'portable', checkins: number): Promise<KillPlace> {
    const roundBytes = checkins * ROUND_BYTES;
    const sandbox = await FossilSandbox.create();
    const origin = sandbox.path('origin.fossil');
    await importProject(sandbox, origin, { seed: 11, checkins, files: 15, roundBytes });
    await sandbox.fossil(['user', 'capabilities', 'nobody', 'gijoryz', '-R', origin]);
    await sandbox.sql(origin, `REPLACE INTO config(name,value,mtime) VALUES('max-upload','${roundBytes}',now());`);
    await sandbox.fossil(['rebuild', origin]);
    await sandbox.fossil(['settings', 'autosync', 'off', '--global']);
    const bundle = await bundleChild(sandbox.directory);
    const homeDirectory = sandbox.directory;
    const environment = await createNodeEnvironment({ driver, homeDirectory, variables: { USER: 'alice' } });
    const server = await startFossilServer(origin);
    const place = new KillPlace(sandbox, bundle, server, driver, environment);
    place.artifacts = await sandbox.sql(origin, ARTIFACTS);
    place.#derived = await sandbox.sql(origin, DERIVED);
    return place;
  }

  /** Of a fossil server that has everything. Nobody may push to it. */
  get url(): string {
    return this.#server.url;
  }

  async remove(): Promise<void> {
    await this.#server.stop();
    await this.sandbox.remove();
  }

  /** Lets a child work, to its end or until the moment. @param meanwhile - see {@link runChild} */
  run(task: Task, kill: KillMoment | undefined, meanwhile?: (line: string) => Promise<unknown>): Promise<ChildEnding> {
    const common = { driver: this.driver, home: this.sandbox.directory, diary: this.path('diary') };
    const work = { ...task, ...common, ...(kill === undefined ? {} : { kill }) };
    return runChild(this.#bundle, work, meanwhile);
  }

  /** What follows has files of its own. */
  begin(): void {
    this.#number++;
  }

  path(name: string): string {
    return this.sandbox.path(`${this.#number}-${name}`);
  }

  async copyOfOrigin(name = 'project.fossil'): Promise<string> {
    const copy = this.path(name);
    await fs.copyFile(this.sandbox.path('origin.fossil'), copy);
    return copy;
  }

  /** A repository of the project with a check-in of its own alone; whoever comes may push. */
  async emptyOfProject(name = 'empty.fossil'): Promise<string> {
    const [file, pattern] = [this.path(name), this.sandbox.path('empty.fossil')];
    if (!existsSync(pattern)) {
      await this.sandbox.fossil(['init', pattern]);
      await this.sandbox.sql(
        pattern,
        `ATTACH '${this.sandbox.path('origin.fossil')}' AS origin;
         REPLACE INTO config SELECT * FROM origin.config WHERE name IN ('project-code', 'max-download', 'max-upload');
         UPDATE user SET cap='gioy' WHERE login='nobody';`,
      );
    }
    await fs.copyFile(pattern, file);
    return file;
  }

  /** Looks at a repository, or changes it, with the engine in this process. */
  async open<T>(file: string, work: (repository: Repository) => T | Promise<T>): Promise<T> {
    const repository = Repository.open(this.environment, file, { allowPortableWrites: true });
    try {
      return await work(repository);
    } finally {
      repository.close();
    }
  }

  async query(database: string, sql: string): Promise<string> {
    const output = await this.sandbox.fossil(['sql', '--no-repository', database], { input: `.mode list\n${sql}\n` });
    return output.trim();
  }

  async count(database: string, sql: string): Promise<number> {
    return Number(await this.query(database, sql));
  }

  /** How many artifacts are there with their content. */
  contents(repository: string): Promise<number> {
    return this.count(repository, 'SELECT count(*) FROM blob WHERE size>=0 AND content IS NOT NULL;');
  }

  async isIntact(database: string): Promise<void> {
    assert.equal(await this.query(database, 'PRAGMA integrity_check;'), 'ok', database);
  }

  /** Also by SQLite's own check. */
  async acceptedByFossil(repository: string): Promise<void> {
    const report = await this.sandbox.fossil(['test-integrity', '--quiet', '-R', repository]);
    assert.match(report, / 0 errors\s+low-level database integrity-check: ok/);
  }

  async hasAll(repository: string, names: readonly string[]): Promise<void> {
    const missing = await this.sandbox.sql(
      repository,
      `WITH wanted(name) AS (SELECT value FROM json_each('${JSON.stringify(names)}'))
       SELECT name FROM wanted WHERE name NOT IN (SELECT uuid FROM blob WHERE size>=0 AND content IS NOT NULL);`,
    );
    assert.deepEqual(missing, [], `acknowledged and lost of ${names.join(' ')}`);
  }

  /** The same artifacts, and as many rows of what is derived from them. */
  async isLikeOrigin(repository: string): Promise<void> {
    await this.acceptedByFossil(repository);
    assert.deepEqual(await this.sandbox.sql(repository, ARTIFACTS), this.artifacts);
    assert.deepEqual(await this.sandbox.sql(repository, DERIVED), this.#derived);
  }
}
