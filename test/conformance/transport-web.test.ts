import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  createServer as createSocketServer,
  type AddressInfo,
  type Server as SocketServer,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { TLSSocket } from 'node:tls';
import { textOf, utf8 } from '../../src/engine/codec/utf8';
import { EngineError, type ErrorCode, hasCode } from '../../src/engine/errors';
import { type HttpOptions, httpTransport } from '../../src/engine/transport/http';
import { parseRemote } from '../../src/engine/xfer/remote';
import type {
  CertificateAnswer,
  CertificateQuestion,
  ConnectionContext,
  Session,
} from '../../src/engine/xfer/transport';
import { type Certificate, CertificateMaker } from '../support/certificates';
import { freePort } from '../support/fossil-server';
import { TestProxy } from '../support/test-proxy';
import { bytesOf } from './transport-suite';

const TYPE = 'application/x-fossil-debug';

/** A context in which nobody is there, but for what a test puts in. */
function contextWith(parts: Partial<ConnectionContext>): ConnectionContext {
  return {
    sends: true,
    setting: () => undefined,
    certificate: () => Promise.resolve('no'),
    httpLogin: () => undefined,
    askHttpLogin: () => Promise.resolve(undefined),
    keepHttpLogin: () => undefined,
    allowPortableWrites: () => Promise.resolve(false),
    ...parts,
  };
}

describe('The web between client and server', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    mock.restoreAll();
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function listen(server: Server | SocketServer, host = '127.0.0.1'): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, host, resolve);
    });
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  const answering: RequestListener = (request, response) => {
    response.writeHead(200, { 'Content-Type': TYPE });
    request.pipe(response);
  };

  async function proxy(options: Parameters<typeof TestProxy.start>[0] = {}): Promise<TestProxy> {
    const started = await TestProxy.start(options);
    closing.push(() => started.stop());
    return started;
  }

  async function ask(url: string, options: Partial<HttpOptions> = {}, context?: ConnectionContext): Promise<string> {
    const session = await httpTransport({ variables: {}, ...options }).open(parseRemote(url), context);
    try {
      return textOf(await bytesOf(await session.exchange({ contentType: TYPE, body: () => utf8('hello') })));
    } finally {
      await session.close();
    }
  }

  /** Fails with a sentence for users, without a password. */
  async function fails(work: Promise<unknown>, code: ErrorCode, sentence: RegExp): Promise<void> {
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof EngineError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, sentence);
      assert.doesNotMatch(error.message, /secret|ECONN|ERR_/);
      return true;
    });
  }

  describe('proxies', () => {
    it('say clearly when they want a password: for plain requests and for tunnels', async () => {
      const { port } = await proxy({ login: 'me:secret' });
      for (const url of ['http://one.invalid/', 'https://one.invalid/']) {
        for (const login of ['', 'me:wrong@'])
          await fails(
            ask(url, { proxy: `http://${login}127.0.0.1:${port}` }),
            'proxy-failed',
            /proxy 127\.0\.0\.1:\d+ wants a user name and a password/,
          );
      }
    });

    it('get the password of their address, decoded, in a header alone', async () => {
      const target = await listen(createServer(answering));
      const gate = await proxy({ login: 'me:se%cret@', isGateway: true });
      const address = gate.url('me:se%25cret%40@');
      assert.equal(await ask(`http://one.invalid:${target}/a`, { proxy: address }), 'hello');
      assert.deepEqual(gate.asked, [`POST http://one.invalid:${target}/a HTTP/1.1`]);
    });

    it('say which server they do not lead to', async () => {
      const gate = await proxy({ status: 502 });
      await fails(
        ask('https://one.invalid/', { proxy: gate.url() }),
        'proxy-failed',
        /does not lead to one\.invalid:443: .*502/,
      );
    });

    it('are named when they cannot be reached', async () => {
      const port = await freePort();
      await fails(
        ask('https://one.invalid/', { proxy: `127.0.0.1:${port}` }),
        'connection-refused',
        /^The proxy 127\.0\.0\.1:\d+ refused/,
      );
    });

    it('are asked for the name, so that nothing here has to know it', async () => {
      const target = await listen(createServer(answering));
      const gate = await proxy({ isGateway: true });
      assert.equal(await ask(`http://unknown.invalid:${target}/`, { variables: { HTTP_PROXY: gate.url() } }), 'hello');
    });
  });

  describe('certificates', () => {
    let directory: string;
    let maker: CertificateMaker;
    let authority: Certificate;
    let good: Certificate;
    let own: Certificate;
    let expired: Certificate;
    let foreign: Certificate;
    let client: Certificate;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'trilobite-web-'));
      maker = new CertificateMaker(directory);
      authority = await maker.selfSigned();
      good = await maker.issued(authority, 'DNS:localhost,IP:127.0.0.1');
      own = await maker.selfSigned('DNS:localhost,IP:127.0.0.1');
      expired = await maker.issued(authority, 'DNS:localhost,IP:127.0.0.1', { days: 0 });
      foreign = await maker.issued(authority, 'DNS:elsewhere.example');
      client = await maker.issued(authority, 'DNS:me');
    });
    after(() => rm(directory, { recursive: true }));

    async function serve({ certificate, key }: Certificate, listener = answering, options = {}): Promise<string> {
      const server = createTlsServer({ cert: certificate, key, ...options }, listener);
      return `https://127.0.0.1:${await listen(server.on('tlsClientError', () => undefined))}/`;
    }

    /** A user who gives one answer, and the questions that came. */
    function user(answer: CertificateAnswer, settings: Record<string, string> = {}) {
      const questions: CertificateQuestion[] = [];
      const context = contextWith({
        setting: (name) => settings[name],
        certificate: (question) => {
          questions.push(question);
          return Promise.resolve(answer);
        },
      });
      return { questions, context };
    }

    it('of an own authority count where the setting or the variables name it, as a file or a directory', async () => {
      const url = await serve(good);
      await fails(ask(url), 'tls-failed', /issued by somebody this computer does not trust/);
      const file = authority.certificateFile;
      const extra = { variables: { NODE_EXTRA_CA_CERTS: file } };
      assert.equal(await ask(url, extra), 'hello');
      assert.equal(await ask(url, { variables: { SSL_CERT_FILE: file } }), 'hello');
      for (const place of [file, directory]) {
        const { context, questions } = user('no', { 'ssl-ca-location': place });
        assert.equal(await ask(url, {}, context), 'hello');
        assert.deepEqual(questions, []);
      }
      const { context } = user('no', { 'ssl-ca-location': join(directory, 'missing') });
      await fails(ask(url, {}, context), 'file-access', /ssl-ca-location/);
    });

    const problems: [what: string, certificate: () => Certificate, problem: RegExp][] = [
      ['self-signed', () => own, /is self-signed/],
      ['unknown', () => good, /issued by somebody/],
      ['expired', () => expired, /has expired/],
      ['for another host', () => foreign, /belongs to another host/],
    ];
    for (const [what, certificate, problem] of problems) {
      it(`that are ${what} are shown to the user, and refused or taken as the user says`, async () => {
        const options = what === 'unknown' ? {} : { certificates: [authority.certificate] };
        const url = await serve(certificate());
        await fails(ask(url, options), 'tls-failed', problem);
        for (const answer of ['once', 'always'] as const) {
          const { questions, context } = user(answer);
          assert.equal(await ask(url, options, context), 'hello');
          assert.equal(questions.length, 1);
          assert.match(questions[0]!.problem, problem);
          assert.equal(questions[0]!.host, '127.0.0.1');
          assert.match(questions[0]!.fingerprint, /^[0-9a-f]{64}$/);
          assert.match(questions[0]!.subject, /CN=localhost/);
        }
        const { context } = user('no');
        await fails(ask(url, options, context), 'tls-failed', problem);
      });
    }

    it('are asked about once in a session, and not at all when remembered', async () => {
      const url = await serve(own);
      const { questions, context } = user('once');
      const session = await httpTransport({ variables: {} }).open(parseRemote(url), context);
      closing.push(() => session.close());
      for (let round = 0; round < 3; round++)
        await bytesOf(await session.exchange({ contentType: TYPE, body: () => utf8('x') }));
      assert.equal(questions.length, 1);
      const remembered = user('no', { 'cert:127.0.0.1': questions[0]!.fingerprint });
      assert.equal(await ask(url, {}, remembered.context), 'hello');
      assert.deepEqual(remembered.questions, []);
      const changed = user('no', { 'cert:127.0.0.1': '0'.repeat(64) });
      await fails(ask(url, {}, changed.context), 'tls-failed', /self-signed/);
      assert.equal(changed.questions.length, 1);
    });

    it('are asked about once when the user says no, by whatever is tried next', async () => {
      const { questions, context } = user('no');
      const session = await httpTransport({ variables: {} }).open(parseRemote(await serve(own)), context);
      closing.push(() => session.close());
      assert.equal(await session.fetchJson('/json/stat'), undefined);
      await fails(session.exchange({ contentType: TYPE, body: () => utf8('x') }), 'tls-failed', /self-signed/);
      assert.equal(questions.length, 1);
    });

    it('are asked about before anything is sent', async () => {
      let requests = 0;
      const url = await serve(own, (_, response) => {
        requests++;
        response.end();
      });
      await fails(ask(url, {}, user('no').context), 'tls-failed', /self-signed/);
      assert.equal(requests, 0);
    });

    it('are asked about for as long as the user thinks, whatever is waited for no longer', async () => {
      const url = await serve(own, (_, response) => void response.end('{"artifacts":3}'));
      const deadlines: AbortController[] = [];
      mock.method(AbortSignal, 'timeout', () => deadlines[deadlines.push(new AbortController()) - 1]?.signal);
      const context = contextWith({
        certificate: () => {
          deadlines[0]?.abort();
          return Promise.resolve('once');
        },
      });
      const session = await httpTransport({ variables: {} }).open(parseRemote(url), context);
      closing.push(() => session.close());
      assert.deepEqual(await session.fetchJson('/json/stat'), { artifacts: 3 });
    });

    it('are asked about without what a terminal would obey', async () => {
      const url = await serve(await maker.selfSigned('IP:127.0.0.1', 'good\u001b[2K'));
      const { questions, context } = user('no');
      await fails(ask(url, {}, context), 'tls-failed', /If it is the right one, .*ssl-ca-location/);
      assert.deepEqual([questions[0]?.subject, questions[0]?.issuer], ['CN=good [2K', 'CN=good [2K']);
    });

    it('are asked about when the server is only met, and then no more; without TLS there is nothing to ask', async () => {
      let requests = 0;
      const counting = (request: IncomingMessage, response: ServerResponse): void => {
        requests++;
        answering(request, response);
      };
      const url = await serve(own, counting);
      const met = async (answer: CertificateAnswer): Promise<[Session, CertificateQuestion[]]> => {
        const { questions, context } = user(answer);
        const session = await httpTransport({ variables: {} }).open(parseRemote(url), context);
        closing.push(() => session.close());
        return [session, questions];
      };
      const [refusing, asked] = await met('no');
      await fails(refusing.greet!(), 'tls-failed', /self-signed/);
      assert.deepEqual([requests, asked.length], [0, 1]);
      const [trusting, questions] = await met('once');
      await trusting.greet!();
      assert.deepEqual([requests, questions.length], [0, 1]);
      await bytesOf(await trusting.exchange({ contentType: TYPE, body: () => utf8('x') }));
      assert.deepEqual([requests, questions.length], [1, 1]);
      await (
        await httpTransport({ variables: {} }).open(parseRemote('http://127.0.0.1:1/'))
      ).greet!();
    });

    it("behind a proxy are asked about with the server's name", async () => {
      const url = (await serve(own)).replace('127.0.0.1', 'hidden.invalid');
      const gate = await proxy({ isGateway: true });
      const { questions, context } = user('once');
      assert.equal(await ask(url, { proxy: gate.url() }, context), 'hello');
      assert.equal(questions[0]?.host, 'hidden.invalid');
    });

    it('of the user are shown to servers that want one', async () => {
      const seen: string[] = [];
      const url = await serve(
        good,
        (request, response) => {
          assert.ok(request.socket instanceof TLSSocket);
          seen.push(String(request.socket.getPeerCertificate().subject.CN));
          answering(request, response);
        },
        { requestCert: true, ca: authority.certificate },
      );
      const options = { certificates: [authority.certificate] };
      const identity = join(directory, 'identity.pem');
      await writeFile(identity, client.key + client.certificate);
      assert.equal(await ask(url, { ...options, identity }), 'hello');
      assert.equal(await ask(url, options, user('no', { 'ssl-identity': identity }).context), 'hello');
      assert.deepEqual(seen, ['localhost', 'localhost']);
      await fails(ask(url, { ...options, identity: client.certificateFile }), 'file-access', /ssl-identity/);
      await fails(ask(url, { ...options, identity: join(directory, 'missing') }), 'file-access', /ssl-identity/);
    });

    it('of the user are asked for in words when the server insists', async () => {
      const port = await freePort();
      const files = ['-cert', good.certificateFile, '-key', good.keyFile, '-CAfile', authority.certificateFile];
      const insisting = ['-Verify', '1', '-verify_return_error', '-tls1_2', '-quiet'];
      const server = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, ...files, ...insisting]);
      const ended = new Promise((resolve) => server.once('exit', resolve));
      closing.push(async () => {
        server.kill();
        await ended;
      });
      const options = { certificates: [authority.certificate] };
      const failure = async (): Promise<unknown> =>
        ask(`https://127.0.0.1:${port}/`, options).catch((error: unknown) => error);
      let error = await failure();
      while (hasCode(error, 'connection-refused')) error = await failure();
      assert.ok(error instanceof Error);
      await fails(Promise.reject(error), 'tls-failed', /wants a certificate of yours.*"ssl-identity"/);
    });
  });

  describe('the login of a web server', () => {
    /** A server that wants HTTP Basic, and what it was sent. */
    async function guarded(
      login: string,
      realm = 'The \\"Gate\\"',
    ): Promise<{ url: string; seen: (string | undefined)[] }> {
      const seen: (string | undefined)[] = [];
      const wanted = `Basic ${Buffer.from(login).toString('base64')}`;
      const port = await listen(
        createServer((request: IncomingMessage, response) => {
          seen.push(request.headers.authorization);
          if (request.headers.authorization === wanted) answering(request, response);
          else response.writeHead(401, { 'WWW-Authenticate': `Basic realm="${realm}"` }).end();
        }),
      );
      return { url: `http://127.0.0.1:${port}/x`, seen };
    }

    it('is asked for by its realm, kept when it was right, and used at once the next time', async () => {
      const { url, seen } = await guarded('gate:keeper');
      const asked: unknown[] = [];
      const kept: string[][] = [];
      const answers = [
        { user: 'gate', password: 'wrong' },
        { user: 'gate', password: 'keeper' },
      ];
      const context = contextWith({
        askHttpLogin: (question) => {
          asked.push(question);
          return Promise.resolve(answers.shift());
        },
        keepHttpLogin: (...login) => kept.push(login),
      });
      assert.equal(await ask(url, {}, context), 'hello');
      assert.deepEqual(asked, [
        { url, realm: 'The "Gate"', wasRefused: false },
        { url, realm: 'The "Gate"', wasRefused: true },
      ]);
      assert.deepEqual(kept, [[url, 'gate:keeper']]);
      assert.equal(seen.length, 3);
      assert.equal(await ask(url, {}, contextWith({ httpLogin: () => 'gate:keeper' })), 'hello');
      assert.equal(seen.length, 4);
    });

    it('is asked for without what a terminal would obey, and by no more than the beginning of its realm', async () => {
      const { url } = await guarded('gate:keeper', `Gate\u009b2J${'e'.repeat(1000)}`);
      const realms: string[] = [];
      const context = contextWith({
        askHttpLogin: ({ realm }) => {
          realms.push(realm);
          return Promise.resolve(undefined);
        },
      });
      await assert.rejects(ask(url, {}, context));
      assert.deepEqual(realms, [`Gate 2J${'e'.repeat(73)}…`]);
    });

    it('goes with the first request where the user has named it, and is kept once it was right', async () => {
      const { url, seen } = await guarded('gate:keeper');
      const kept: string[][] = [];
      const context = contextWith({ keepHttpLogin: (...login) => kept.push(login) });
      assert.equal(await ask(url, { login: 'gate:keeper' }, context), 'hello');
      assert.equal(seen.length, 1);
      assert.deepEqual(kept, [[url, 'gate:keeper']]);
      await fails(ask(url, { login: 'gate:wrong' }, context), 'http-status', /wants a user name and a password/);
      assert.equal(kept.length, 1);
    });

    it('stays with the server that the user has named it for', async () => {
      const { url, seen } = await guarded('gate:keeper');
      const port = await listen(createServer((_, response) => response.writeHead(302, { Location: url }).end()));
      const wanted = { login: 'gate:keeper' };
      await fails(ask(`http://127.0.0.1:${port}/`, wanted, contextWith({})), 'http-status', /wants a user name/);
      assert.deepEqual(seen, [undefined]);
    });

    it('is never what was made of a password for Fossil', async () => {
      const { url, seen } = await guarded('gate:keeper');
      await assert.rejects(ask(url.replace('://', `://gate:${'a'.repeat(40)}@`), {}, contextWith({})));
      assert.deepEqual(seen, [undefined]);
    });

    it('is refused after two wrong answers, and when nobody answers', async () => {
      const { url } = await guarded('gate:keeper');
      let count = 0;
      const wrong = contextWith({
        askHttpLogin: () => Promise.resolve({ user: 'gate', password: `wrong ${++count}` }),
        keepHttpLogin: () => assert.fail('kept'),
      });
      await fails(ask(url, {}, wrong), 'password-needed', /wants a user name/);
      assert.equal(count, 2);
      await fails(ask(url, {}, contextWith({})), 'http-status', /password of its own .*, and none was given/);
      await fails(ask(url, { login: 'gate:wrong' }, contextWith({})), 'http-status', /did not accept those it got/);
    });

    it('never gets the password of Fossil in clear over the network', async () => {
      const seen: (string | undefined)[] = [];
      const port = await listen(
        createServer((request, response) => {
          seen.push(request.headers.authorization);
          response.writeHead(401).end();
        }),
      );
      const gate = await proxy({ isGateway: true });
      await assert.rejects(ask(`http://bob:secret@somewhere.invalid:${port}/`, { proxy: gate.url() }));
      assert.deepEqual(seen, [undefined]);
    });
  });

  describe('addresses of version 6', () => {
    it('are reached, and left out when only version 4 is wanted', async function () {
      const server = createServer(answering);
      const port = await listen(server, '::1').catch(() => undefined);
      if (port === undefined) this.skip();
      assert.equal(await ask(`http://[::1]:${port}/`), 'hello');
      await assert.rejects(ask(`http://localhost:${port}/`, { family: 4 }), EngineError);
    });

    it('are passed over where nobody listens on them', async () => {
      const port = await listen(createServer(answering));
      assert.equal(await ask(`http://localhost:${port}/`), 'hello');
    });
  });

  it('is given up when connecting takes too long', async () => {
    // A proxy that takes the connection and never answers.
    const port = await listen(createSocketServer(() => undefined));
    const options = { proxy: `http://127.0.0.1:${port}`, timeouts: { connect: 200 } };
    await fails(ask('https://one.invalid/', options), 'connection-refused', /^The proxy .* did not answer in time/);
  });
});
