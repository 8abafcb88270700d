import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EngineProcess, type EngineProcessOptions } from '../../../src/host/engine-process';
import * as protocol from '../../../src/host/protocol';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { serveRepository } from '../../../src/engine/operations/serve';
import { createRepository } from '../../../src/engine/repository/create-repository';

const entry = path.resolve(__dirname, '../../../src/host/main.ts');

describe('the real engine behind the connection', () => {
  let directory: string;
  let engine: EngineProcess;
  let log: protocol.LogMessage[];
  let options: EngineProcessOptions;

  beforeEach(async () => {
    directory = await realpath(await mkdtemp(path.join(tmpdir(), 'trilobite-engine-')));
    log = [];
    options = {
      entry,
      execArgv: ['--require', require.resolve('tsx/cjs')],
      variables: { ...process.env, HOME: directory, USER: 'ann' },
      settings: { driver: 'portable', isStrictSsl: true },
      questions: {
        credentials: () => Promise.resolve(null),
        userName: () => Promise.resolve(null),
        certificate: () => Promise.resolve('no'),
        goOn: () => Promise.resolve(false),
        allowPortableWrites: () => Promise.resolve(true),
      },
      onLog: (message) => log.push(message),
    };
    engine = new EngineProcess(options);
  });
  afterEach(async () => {
    await engine.end();
    await rm(directory, { recursive: true });
  });

  it('says what it runs on', async () => {
    const { driver, sqliteVersion, nodeVersion } = await engine.describe();
    assert.equal(driver, 'portable');
    assert.match(sqliteVersion, /^3\.\d+/);
    assert.equal(nodeVersion, process.versions.node);
  });

  it('makes a repository and a checkout, and goes through an edit, an add and a commit', async () => {
    const repository = path.join(directory, 'project.fossil');
    const root = path.join(directory, 'work');
    const made = await engine.request(protocol.init, { path: repository, projectName: 'Demo' });
    assert.equal(made.user, 'ann');
    await engine.request(protocol.open, { repository, directory: root });
    await writeFile(path.join(root, 'a.txt'), 'hello\n');
    const before = await engine.request(protocol.status, { root });
    assert.deepEqual(before.extras, ['a.txt']);
    assert.equal(before.repository, repository);
    assert.equal(before.projectName, 'Demo');

    await engine.request(protocol.add, { root, paths: ['a.txt'] });
    const { hash, branch } = await engine.request(protocol.commit, { root, message: 'First' });
    assert.equal(branch, 'trunk');
    const after = await engine.request(protocol.status, { root });
    assert.deepEqual([after.changes, after.extras, after.checkin?.hash], [[], [], hash]);
    const content = await engine.request(protocol.fileContent, { root, path: 'a.txt' });
    assert.equal(Buffer.from(content).toString(), 'hello\n');
    const { outgoing } = await engine.request(protocol.pending, { root });
    assert.equal(outgoing.artifacts[0]?.title, 'First');

    const { rebuild } = await engine.request(protocol.rebuild, { path: repository });
    const { artifacts, findings, isChanged } = await engine.request(protocol.verify, { path: repository });
    assert.deepEqual([rebuild?.artifacts, artifacts, findings, isChanged], [3, 3, [], false]);
  });

  it('tells each round with a server to the log, in a line', async () => {
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const served = createRepository(environment, path.join(directory, 'served.fossil'), {
      adminUser: 'ann',
      isPrivate: true,
    });
    const server = await serveRepository(served, { port: 0 });
    try {
      await engine.request(protocol.clone, { url: server.url, path: path.join(directory, 'clone.fossil') });
      const lines = log.map(({ message }) => message);
      assert.ok(lines.length >= 2 && lines.every((line) => line.startsWith(`${server.url}: clone, round `)));
      assert.match(lines[0] ?? '', / round 1: sent \d+ bytes, received 1 file, \d+ bytes, \d+\.\d s$/);
      assert.ok(log.every(({ level }) => level === 'info'));
    } finally {
      await server.close();
      served.close();
    }
  });

  it('takes from servers what its settings let it', async () => {
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const file = path.join(directory, 'served.fossil');
    const served = createRepository(environment, file, { adminUser: 'ann', isPrivate: true });
    served.transaction(() => served.blobs.put(new Uint8Array(1_500_000)));
    const server = await serveRepository(served, { port: 0 });
    const limited = new EngineProcess({ ...options, settings: { ...options.settings, largestArtifact: 1 } });
    const clone = (by: EngineProcess): Promise<unknown> =>
      by.request(protocol.clone, { url: server.url, path: path.join(directory, 'clone.fossil') });
    try {
      await assert.rejects(clone(limited), { code: 'artifact-too-large', message: /trilobite\.largestArtifact/ });
      await clone(engine);
    } finally {
      await limited.end();
      await server.close();
      served.close();
    }
  });

  it('refuses in a sentence', async () => {
    await assert.rejects(engine.request(protocol.status, { root: directory }), {
      code: 'not-a-checkout',
      message: /^[^\n]+\.$/,
    });
    const sync = engine.request(protocol.sync, { repository: path.join(directory, 'none.fossil'), direction: 'sync' });
    await assert.rejects(sync, { name: 'EngineError', message: /^[^\n]+\.$/ });
  });
});
