import assert from 'node:assert/strict';
import { link, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { CertificateAnswer } from '../../../src/engine/xfer/transport';
import { cloneRepository } from '../../../src/engine/operations/clone';
import type { Interaction } from '../../../src/engine/operations/interaction';
import { repositoryHandlers } from '../../../src/engine/operations/serve';
import { syncRepository } from '../../../src/engine/operations/sync';
import { transportFor } from '../../../src/engine/operations/transports';
import { EngineError, type ErrorCode } from '../../../src/engine/errors';
import { canonicalUrl, parseRemote } from '../../../src/engine/xfer/remote';
import { bundleProgram } from '../../support/bundled-program';
import { CertificateMaker } from '../../support/certificates';
import { FakeSsh } from '../../support/fake-ssh';
import { drivers } from '../checkout/fossil-fixture';
import { XferFixture } from './xfer-fixture';

for (const driver of drivers) {
  describe(`Ways to another repository (${driver})`, () => {
    let fixture: XferFixture;
    let ssh: FakeSsh;
    before(async () => {
      fixture = await XferFixture.create(driver);
      const program = await bundleProgram('src/cli.ts', fixture.sandbox.directory);
      const trilobite = `exec '${process.execPath}' '${program}' "$@" --driver ${driver} --portable-writes`;
      ssh = await FakeSsh.make(await mkdtemp(fixture.path('ssh-')), { programs: { trilobite } });
      await fixture.newRepository('far.fossil');
      await commit('far.fossil', 'one');
    });
    after(() => fixture.remove());

    const nobody: Interaction = {
      questions: {
        credentials: () => assert.fail('asked for a login'),
        userName: () => Promise.resolve('tester'),
        allowPortableWrites: () => Promise.resolve(true),
      },
    };
    const transport = () => transportFor(fixture.environment, { variables: ssh.variables });

    /** A check-in with one file, made by fossil. */
    async function commit(repository: string, name: string): Promise<void> {
      const checkout = await mkdtemp(fixture.path('checkout-'));
      const inside = { cwd: checkout };
      await fixture.sandbox.fossil(['open', fixture.path(repository), '--force', '--nosync'], inside);
      await fixture.sandbox.fossil(['settings', 'autosync', 'off'], inside);
      await fixture.environment.fs.write(join(checkout, name), Buffer.from(`content of ${name}\n`));
      await fixture.sandbox.fossil(['add', name], inside);
      await fixture.sandbox.fossil(['commit', '-m', `adds ${name}`, '--no-warnings'], inside);
      await fixture.sandbox.fossil(['close', '--force'], inside);
      await rm(checkout, { recursive: true });
    }

    async function artifacts(repository: string): Promise<string[]> {
      return fixture.sandbox.sql(fixture.path(repository), 'SELECT uuid FROM blob WHERE size>=0 ORDER BY uuid;');
    }

    const clone = (url: string, name: string) =>
      cloneRepository(fixture.environment, transport(), { url, path: fixture.path(name) }, nobody);
    const sync = (name: string, url?: string) =>
      syncRepository(
        fixture.environment,
        transport(),
        { repository: fixture.path(name), direction: 'sync', ...(url === undefined ? {} : { url }) },
        nobody,
      );

    const ways: [what: string, url: (path: string) => string][] = [
      ['over ssh to fossil', (path) => `ssh://somebody@far.example/${path}`],
      ['over ssh to trilobite', (path) => `ssh://somebody@far.example/${path}?fossil=trilobite`],
      ['with a file', (path) => `file://${path}`],
    ];
    for (const [what, url] of ways) {
      it(`clones, pulls and pushes ${what}, and remembers the address as fossil would`, async () => {
        const [far, name] = [`far ${what}.fossil`, `near ${what}.fossil`];
        await fixture.fossil('clone', fixture.path('far.fossil'), fixture.path(far), '--no-open');
        const address = url(fixture.path(far).replaceAll(' ', '%20'));
        assert.equal((await clone(address, name)).unresolved.length, 0);
        assert.deepEqual(await artifacts(name), await artifacts(far));
        await commit(far, 'from afar');
        await commit(name, 'from here');
        const outcome = await sync(name);
        assert.ok(outcome.received >= 2 && outcome.sent >= 2, outcome.summary);
        assert.deepEqual(await artifacts(name), await artifacts(far));
        assert.equal((await sync(name)).roundTrips, 1);
        await fixture.fossil('test-integrity', '-R', fixture.path(far));
        const remembered = (await fixture.fossil('remote', '-R', fixture.path(name))).trim();
        assert.equal(remembered, canonicalUrl(parseRemote(address)));
      });
    }

    it('over ssh runs one fossil for a whole sync, and shows it no login', async () => {
      const calls = await ssh.calls();
      await clone(`ssh://somebody@far.example/${fixture.path('far.fossil')}`, 'once.fossil');
      const [call, ...others] = (await ssh.calls()).slice(calls.length);
      assert.deepEqual(others, []);
      assert.deepEqual(call?.slice(-3), [
        '--',
        'somebody@far.example',
        `fossil test-http ${fixture.path('far.fossil')}`,
      ]);
    });

    it('over ssh runs one trilobite for a whole sync, which tells what the far end holds', async () => {
      const calls = await ssh.calls();
      const url = `ssh://somebody@far.example/${fixture.path('far.fossil')}?fossil=trilobite`;
      const totals = new Set<number | undefined>();
      const interaction: Interaction = { ...nobody, onProgress: ({ artifacts }) => totals.add(artifacts.total) };
      const request = { url, path: fixture.path('told.fossil') };
      await cloneRepository(fixture.environment, transport(), request, interaction);
      const far = (await artifacts('far.fossil')).length;
      assert.ok(totals.has(far), `${far} is none of ${[...totals].join(' ')}`);
      const [call, ...others] = (await ssh.calls()).slice(calls.length);
      assert.deepEqual(others, []);
      assert.equal(call?.at(-1), `trilobite serve --stdio ${fixture.path('far.fossil')}`);
    });

    it('over ssh says what trilobite says of a file that is no repository', async () => {
      const url = `ssh://far/${fixture.path('missing.fossil')}?fossil=trilobite`;
      await fails(clone(url, 'nothing.fossil'), 'ssh-failed', /missing\.fossil/);
    });

    it('over ssh says what fossil says of a file that is no repository', async () => {
      await fails(
        clone(`ssh://far/${fixture.path('missing.fossil')}`, 'nothing.fossil'),
        'ssh-failed',
        /missing\.fossil/,
      );
    });

    it('with a file says that there is none, or that it is no repository', async () => {
      await fails(clone(fixture.path('missing.fossil'), 'nothing.fossil'), 'file-missing', /missing\.fossil/);
      await fixture.environment.fs.write(
        fixture.path('text.fossil'),
        Buffer.from('not a database, but long enough to be read as one'),
      );
      await fails(clone(fixture.path('text.fossil'), 'nothing.fossil'), 'not-a-repository', /text\.fossil/);
      assert.equal(await fixture.environment.fs.status(fixture.path('nothing.fossil')), undefined);
    });

    it('never lead a repository to itself, by whatever name', async () => {
      await fixture.fossil('clone', fixture.path('far.fossil'), fixture.path('own.fossil'), '--no-open');
      await link(fixture.path('own.fossil'), fixture.path('hard.fossil'));
      await symlink(fixture.path('own.fossil'), fixture.path('soft.fossil'));
      for (const name of ['own.fossil', 'hard.fossil', 'soft.fossil'])
        await fails(sync('own.fossil', `file://${fixture.path(name)}`), 'usage', /is this repository itself/);
      await fixture.fossil('test-integrity', '-R', fixture.path('own.fossil'));
    });

    for (const url of [
      'ssh://Bob%40x@Host.ORG:2222/a%20b/c+d.fossil?fossil=%2Fusr%2Fbin%2Ffossil',
      'ssh://h:22//abs/x~y$z.fossil',
      'ssh://h/%C3%A4&x;y',
    ]) {
      it(`spell ${url} as fossil does`, async () => {
        const checkout = await mkdtemp(fixture.path('spelling-'));
        await fixture.sandbox.fossil(['open', fixture.path('far.fossil'), '--force'], { cwd: checkout });
        const shown = await fixture.sandbox.fossil(['test-urlparser', url], { cwd: checkout });
        assert.equal(canonicalUrl(parseRemote(url)), /g\.url\.canonical += (.*)/.exec(shown)?.[1]);
      });
    }

    it('over TLS remember a certificate as fossil does: what either was told to trust, the other trusts', async () => {
      const maker = new CertificateMaker(await mkdtemp(fixture.path('tls-')));
      const { certificate, key } = await maker.selfSigned('DNS:localhost');
      const repository = fixture.open('far.fossil');
      const handlers = repositoryHandlers(repository);
      const server = createServer({ cert: certificate, key }, (request, response) => {
        const pieces: Buffer[] = [];
        request.on('data', (piece: Buffer) => pieces.push(piece));
        request.on('end', () => {
          const contentType = request.headers['content-type'] ?? '';
          void Promise.resolve(handlers.xfer({ contentType, body: Buffer.concat(pieces) })).then(
            (reply) =>
              response
                .writeHead(reply.status, { 'Content-Type': reply.contentType, 'Content-Length': reply.body.length })
                .end(reply.body),
            () => response.destroy(),
          );
        });
      });
      const sockets = new Set<Socket>();
      server.on('connection', (socket: Socket) => sockets.add(socket)).on('tlsClientError', () => undefined);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
        await assert.rejects(fixture.fossil('clone', url, fixture.path('untrusting.fossil'), '--no-open'));
        const answers: CertificateAnswer[] = ['no', 'always'];
        const certificateOf = () => Promise.resolve(answers.shift() ?? assert.fail('asked again'));
        const user = { questions: { ...nobody.questions, certificate: certificateOf } };
        const attempt = (name: string) =>
          cloneRepository(fixture.environment, transport(), { url, path: fixture.path(name) }, user);
        await fails(attempt('trusting.fossil'), 'tls-failed', /self-signed/);
        await attempt('trusting.fossil');
        assert.equal((await sync('trusting.fossil')).roundTrips, 1);
        // The portable driver rewrites no file that others use: it keeps the word in the clone, where fossil looks first.
        const own = driver === 'portable' ? ['-R', fixture.path('trusting.fossil')] : [];
        if (own.length === 0) await fixture.fossil('clone', url, fixture.path('fossil-trusts.fossil'), '--no-open');
        else await fixture.fossil('pull', ...own);
      } finally {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
        repository.close();
      }
    });

    async function fails(work: Promise<unknown>, code: ErrorCode, sentence: RegExp): Promise<void> {
      await assert.rejects(work, (error: unknown) => {
        assert.ok(error instanceof EngineError, String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, sentence);
        return true;
      });
    }
  });
}
