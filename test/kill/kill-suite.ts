import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { synchronize } from '../../src/engine/xfer/client';
import { parseRemote } from '../../src/engine/xfer/remote';
import { createNodeEnvironment } from '../../src/engine/platform/node-environment';
import { Repository } from '../../src/engine/repository/repository';
import { httpTransport } from '../../src/engine/transport/http';
import { startFossilServer, type FossilServer } from '../support/fossil-server';
import { FossilSandbox } from '../support/fossil-sandbox';
import { importProject } from '../support/imported-project';
import { Seeded } from '../support/seeded';
import type { ChildWork, KillMoment } from './child-work';
import { bundleChild, runChild, type ChildEnding } from './killed-child';

/** Phases in which the engine is killed. */
export const PHASES = [
  'clone-receive',
  'clone-verify',
  'clone-crosslink',
  'rebuild',
  'commit',
  'pull',
  'push',
  'serve',
] as const;
export type KillPhase = (typeof PHASES)[number];

const COMMITS = 4;
const PUSHES = 4;
const ARTIFACTS = 'SELECT uuid FROM blob WHERE size>=0 ORDER BY 1;';
/** What crosslinking has to make again after it was killed: the rows of each table. */
const DERIVED = ['event', 'plink', 'mlink', 'tagxref', 'leaf', 'filename', 'unclustered']
  .map((table) => `SELECT '${table}', count(*) FROM ${table};`)
  .join('\n');

/** Kills the engine at chosen moments and asks `fossil` what is left. */
export class KillSuite {
  readonly #sandbox: FossilSandbox;
  readonly #bundle: string;
  readonly #driver: 'native' | 'portable';
  readonly #server: FossilServer;
  readonly #steps = new Map<KillPhase, number>();
  #number = 0;

  private constructor(sandbox: FossilSandbox, bundle: string, driver: 'native' | 'portable', server: FossilServer) {
    this.#sandbox = sandbox;
    this.#bundle = bundle;
    this.#driver = driver;
    this.#server = server;
  }

  static async create(driver: 'native' | 'portable'): Promise<KillSuite> {
    const sandbox = await FossilSandbox.create();
    const origin = sandbox.path('origin.fossil');
    await importProject(sandbox, origin, { seed: 11, checkins: 60, files: 15, roundBytes: 10_000 });
    await sandbox.fossil(['rebuild', origin]);
    await sandbox.fossil(['settings', 'autosync', 'off', '--global']);
    const bundle = await bundleChild(sandbox.directory);
    return new KillSuite(sandbox, bundle, driver, await startFossilServer(origin));
  }

  async remove(): Promise<void> {
    await this.#server.stop();
    await this.#sandbox.remove();
  }

  /**
   * Kills once in that phase, at a step that the seed chooses, and checks what is left.
   * @throws Error naming phase, step and seed when something is lost or broken
   */
  async killOnce(phase: KillPhase, seed: number): Promise<void> {
    const seeded = new Seeded(seed);
    for (let attempt = 0; attempt < 10; attempt++) {
      const step = 1 + seeded.below(await this.#stepsOf(phase));
      const moment = { phase, step, delay: seeded.below(seeded.pick([2, 1000, 30_000])) };
      try {
        if (await this.#kill(phase, moment)) return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${phase}, step ${step}, seed ${seed}: ${reason}`, { cause: error });
      }
    }
    throw new Error(
      `${phase}, seed ${seed}: ten times the work had ended, or gone on to another phase, before the kill.`,
    );
  }

  /** @returns how many steps the phase has when nothing kills it */
  async #stepsOf(phase: KillPhase): Promise<number> {
    const known = this.#steps.get(phase);
    if (known !== undefined) return known;
    const ending = await this.#work(phase, undefined);
    const steps = ending.steps.get(phase) ?? 0;
    assert.ok(steps > 20, `${phase} has ${steps} steps only`);
    this.#steps.set(phase, steps);
    return steps;
  }

  /** @returns whether the kill met the phase */
  async #kill(phase: KillPhase, moment: KillMoment): Promise<boolean> {
    const { wasKilled, lastPhase } = await this.#work(phase, moment);
    return wasKilled && lastPhase === phase;
  }

  #work(phase: KillPhase, moment: KillMoment | undefined): Promise<ChildEnding> {
    this.#number++;
    switch (phase) {
      case 'commit':
        return this.#commit(moment);
      case 'pull':
        return this.#pull(moment);
      case 'push':
        return this.#push(moment);
      case 'serve':
        return this.#serve(moment);
      case 'rebuild':
        return this.#rebuild(moment);
      default:
        return this.#clone(phase, moment);
    }
  }

  async #clone(phase: KillPhase, moment: KillMoment | undefined): Promise<ChildEnding> {
    const file = this.#path('clone.fossil');
    const work: ChildWork = { ...this.#common(), kind: 'clone', url: this.#server.url, path: file };
    const ending = await runChild(this.#bundle, withKill(work, moment));
    if (ending.wasKilled && !existsSync(file)) {
      const partial = `${file}.trilobite-partial`;
      // The portable driver may not have written anything yet.
      if (existsSync(partial) && (await fs.stat(partial)).size > 0) await this.#isIntact(partial);
      const { acknowledged } = await runChild(this.#bundle, work);
      const result = JSON.parse(acknowledged[0] ?? '{}') as { roundTrips?: number };
      if (phase !== 'clone-receive') assert.equal(result.roundTrips, 0, 'downloaded again');
    }
    await this.#acceptedByFossil(file);
    const origin = this.#sandbox.path('origin.fossil');
    assert.deepEqual(await this.#sandbox.sql(file, ARTIFACTS), await this.#sandbox.sql(origin, ARTIFACTS));
    assert.deepEqual(await this.#sandbox.sql(file, DERIVED), await this.#sandbox.sql(origin, DERIVED));
    return ending;
  }

  async #commit(moment: KillMoment | undefined): Promise<ChildEnding> {
    const repository = await this.#copyOfOrigin();
    const root = this.#path('checkout');
    await fs.mkdir(root);
    await this.#sandbox.fossil(['open', repository], { cwd: root });
    await fs.writeFile(`${root}/file.txt`, 'first\n');
    await this.#sandbox.fossil(['add', 'file.txt'], { cwd: root });
    const work: ChildWork = { ...this.#common(), kind: 'commit', root, commits: COMMITS, label: 'edit' };
    const ending = await runChild(this.#bundle, withKill(work, moment));
    await this.#isIntact(repository);
    await this.#isIntact(`${root}/.fslckout`);
    await this.#acceptedByFossil(repository);
    await this.#hasAll(repository, ending.acknowledged);
    await this.#sandbox.fossil(['status'], { cwd: root });
    const checkedOut = await this.#query(`${root}/.fslckout`, "SELECT value FROM vvar WHERE name='checkout-hash';");
    await this.#hasAll(repository, [checkedOut]);
    // What was being committed is committed or still there to be: another run brings all of it home.
    await runChild(this.#bundle, { ...work, commits: 1, label: 'afterwards' });
    assert.equal(await this.#sandbox.fossil(['changes'], { cwd: root }), '');
    await this.#acceptedByFossil(repository);
    return ending;
  }

  async #rebuild(moment: KillMoment | undefined): Promise<ChildEnding> {
    const repository = await this.#copyOfOrigin();
    const work: ChildWork = { ...this.#common(), kind: 'rebuild', path: repository };
    const ending = await runChild(this.#bundle, withKill(work, moment));
    const origin = this.#sandbox.path('origin.fossil');
    await this.#isIntact(repository);
    assert.deepEqual(await this.#sandbox.sql(repository, ARTIFACTS), await this.#sandbox.sql(origin, ARTIFACTS));
    // The old tables or the new ones, never some of each: here they hold the same.
    assert.deepEqual(await this.#sandbox.sql(repository, DERIVED), await this.#sandbox.sql(origin, DERIVED));
    await this.#acceptedByFossil(repository);
    return ending;
  }

  /** A repository of the project that has nothing of it pulls everything. */
  async #pull(moment: KillMoment | undefined): Promise<ChildEnding> {
    const repository = await this.#emptyOfProject();
    const work: ChildWork = { ...this.#common(), kind: 'pull', url: this.#server.url, path: repository };
    const ending = await runChild(this.#bundle, withKill(work, moment));
    // There may be deltas whose source has not come yet: fossil would complain of them.
    await this.#isIntact(repository);
    await runChild(this.#bundle, work);
    await this.#acceptedByFossil(repository);
    await this.#hasAll(repository, await this.#sandbox.sql(this.#sandbox.path('origin.fossil'), ARTIFACTS));
    return ending;
  }

  /** A repository pushes everything to a server that has nothing of it; the server is fossil, and what it took is not sent again. */
  async #push(moment: KillMoment | undefined): Promise<ChildEnding> {
    const repository = await this.#copyOfOrigin();
    const served = await this.#emptyOfProject();
    const server = await startFossilServer(served);
    try {
      const work: ChildWork = { ...this.#common(), kind: 'push', url: server.url, path: repository };
      const ending = await runChild(this.#bundle, withKill(work, moment));
      await this.#isIntact(repository);
      await runChild(this.#bundle, work);
      const artifacts = await this.#sandbox.sql(this.#sandbox.path('origin.fossil'), ARTIFACTS);
      for (const file of [repository, served]) {
        await this.#acceptedByFossil(file);
        await this.#hasAll(file, artifacts);
      }
      return ending;
    } finally {
      await server.stop();
    }
  }

  async #serve(moment: KillMoment | undefined): Promise<ChildEnding> {
    const repository = await this.#copyOfOrigin();
    const ours = this.#path('ours.fossil');
    await fs.copyFile(repository, ours);
    const acknowledged: string[] = [];
    let pushed: Promise<void> = Promise.resolve();
    const work: ChildWork = { ...this.#common(), kind: 'serve', path: repository };
    // The server is killed at its step, or when everything has been pushed.
    const ending = await runChild(this.#bundle, withKill(work, moment), {
      until: (url) => (pushed = this.#keepPushing(ours, url, acknowledged)),
    });
    await (moment === undefined ? pushed : pushed.catch(() => undefined));
    await this.#isIntact(repository);
    await this.#acceptedByFossil(repository);
    await this.#hasAll(repository, acknowledged);
    if (moment === undefined) assert.equal(acknowledged.length, PUSHES * 3);
    return ending;
  }

  /** Makes artifacts and pushes them, again and again; ends when the server is not there any more. */
  async #keepPushing(file: string, url: string, acknowledged: string[]): Promise<void> {
    const { driver, home } = this.#common();
    const environment = await createNodeEnvironment({ driver, homeDirectory: home, variables: { USER: 'alice' } });
    const repository = Repository.open(environment, file, { allowPortableWrites: true });
    const seeded = new Seeded(this.#number);
    try {
      for (let push = 0; push < PUSHES; push++) {
        const names = repository.transaction(() =>
          [0, 1, 2].map(() => repository.blobs.put(seeded.bytes(500), { isUnsent: true }).hash),
        );
        const remote = { ...parseRemote(url), user: 'bob', password: 'bobpw' };
        await synchronize(repository, httpTransport({ variables: {} }), remote, { pull: false, push: true });
        acknowledged.push(...names);
      }
    } finally {
      repository.close();
    }
  }

  #common(): { driver: 'native' | 'portable'; home: string; diary: string } {
    return { driver: this.#driver, home: this.#sandbox.directory, diary: this.#path('diary') };
  }

  #path(name: string): string {
    return this.#sandbox.path(`${this.#number}-${name}`);
  }

  async #copyOfOrigin(): Promise<string> {
    const copy = this.#path('project.fossil');
    await fs.copyFile(this.#sandbox.path('origin.fossil'), copy);
    return copy;
  }

  /** A repository of the origin's project, with a check-in of its own alone; whoever comes may push. */
  async #emptyOfProject(): Promise<string> {
    const file = this.#path('empty.fossil');
    await this.#sandbox.fossil(['init', file]);
    const [code] = await this.#sandbox.sql(
      this.#sandbox.path('origin.fossil'),
      "SELECT value FROM config WHERE name='project-code';",
    );
    await this.#sandbox.sql(
      file,
      `UPDATE config SET value='${code ?? ''}' WHERE name='project-code'; UPDATE user SET cap='gio' WHERE login='nobody';`,
    );
    return file;
  }

  async #isIntact(database: string): Promise<void> {
    assert.equal(await this.#query(database, 'PRAGMA integrity_check;'), 'ok', database);
  }

  async #query(database: string, sql: string): Promise<string> {
    const output = await this.#sandbox.fossil(['sql', '--no-repository', database], { input: `.mode list\n${sql}\n` });
    return output.trim();
  }

  async #acceptedByFossil(repository: string): Promise<void> {
    const report = await this.#sandbox.fossil(['test-integrity', '--quiet', '-R', repository]);
    assert.match(report, / 0 errors\s+low-level database integrity-check: ok/);
  }

  async #hasAll(repository: string, names: readonly string[]): Promise<void> {
    const list = names.map((name) => `'${name}'`).join(',');
    const missing = await this.#sandbox.sql(
      repository,
      `WITH wanted(name) AS (SELECT value FROM json_each('${JSON.stringify(names)}'))
       SELECT name FROM wanted WHERE name NOT IN (SELECT uuid FROM blob WHERE size>=0 AND content IS NOT NULL);`,
    );
    assert.deepEqual(missing, [], `acknowledged and lost of ${list}`);
  }
}

function withKill(work: ChildWork, moment: KillMoment | undefined): ChildWork {
  return moment === undefined ? work : { ...work, kill: moment };
}
