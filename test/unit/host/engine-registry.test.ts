import assert from 'node:assert/strict';
import path from 'node:path';
import { EngineProcess, type EngineExit } from '../../../src/host/engine-process';
import { EngineRegistry } from '../../../src/host/engine-registry';
import * as protocol from '../../../src/host/protocol';

const entry = path.join(__dirname, 'fixtures', 'engine.ts');
const execArgv = ['--require', require.resolve('tsx/cjs')];

describe('the registry of engines', () => {
  let registry: EngineRegistry;
  let started: EngineProcess[] = [];
  let deaths: { key: string; exit: EngineExit }[] = [];
  let now = 0;
  let doesDieAtOnce = false;

  beforeEach(() => {
    now = 0;
    doesDieAtOnce = false;
    started = [];
    deaths = [];
    registry = new EngineRegistry({
      start: (onExit) => {
        const engine = new EngineProcess({
          entry,
          execArgv,
          settings: { driver: 'auto', isStrictSsl: true },
          variables: { ...process.env, FIXTURE_DIES_AT_ONCE: doesDieAtOnce ? '1' : '0' },
          questions: {
            credentials: () => Promise.resolve(null),
            userName: () => Promise.resolve(null),
            certificate: () => Promise.resolve('no'),
            goOn: () => Promise.resolve(false),
            allowPortableWrites: () => Promise.resolve(false),
          },
          onLog: () => undefined,
          onExit,
        });
        started.push(engine);
        return engine;
      },
      onDeath: (key, exit) => deaths.push({ key, exit }),
      now: () => now,
    });
  });
  afterEach(() => {
    for (const engine of started) engine.dispose();
  });

  const content = (root: string): Promise<Uint8Array> =>
    registry.engineFor(root).request(protocol.artifactContent, { root, hash: '7' });

  it('starts another engine after one was killed, and tells of the death', async () => {
    await content('/a');
    const engine = registry.engineFor('/a');
    const running = engine.request(protocol.sync, { repository: '/a', direction: 'sync' });
    process.kill(engine.pid!, 'SIGKILL');
    await assert.rejects(running, { code: 'engine-died' });
    assert.deepEqual(deaths, [{ key: '/a', exit: { reason: 'signal SIGKILL', wasAsked: false } }]);
    assert.deepEqual([...(await content('/a'))], [7]);
    assert.equal(started.length, 2);
  });

  it('gives checkouts of one repository one engine', async () => {
    await Promise.all([content('/a'), content('/b')]);
    registry.share('/a', '/repo.fossil');
    registry.share('/b', '/repo.fossil');
    assert.equal(registry.engineFor('/a'), registry.engineFor('/b'));
    assert.equal(started.length, 2);
    await registry.release('/a');
    assert.equal(registry.engineFor('/b').isAlive, true);
    await content('/b');
    await registry.release('/b');
    assert.ok(started.every((engine) => !engine.isAlive));
    assert.deepEqual(deaths, []);
  });

  it('waits longer and longer when an engine keeps dying at its start', async () => {
    doesDieAtOnce = true;
    for (let turn = 0; turn < 3; turn++) await assert.rejects(content('/a'), { code: 'engine-died' });
    assert.throws(() => registry.engineFor('/a'), /3 times in a row .* 5 seconds/);
    now = 5000;
    await assert.rejects(content('/a'), { code: 'engine-died' });
    assert.throws(() => registry.engineFor('/a'), /4 times in a row .* 10 seconds/);
    assert.equal(started.length, 4);
    now = 15_000;
    doesDieAtOnce = false;
    assert.deepEqual([...(await content('/a'))], [7]);
  });

  it('ends an engine of its own when its work is done', async () => {
    const engine = await registry.withOwnEngine(async (own) => {
      await own.describe();
      return own;
    });
    assert.equal(engine.isAlive, false);
    await engine.end();
    assert.deepEqual(deaths, []);
  });
});
