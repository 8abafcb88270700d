import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EngineError } from '../../../src/engine/errors';
import type { Progress } from '../../../src/engine/progress';
import { EngineProcess, type EngineExit, type QuestionAnswers } from '../../../src/host/engine-process';
import type { LogMessage } from '../../../src/host/protocol';
import * as protocol from '../../../src/host/protocol';

const fixture = path.join(__dirname, 'fixtures', 'engine.ts');
const parentFixture = path.join(__dirname, 'fixtures', 'parent.ts');
const execArgv = ['--require', require.resolve('tsx/cjs')];

const declining: QuestionAnswers = {
  credentials: () => Promise.resolve(null),
  userName: () => Promise.resolve(null),
  certificate: () => Promise.resolve('no'),
  goOn: () => Promise.resolve(false),
  allowPortableWrites: () => Promise.resolve(false),
};

describe('the engine process', () => {
  const started: EngineProcess[] = [];
  let log: LogMessage[] = [];

  function start(questions: QuestionAnswers = declining, exits: EngineExit[] = []): EngineProcess {
    const engine = new EngineProcess({
      entry: fixture,
      execArgv,
      settings: { driver: 'auto', isStrictSsl: true },
      questions,
      onLog: (message) => log.push(message),
      onExit: (exit) => exits.push(exit),
    });
    started.push(engine);
    return engine;
  }

  beforeEach(() => {
    log = [];
  });
  afterEach(() => {
    for (const engine of started.splice(0)) engine.dispose();
  });

  it('answers requests, bytes as bytes', async () => {
    const engine = start();
    assert.equal((await engine.describe()).nodeVersion, process.version);
    const content = await engine.request(protocol.artifactContent, { root: '/', hash: '123' });
    assert.ok(content instanceof Uint8Array);
    assert.deepEqual([...content], [1, 2, 3]);
  });

  it('passes the code and the sentence of an EngineError', async () => {
    await assert.rejects(start().request(protocol.fileContent, { root: '/', path: 'a.txt' }), (error) => {
      assert.ok(error instanceof EngineError);
      assert.equal(error.code, 'file-not-managed');
      assert.equal(error.message, 'a.txt is not managed.');
      return true;
    });
  });

  it('turns an unexpected error into `internal` with a sentence, and its details only into the log', async () => {
    const engine = start();
    await assert.rejects(engine.request(protocol.fileContent, { root: '/', path: 'typo' }), (error) => {
      assert.ok(error instanceof EngineError);
      assert.equal(error.code, 'internal');
      assert.doesNotMatch(error.message, /secret|TypeError|\n/);
      return true;
    });
    assert.ok(log.some(({ level, message }) => level === 'error' && message.includes('TypeError: secret detail')));
  });

  it('cancels an operation when its signal fires', async () => {
    const exits: EngineExit[] = [];
    const engine = start(declining, exits);
    const abort = new AbortController();
    let reports = 0;
    const running = engine.request(
      protocol.sync,
      { repository: '/r', direction: 'sync' },
      { signal: abort.signal, onProgress: () => ++reports === 2 && abort.abort() },
    );
    await assert.rejects(running, { code: 'cancelled' });
    assert.deepEqual(exits, []);
  });

  it('reports progress at most some ten times a second, and always the end', async () => {
    const reports: Progress[] = [];
    const engine = start();
    await engine.describe();
    const begin = performance.now();
    await engine.request(
      protocol.sync,
      { repository: '/r', direction: 'sync', url: 'short' },
      { onProgress: (progress) => reports.push(progress) },
    );
    const longest = (performance.now() - begin) / 100 + 2;
    assert.ok(reports.length <= longest, `${reports.length} reports`);
    assert.equal(reports.at(-1)?.fraction, 1);
  });

  it('asks the extension and gets its answer', async () => {
    const engine = start({
      ...declining,
      credentials: ({ url }) => Promise.resolve({ user: `for ${url}`, password: 'pw' }),
    });
    const { outgoing } = await engine.request(protocol.pending, { root: '/' });
    assert.equal(outgoing.artifacts[0]?.title, 'for http://host//pw');
    const declined = await start().request(protocol.pending, { root: '/' });
    assert.equal(declined.outgoing.artifacts[0]?.title, 'declined');
  });

  it('lets writes to one checkout wait for each other, not for those to another', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'trilobite-lanes-'));
    try {
      const journal = path.join(directory, 'journal');
      const engine = start();
      await Promise.all(['a', 'a', 'b'].map((root) => engine.request(protocol.add, { root, paths: [journal] })));
      const lines = (await readFile(journal, 'utf8')).trim().split('\n');
      assert.deepEqual(
        lines.filter((line) => line.endsWith(' a')),
        ['start a', 'end a', 'start a', 'end a'],
      );
      assert.ok(lines.indexOf('start b') < lines.indexOf('end a'), lines.join(', '));
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('rejects what waits with `engine-died` when the process is killed', async () => {
    const exits: EngineExit[] = [];
    const engine = start(declining, exits);
    await engine.describe();
    const running = engine.request(
      protocol.sync,
      { repository: '/r', direction: 'sync' },
      { onProgress: () => void process.kill(engine.pid!, 'SIGKILL') },
    );
    await assert.rejects(running, (error) => {
      assert.ok(error instanceof EngineError);
      assert.equal(error.code, 'engine-died');
      assert.match(error.message, /^The Fossil engine ended unexpectedly/);
      return true;
    });
    assert.equal(engine.isAlive, false);
    assert.deepEqual(exits, [{ reason: 'signal SIGKILL', wasAsked: false }]);
    await assert.rejects(engine.request(protocol.pending, { root: '/' }), { code: 'engine-died' });
  });

  it('ends when it is asked to, after its running work', async () => {
    const exits: EngineExit[] = [];
    const engine = start(declining, exits);
    await engine.describe();
    const running = engine.request(protocol.sync, { repository: '/r', direction: 'sync', url: 'short' });
    await Promise.all([engine.end(), running]);
    assert.deepEqual(exits, [{ reason: 'exit code 0', wasAsked: true }]);
    assert.equal((await running).received, 51);
  });

  for (const work of ['idle', 'waiting', 'spinning']) {
    it(`exits by itself after its parent was killed, ${work}`, async () => {
      const parent = fork(parentFixture, [work], { execArgv, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
      const enginePid = await firstMessage(parent);
      try {
        parent.kill('SIGKILL');
        await once(parent, 'exit');
        const killedAt = performance.now();
        while (isRunning(enginePid)) {
          // It takes a second at most; a machine with much else to do may grant that second late.
          assert.ok(performance.now() - killedAt < 20_000, 'the engine outlived its parent');
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      } finally {
        if (isRunning(enginePid)) process.kill(enginePid, 'SIGKILL');
      }
    });
  }
});

async function firstMessage(parent: ChildProcess): Promise<number> {
  const [pid] = (await once(parent, 'message')) as [number];
  return pid;
}

/** An orphan that nobody has reaped yet still answers to signal 0: a zombie does not run. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
