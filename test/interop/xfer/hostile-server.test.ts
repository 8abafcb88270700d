import assert from 'node:assert/strict';
import { packContainer } from '../../../src/engine/codec/container';
import { EngineError, type ErrorCode } from '../../../src/engine/errors';
import { nodeZlib } from '../../../src/engine/platform/zlib-node';
import { httpTransport } from '../../../src/engine/transport/http';
import { synchronize } from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import { launch } from '../../support/launcher';
import { type Script, ScriptedServer, type ScriptedReply } from '../../support/scripted-server';
import { HostileBase } from './hostile-base';
import { delta, file, LATER, NEW, packed, sha3, TRAILER } from '../../support/hostile-messages';

/** Seconds, longer than any honest exchange here; stock is stopped then. */
const STOCK_PATIENCE = 4;
/** Whoever asks so often does not end by itself: a server says so then. */
const [ROUNDS, STOCK_ROUNDS] = [200, 40];

const HELLO = packed('hello').toString('latin1');
/** 60 MB of line feeds in 60 kB. */
const BOMB = packContainer(nodeZlib, Buffer.alloc(60_000_000, '\n'));
const invented = (round: number): string => sha3(`invented ${round}`);

/** The first reply names NEW, the second holds `cards`. */
const thenCards =
  (cards: string): Script =>
  (round) => ({ body: (round === 1 ? `igot ${NEW}\n` : round === 2 ? cards : '') + TRAILER });
const thenReply =
  (reply: ScriptedReply): Script =>
  (round) =>
    round === 1 ? { body: `igot ${NEW}\n${TRAILER}` } : round === 2 ? reply : { body: TRAILER };

interface Case {
  name: string;
  script: Script;
  /** How ours ends; absent: it is done without an error. */
  fails?: ErrorCode | readonly ErrorCode[];
  /** Artifacts that are there afterwards and were not before. */
  brings?: readonly string[];
  /** A delta is left without its source, which `fossil test-integrity` counts as errors, with stock as with us. */
  isDangling?: boolean;
  /** Fossil would need longer than anybody waits. */
  isTooMuchForStock?: boolean;
}

/** Card by card: test/unit/xfer/client-rows. */
const PULLS: Case[] = [
  { name: 'what it should', script: thenCards(file(NEW, 'hello')), brings: [NEW] },
  { name: 'no content for what it has named', script: thenCards('') },
  { name: 'content of another name', script: thenCards(file(NEW, 'evil!')), fails: 'hash-mismatch' },
  {
    name: 'good content before forged',
    script: thenCards(file(LATER, 'later') + file(NEW, 'evil!')),
    fails: 'hash-mismatch',
  },
  { name: 'another artifact than was asked for', script: thenCards(file(LATER, 'later')), brings: [LATER] },
  { name: 'what is here already', script: thenCards(file(NEW, 'hello') + file(NEW, 'hello')), brings: [NEW] },
  {
    name: 'a delta before its source',
    script: thenCards(delta(LATER, NEW, 'later') + file(NEW, 'hello')),
    brings: [NEW, LATER],
  },
  { name: 'a delta whose source never comes', script: thenCards(delta(LATER, NEW, 'later')), isDangling: true },
  {
    name: 'a delta of another content',
    script: thenCards(file(NEW, 'hello') + delta(LATER, NEW, 'evil!')),
    fails: 'hash-mismatch',
    brings: [],
  },
  {
    name: 'a forged delta whose source comes later',
    script: thenCards(delta(LATER, NEW, 'evil!') + file(NEW, 'hello')),
    brings: [NEW],
  },
  {
    name: 'a delta that is none',
    script: thenCards(file(NEW, 'hello') + file(`${LATER} ${NEW}`, 'nonsense')),
    fails: 'hash-mismatch',
  },
  { name: 'a delta of itself', script: thenCards(delta(NEW, NEW, 'hello')), fails: 'hash-mismatch' },
  {
    name: 'deltas of each other',
    script: thenCards(delta(NEW, LATER, 'hello') + delta(LATER, NEW, 'later')),
    fails: 'hash-mismatch',
  },
  {
    name: 'a container that tells 2 GB',
    script: thenCards(`cfile ${NEW} 5 ${HELLO.length}\n${packed('hello', 0x7fffffff).toString('latin1')}`),
    fails: 'container-malformed',
  },
  {
    name: 'a container that tells less',
    script: thenCards(`cfile ${NEW} 5 ${HELLO.length}\n${packed('hello', 4).toString('latin1')}`),
    fails: 'container-malformed',
  },
  { name: 'a container of garbage', script: thenCards(`cfile ${NEW} 5 9\n012345678`), fails: 'container-malformed' },
  {
    name: 'an artifact that it says is huge',
    script: thenCards(`cfile ${NEW} 2147483647 ${HELLO.length}\n${HELLO}`),
    fails: 'artifact-too-large',
  },
  {
    name: 'an artifact longer than the reply',
    script: thenCards(`file ${NEW} 99999\nhello`),
    fails: 'reply-truncated',
  },
  { name: 'a line of 10 MB', script: thenCards(`igot ${'x'.repeat(10_000_000)}\n`), fails: 'card-malformed' },
  { name: 'an error of 90 kB', script: thenCards(`error ${'\\sx'.repeat(30_000)}\n`), fails: 'server-error' },
  { name: 'an error that is no text', script: thenCards('error \xff\\0\\n%ff+%\n'), fails: 'server-error' },
  { name: 'a notice that is no text', script: thenCards(`message \xff\\0%zz\n${file(NEW, 'hello')}`), brings: [NEW] },
  {
    name: 'pragmas of the future',
    script: thenCards(`pragma x-y z\npragma server-version a b c\npragma uv-pull-only\n${file(NEW, 'hello')}`),
    brings: [NEW],
  },
  { name: 'private content that nobody asked for', script: thenCards(`private\n${file(NEW, 'hello')}`) },
  {
    name: 'unversioned files that nobody asked for',
    script: thenCards(`uvigot a 5 ${NEW} 5\nuvfile a 5 ${NEW} 5 0\nhello${file(NEW, 'hello')}`),
    brings: [NEW],
  },
  {
    name: 'users that nobody asked for',
    script: thenCards(`config /user 31\n9999999999 'evil' pw '' cap 's'\n${file(NEW, 'hello')}`),
    brings: [NEW],
  },
  { name: 'requests in a pull', script: thenCards(`gimme ${NEW}\n${file(NEW, 'hello')}`), brings: [NEW] },
  // Ways to never end.
  { name: 'the same name for ever', script: () => ({ body: `igot ${NEW}\n${TRAILER}` }) },
  {
    name: 'the same name and what is here already, for ever',
    script: () => ({ body: `${file(LATER, 'later')}igot ${NEW}\n${TRAILER}` }),
    fails: 'protocol',
    brings: [LATER],
  },
  {
    name: 'another name for ever',
    script: (round) => ({ body: `igot ${invented(round)}\n${TRAILER}` }),
    fails: 'protocol',
  },
  {
    name: 'a delta of another artifact, and so on',
    script: (round) => ({
      body: (round === 1 ? `igot ${invented(2)}\n` : delta(invented(round), invented(round + 1), 'later')) + TRAILER,
    }),
    fails: 'protocol',
    isDangling: true,
  },
  { name: 'requests for ever', script: () => ({ body: `gimme ${NEW}\n${TRAILER}` }) },
  // Replies as a whole.
  { name: 'nothing at all', script: () => ({ body: '' }) },
  { name: 'a container of nothing', script: () => ({ contentType: 'application/x-fossil', body: '\0\0\0\0' }) },
  {
    name: 'half a container',
    script: thenReply({ contentType: 'application/x-fossil', body: packed(file(NEW, 'hello')).subarray(0, 30) }),
    fails: 'container-malformed',
  },
  {
    name: 'garbage as a container',
    script: thenReply({ contentType: 'application/x-fossil', body: 'garbage garbage' }),
    fails: 'container-malformed',
  },
  {
    name: 'a container of 60 MB of line feeds',
    script: thenReply({ contentType: 'application/x-fossil', body: BOMB }),
    isTooMuchForStock: true,
  },
  { name: 'a web page as a reply', script: () => ({ body: '<!DOCTYPE html><html>Hello</html>' }), fails: 'not-fossil' },
  { name: 'a web page', script: () => ({ contentType: 'text/html', body: '<html>Hello</html>' }), fails: 'not-fossil' },
  {
    name: 'status 500',
    script: () => ({ status: 500, contentType: 'text/html', body: '<html>Broken</html>' }),
    fails: 'http-status',
  },
  {
    name: 'a redirect to itself',
    script: () => ({ status: 302, headers: { Location: '/' }, body: '' }),
    fails: ['redirect-refused', 'http-status'],
  },
  {
    name: 'less than it announced',
    script: thenReply({ body: file(NEW, 'hello'), length: 5000 }),
    fails: 'reply-truncated',
    brings: [NEW],
  },
  {
    name: 'no length and no end',
    script: thenReply({ body: file(NEW, 'hello'), length: 'none' }),
    fails: 'reply-truncated',
    brings: [NEW],
  },
];

describe('What a hostile server sends', function () {
  this.timeout(120_000);
  let base: HostileBase;
  let server: ScriptedServer;

  before(async () => {
    base = await HostileBase.create();
    server = await ScriptedServer.start();
  });
  after(async () => {
    await server.stop();
    await base.remove();
  });

  const endless =
    (script: Script, rounds = ROUNDS): Script =>
    (round, message) =>
      round > rounds ? { status: 500, contentType: 'text/html', body: 'for ever' } : script(round, message);

  /** @returns whether it ended by itself */
  async function pullWithStock(name: string): Promise<boolean> {
    const { fixture } = base;
    const pull = ['fossil', 'pull', server.url, '--once', '-R', fixture.path(name)];
    const { code } = await launch('timeout', ['--signal=KILL', String(STOCK_PATIENCE), ...pull], {
      env: { PATH: process.env['PATH'], HOME: fixture.sandbox.directory, USER: 'tester', TZ: 'UTC' },
    });
    // By a signal, be it of the timeout or its own.
    return code < 128 && server.rounds <= STOCK_ROUNDS;
  }

  async function pull(name: string, push = false): Promise<EngineError | undefined> {
    const repository = base.fixture.open(name);
    try {
      await synchronize(repository, httpTransport({ variables: {} }), parseRemote(server.url), { pull: !push, push });
      return undefined;
    } catch (error) {
      assert.ok(error instanceof EngineError, String(error));
      return error;
    } finally {
      repository.close();
    }
  }

  const artifactsAfter = (name: string): string[] => {
    const before = base.artifacts();
    return base.artifacts(name).filter((hash) => !before.includes(hash));
  };

  for (const { name, script, fails, brings = [], isDangling, isTooMuchForStock } of PULLS) {
    const ending = fails === undefined ? 'is borne' : `ends in ${String(fails)}`;
    it(`in a pull, ${name}, ${ending}, and the repository stays whole`, async () => {
      await base.copyTo('ours.fossil', 'stock.fossil');
      server.play(endless(script, STOCK_ROUNDS));
      const stockEnds = isTooMuchForStock !== true && (await pullWithStock('stock.fossil'));
      server.play(endless(script));
      const error = await pull('ours.fossil');
      assert.ok(server.rounds <= ROUNDS, 'goes on for ever');
      const codes: readonly (ErrorCode | undefined)[] = typeof fails === 'object' ? fails : [fails];
      assert.ok(codes.includes(error?.code), `${error?.code ?? 'no error'}: ${error?.message ?? ''}`);
      if (error !== undefined) assert.match(error.message, /^\P{Cc}{10,400}$/u);
      const errors = await base.errorsIn('ours.fossil');
      if (isDangling === true) assert.ok(errors > 0);
      else {
        assert.equal(errors, 0);
        assert.deepEqual(artifactsAfter('ours.fossil'), [...brings].sort());
      }
      // Whoever is not stopped by the same has got no more of it, unless what it has got is not whole.
      if (stockEnds && (await base.errorsIn('stock.fossil')) === 0)
        for (const hash of artifactsAfter('stock.fossil'))
          assert.ok(artifactsAfter('ours.fossil').includes(hash), `stock has ${hash}`);
      assert.deepEqual(base.column("SELECT login FROM user WHERE login='evil'", 'ours.fossil'), []);
    });
  }

  it('in a pull, what it sends without being asked for is taken as long as something of it can be read', async () => {
    await base.copyTo('ours.fossil');
    const repository = base.fixture.open('ours.fossil');
    repository.transaction(() => repository.config.set(`trilobite-seen:${server.url}`, 'token'));
    repository.close();
    const plan = (index: number): string => `pragma trilobite-sending 1 plan ${index}\n`;
    const sendingOn = (round: number): string =>
      `${plan(round)}pragma trilobite-to-come 1 ${1_000_000 - round} 1000\n` +
      `${delta(invented(round), invented(round + 1), 'later')}${plan(round + 1)}`;
    server.play(endless((round) => ({ body: sendingOn(round) + TRAILER })));
    const error = await pull('ours.fossil');
    assert.equal(error?.code, 'protocol');
    assert.match(error.message, /sends none of them whole/);
    assert.ok(server.rounds > 20 && server.rounds <= ROUNDS, String(server.rounds));
  });

  it('what it wants to have back comes back with every message, also in later syncs', async () => {
    await base.copyTo('ours.fossil');
    const told: string[] = [];
    server.play(
      endless((round, message) => {
        told.push(/^cookie .*$/m.exec(message)?.[0] ?? 'none');
        return { body: (round === 1 ? `cookie abc\nigot ${NEW}\n` : '') + TRAILER };
      }),
    );
    assert.equal(await pull('ours.fossil'), undefined);
    assert.equal(await pull('ours.fossil'), undefined);
    assert.deepEqual([told[0], told.length > 2, ...new Set(told.slice(1))], ['none', true, 'cookie abc']);
  });

  it('in a push, requests for ever are answered once, and for what is not there or private never', async () => {
    await base.copyTo('ours.fossil');
    const [known = '', hidden = ''] = base.artifacts('ours.fossil');
    await base.fixture.sandbox.sql(
      base.fixture.path('ours.fossil'),
      `INSERT INTO private SELECT rid FROM blob WHERE uuid='${hidden}'; DELETE FROM unclustered; DELETE FROM unsent;`,
    );
    const sent: string[] = [];
    server.play(
      endless((_round, message) => {
        sent.push(...(message.match(/^c?file [0-9a-f]{64}/gm) ?? []));
        return { body: `gimme ${known}\ngimme ${hidden}\ngimme ${NEW}\n${TRAILER}` };
      }),
    );
    assert.equal(await pull('ours.fossil', true), undefined);
    // Once more, for the first may not have been kept.
    assert.deepEqual(new Set(sent), new Set([`file ${known}`]));
    assert.ok(sent.length <= 2);
    assert.ok(server.rounds <= 3);
  });

  it('in a push, a reply that breaks off leaves everything to be sent again', async () => {
    await base.copyTo('ours.fossil');
    const unsent = (): string[] => base.column('SELECT rid FROM unsent', 'ours.fossil');
    await base.fixture.sandbox.sql(
      base.fixture.path('ours.fossil'),
      'INSERT OR IGNORE INTO unsent SELECT rid FROM blob;',
    );
    const before = unsent();
    assert.ok(before.length > 0);
    for (const reply of [
      { body: '', length: 100 },
      { body: 'pragma', length: 'none' },
      { status: 400, contentType: 'text/html', body: 'no' },
      { body: `error no\n${TRAILER}` },
      { body: `bogus\n${TRAILER}` },
    ] as const) {
      server.play(() => reply);
      assert.notEqual(await pull('ours.fossil', true), undefined);
      assert.deepEqual(unsent(), before);
    }
  });
});
