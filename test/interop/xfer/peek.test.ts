import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { peek, type PeekOutcome } from '../../../src/engine/operations/peek';
import { serveRepository } from '../../../src/engine/operations/serve';
import { httpTransport } from '../../../src/engine/transport/http';
import type { CertificateAnswer } from '../../../src/engine/xfer/transport';
import { CertificateMaker } from '../../support/certificates';
import { HoldingProxy } from '../../support/holding-proxy';
import { addBob, XferFixture } from './xfer-fixture';

describe('A peek at what a sync would move', function () {
  this.timeout(120_000);
  let fixture: XferFixture;
  /** What `diverged` makes, made once. */
  let pair: Record<'server' | 'clone', Uint8Array> | undefined;
  const closing: (() => Promise<void> | void)[] = [];
  beforeEach(async () => (fixture = await XferFixture.create()));
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await fixture.remove();
  });

  async function commit(repository: string, comment: string, files: Record<string, string>): Promise<void> {
    const directory = fixture.path(`${repository}.${comment}`);
    await mkdir(directory);
    const run = (...args: string[]): Promise<string> => fixture.sandbox.fossil(args, { cwd: directory });
    await run('open', '--nosync', fixture.path(repository));
    await run('settings', 'autosync', 'off');
    for (const [name, content] of Object.entries(files)) await writeFile(`${directory}/${name}`, content);
    await run('addremove');
    await run('commit', '--no-warnings', '-m', comment);
    await run('close', '--force');
  }

  async function serveOurs(name: string, port = 0): Promise<{ url: string; port: number }> {
    const repository = fixture.open(name);
    const server = await serveRepository(repository, { port });
    closing.push(() => repository.close());
    closing.push(() => server.close());
    return { url: server.url, port: Number(new URL(server.url).port) };
  }

  async function stop(): Promise<void> {
    for (const close of closing.splice(0).reverse()) await close();
  }

  function look(url: string, name: string, trust: CertificateAnswer = 'no'): Promise<PeekOutcome> {
    const questions = {
      certificate: () => Promise.resolve(trust),
      credentials: () => Promise.resolve(undefined),
      userName: () => Promise.resolve(undefined),
      allowPortableWrites: () => Promise.resolve(true),
    };
    const request = { repository: fixture.path(name), url };
    return peek(fixture.environment, httpTransport({ variables: {} }), request, { questions });
  }

  const digest = async (name: string): Promise<string> =>
    createHash('sha1')
      .update(await readFile(fixture.path(name)))
      .digest('hex');

  /** A server, a clone of it, two check-ins that only the server has, and one that only the clone has. */
  async function diverged(): Promise<void> {
    if (pair === undefined) {
      await diverge();
      pair = {
        server: await readFile(fixture.path('server.fossil')),
        clone: await readFile(fixture.path('clone.fossil')),
      };
      return;
    }
    await writeFile(fixture.path('server.fossil'), pair.server);
    await writeFile(fixture.path('clone.fossil'), pair.clone);
  }

  async function diverge(): Promise<void> {
    await fixture.newRepository('server.fossil');
    await commit('server.fossil', 'first', { 'a.txt': 'one\n'.repeat(50) });
    await copyFile(fixture.path('server.fossil'), fixture.path('clone.fossil'));
    await fixture.fossil('remote', 'off', '-R', fixture.path('clone.fossil'));
    await fixture.sandbox.sql(fixture.path('clone.fossil'), 'DELETE FROM unsent;');
    await commit('server.fossil', 'second', { 'a.txt': `${'one\n'.repeat(50)}two\n`, 'b.txt': 'new\n'.repeat(9) });
    await commit('server.fossil', 'third', { 'c.txt': 'newest\n' });
    await fixture.sandbox.sql(
      fixture.path('clone.fossil'),
      "REPLACE INTO config VALUES('last-sync-url','http://127.0.0.1/',0);",
    );
    await commit('clone.fossil', 'ours', { 'd.txt': 'of the clone\n' });
  }

  function check(outcome: PeekOutcome): void {
    const checkins = outcome.incoming.filter(({ kind }) => kind === 'checkin');
    assert.deepEqual(checkins.map(({ title }) => title).sort(), ['second', 'third']);
    assert.ok(checkins.every(({ user, time }) => user === 'tester' && time !== undefined && time > 1e12));
    const files = outcome.incoming.filter(({ kind }) => kind === 'file');
    assert.deepEqual(files.map(({ title }) => title).sort(), ['a.txt', 'b.txt', 'c.txt']);
    assert.deepEqual(outcome.outgoing.map(({ kind, title }) => `${kind ?? ''} ${title ?? ''}`).sort(), [
      'checkin ours',
      'file d.txt',
    ]);
    assert.match(
      outcome.summary,
      /^2 check-ins and 3 other artifacts would come, 1 check-in and 1 other artifact would go, /,
    );
  }

  it('tells of check-ins, files and what would go, of a stock server, and changes nothing on either side', async () => {
    await diverged();
    const url = await fixture.serve('server.fossil');
    const before = [await digest('clone.fossil'), await fixture.artifacts('server.fossil')];
    const outcome = await look(url, 'clone.fossil');
    check(outcome);
    assert.ok(outcome.roundTrips <= 3, String(outcome.roundTrips));
    assert.deepEqual([await digest('clone.fossil'), await fixture.artifacts('server.fossil')], before);
    const pulled = await fixture.sync(url, 'clone.fossil', { pull: true, push: false });
    assert.equal(pulled.received, outcome.incoming.length);
    assert.equal((await look(url, 'clone.fossil')).roundTrips, 1);
  });

  it('takes at most three round trips with a server of ours that has never been seen', async () => {
    await diverged();
    const { url } = await serveOurs('server.fossil');
    const before = await digest('clone.fossil');
    const outcome = await look(url, 'clone.fossil');
    check(outcome);
    assert.ok(outcome.roundTrips <= 3, String(outcome.roundTrips));
    assert.ok(outcome.incoming.every(({ size }) => size !== undefined && size > 0));
    assert.equal(await digest('clone.fossil'), before);
  });

  it('takes one round trip where the server knows how far it has been seen, across clusters, and never names private content', async () => {
    await fixture.newRepository('server.fossil');
    await commit('server.fossil', 'first', { 'a.txt': 'one\n' });
    const { url, port } = await serveOurs('server.fossil');
    await fixture.clone(url, 'clone.fossil');
    await stop();
    const files = Array.from({ length: 250 }, (_, index) => [`f${index}.txt`, `content ${index}\n`] as const);
    await commit('server.fossil', 'many', Object.fromEntries(files));
    const hidden = fixture.open('server.fossil');
    hidden.transaction(() => hidden.blobs.put(new TextEncoder().encode('secret'), { isPrivate: true }));
    hidden.close();
    await serveOurs('server.fossil', port);
    const outcome = await look(url, 'clone.fossil');
    assert.equal(outcome.roundTrips, 1);
    assert.equal(outcome.incoming.filter(({ kind }) => kind === 'file').length, 250);
    assert.equal(outcome.incoming[0]?.title, 'many');
    assert.equal(outcome.incoming.filter(({ kind }) => kind === 'checkin').length, 1);
    assert.ok(outcome.incoming.every(({ kind, title }) => kind !== 'file' || /^f\d+\.txt$/.test(title ?? '')));
    await fixture.sync(url, 'clone.fossil', { pull: true, push: false });
    assert.deepEqual((await look(url, 'clone.fossil')).incoming, []);
  });

  it('is told of check-ins first where a reply has no room for everything, and says how many are known by name alone', async () => {
    await fixture.newRepository('server.fossil');
    await commit('server.fossil', 'first', { 'a.txt': 'one\n' });
    await copyFile(fixture.path('server.fossil'), fixture.path('clone.fossil'));
    const files = Array.from({ length: 60 }, (_, index) => [`f${index}.txt`, `content ${index}\n`] as const);
    await commit('server.fossil', 'second', Object.fromEntries(files.slice(0, 30)));
    await commit('server.fossil', 'third', Object.fromEntries(files.slice(30)));
    await fixture.sandbox.sql(
      fixture.path('server.fossil'),
      "REPLACE INTO config(name,value,mtime) VALUES('max-download','3000',now());",
    );
    const { url } = await serveOurs('server.fossil');
    const { incoming, summary, roundTrips } = await look(url, 'clone.fossil');
    assert.equal(roundTrips, 3);
    assert.equal(incoming.length, 62);
    const comments = incoming.flatMap(({ kind, title }) => (kind === 'checkin' ? [title] : []));
    assert.deepEqual(comments.sort(), ['second', 'third']);
    const unknown = incoming.filter(({ kind }) => kind === undefined).length;
    assert.ok(unknown > 5 && unknown < 60, String(unknown));
    const words = `2 check-ins, ${60 - unknown} other artifacts and ${unknown} artifacts of which only the names are known would come`;
    assert.ok(summary.startsWith(words), summary);
  });

  it('reads clusters of a stock server in memory', async () => {
    await fixture.newRepository('server.fossil');
    await commit('server.fossil', 'first', { 'a.txt': 'one\n' });
    const url = await fixture.serve('server.fossil');
    await fixture.clone(url, 'clone.fossil');
    const files = Array.from({ length: 250 }, (_, index) => [`f${index}.txt`, `content ${index}\n`] as const);
    await commit('server.fossil', 'many', Object.fromEntries(files));
    const before = await digest('clone.fossil');
    const outcome = await look(url, 'clone.fossil');
    assert.equal(outcome.incoming.filter(({ kind }) => kind === 'file').length, 250);
    assert.equal(await digest('clone.fossil'), before);
  });

  it('goes on with a certificate that is to be trusted always, where it cannot keep that: the repository is only read', async () => {
    await diverged();
    const { port } = new URL(await fixture.serve('server.fossil'));
    const { certificate, key } = await new CertificateMaker(fixture.path('.')).selfSigned('IP:127.0.0.1');
    const proxy = await HoldingProxy.start(Number(port), { cert: certificate, key });
    closing.push(() => proxy.stop());
    // Another certificate is trusted here, which counts more than what is trusted by the user.
    await fixture.sandbox.sql(fixture.path('clone.fossil'), "REPLACE INTO config VALUES('cert:127.0.0.1','0a',0);");
    const before = await digest('clone.fossil');
    check(await look(proxy.url, 'clone.fossil', 'always'));
    assert.equal(await digest('clone.fossil'), before);
    await assert.rejects(look(proxy.url, 'clone.fossil', 'no'), { code: 'tls-failed' });
  });

  it('is refused like a pull', async () => {
    await diverged();
    await addBob(fixture, 'server.fossil', 'o');
    await fixture.fossil('user', 'capabilities', 'nobody', 'j', '-R', fixture.path('server.fossil'));
    const url = await fixture.serve('server.fossil');
    await assert.rejects(look(url, 'clone.fossil'), { code: 'not-authorized' });
    assert.equal((await look(url.replace('://', '://bob:bobpw@'), 'clone.fossil')).incoming.length, 5);
  });
});
