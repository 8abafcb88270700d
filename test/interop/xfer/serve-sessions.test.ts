import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { helpOf } from '../../../src/cli/help';
import { testHttpCommand } from '../../../src/cli/serve-command';
import { repositoryHandlers, serveRepository } from '../../../src/engine/operations/serve';
import { RepositoryShelf } from '../../../src/engine/operations/serve-directory';
import { ServedFile } from '../../../src/engine/operations/serve-file';
import type { Repository } from '../../../src/engine/repository/repository';
import { requestListener } from '../../../src/engine/transport/http-listener';
import { serveHttp } from '../../../src/engine/transport/http-server';
import { singleSite } from '../../../src/engine/transport/request-handlers';
import { projectDirectory } from '../../support/tool-cache';
import { freePort, startFossilServer } from '../../support/fossil-server';
import { addBob, XferFixture } from './xfer-fixture';

describe('A server for fossil', function () {
  this.timeout(120_000);
  let fixture: XferFixture;
  const closing: (() => Promise<void> | void)[] = [];
  beforeEach(async () => (fixture = await XferFixture.create()));
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await fixture.remove();
  });

  it('answers a whole session over ssh on standard input, with the rights of an administrator', async () => {
    await fixture.newRepository('ours.fossil');
    await fixture.fossil('user', 'capabilities', 'nobody', '', '-R', fixture.path('ours.fossil'));
    const ssh = fixture.path('ssh');
    const cli = [process.execPath, '--require', join(projectDirectory, 'node_modules/tsx/dist/cjs/index.cjs')];
    await writeFile(
      ssh,
      `#!/bin/sh\nexec ${cli.join(' ')} ${join(projectDirectory, 'src/cli.ts')} test-http ${fixture.path('ours.fossil')} --portable-writes\n`,
    );
    await chmod(ssh, 0o755);
    const url = 'ssh://somewhere/ours.fossil';
    await fixture.fossil('clone', '--ssh-command', ssh, url, fixture.path('one.fossil'));
    const work = fixture.path('work');
    await mkdir(work);
    const run = (...args: string[]): Promise<string> => fixture.sandbox.fossil(args, { cwd: work });
    await run('open', '--nosync', fixture.path('one.fossil'));
    await run('settings', 'autosync', 'off');
    await writeFile(join(work, 'file'), 'content');
    await run('add', 'file');
    await run('commit', '--no-warnings', '-m', 'over ssh');
    await run('push', '--ssh-command', ssh, url);
    assert.deepEqual(await fixture.artifacts('ours.fossil'), await fixture.artifacts('one.fossil'));
    assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path('ours.fossil')), / 0 errors/);
  });

  it('is started by fossil over ssh where it is called fossil, as its help says', async () => {
    const clone = fixture.fossil('clone', 'ssh://far/x.fossil?fossil=trilobite', fixture.path('x.fossil'));
    await assert.rejects(clone, /unsafe command \[trilobite\]/);
    assert.match(
      helpOf(testHttpCommand, 120),
      /starts only what is called fossil: make a link[^]*\?fossil=\/PATH\/TO\/fossil/,
    );
  });

  it('serves the repositories of a directory, and nothing outside of it', async () => {
    const { environment } = fixture;
    await mkdir(fixture.path('site/deep'), { recursive: true });
    for (const name of ['site/a.fossil', 'site/deep/b.fossil', 'site/.hidden.fossil', 'outside.fossil'])
      await fixture.newRepository(name);
    await symlink(fixture.path('outside.fossil'), fixture.path('site/link.fossil'));
    await writeFile(fixture.path('site/text.fossil'), 'no repository');
    const shelf = new RepositoryShelf(environment, fixture.path('site'), { isReadOnly: true, idle: 1 });
    const server = await serveHttp(shelf, { port: 0 });
    closing.push(
      () => shelf.close(),
      () => server.close(),
    );
    await fixture.fossil('clone', `${server.url}a`, fixture.path('a.fossil'));
    await fixture.fossil('clone', `${server.url}deep/b`, fixture.path('b.fossil'));
    for (const [path, status] of [
      ['/a', 200],
      ['/a/', 200],
      ['/deep/b', 200],
      ['/deep/b/json/stat', 200],
      ['/a/json/version', 200],
      ['/', 404],
      ['/deep', 404],
      ['/b', 404],
      ['/link', 404],
      ['/text', 404],
      ['/.hidden', 404],
      ['/../outside', 404],
      ['/%2e%2e/outside', 404],
      ['/..%2foutside', 404],
      ['/deep%2fb', 200],
      ['/deep/../a', 404],
      ['/a.fossil', 404],
      ['/a%00', 404],
    ] as const)
      assert.equal(await statusOf(server.port, path), status, path);
  });

  it('serves the file that has the name now, and takes what is pushed to it', async () => {
    for (const name of ['served.fossil', 'client.fossil']) await fixture.newRepository(name);
    await fixture.fossil('user', 'capabilities', 'nobody', 'gio', '-R', fixture.path('client.fossil'));
    await copyFile(fixture.path('client.fossil'), fixture.path('newer.fossil'));
    const pushed = fixture.open('client.fossil');
    pushed.transaction(() => pushed.blobs.put(Buffer.from('to be pushed'), { isUnsent: true }));
    pushed.close();
    const served = new ServedFile(fixture.environment, fixture.path('served.fossil'), { allowPortableWrites: true });
    const server = await serveHttp(served, { port: 0 });
    closing.push(
      () => served.close(),
      () => server.close(),
    );
    assert.equal(await statusOf(server.port, '/json/stat'), 200);
    await rename(fixture.path('newer.fossil'), fixture.path('served.fossil'));
    await fixture.fossil('sync', server.url, '--once', '-R', fixture.path('client.fossil'));
    assert.deepEqual(await fixture.artifacts('served.fossil'), await fixture.artifacts('client.fossil'));
    await rm(fixture.path('served.fossil'));
    assert.equal(await statusOf(server.port, '/json/stat'), 404);
  });

  it('stands beside the routes of another server', async () => {
    await fixture.newRepository('ours.fossil');
    const repository = fixture.open('ours.fossil');
    const listener = requestListener(singleSite(repositoryHandlers(repository)), { mount: '/code/' });
    const server = createServer((incoming, response) => {
      if (!listener(incoming, response)) response.end('another route');
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    closing.push(
      () => repository.close(),
      () => void server.close(),
    );
    await fixture.fossil('clone', `http://127.0.0.1:${port}/code`, fixture.path('clone.fossil'));
    assert.deepEqual(await fixture.artifacts('clone.fossil'), await fixture.artifacts('ours.fossil'));
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/codec`)).text(), 'another route');
    assert.equal((await fetch(`http://127.0.0.1:${port}/code/json/version`)).status, 200);
  });

  it('takes a login as a cookie, in the query, and by HTTP Basic where that is switched on', async () => {
    await fixture.newRepository('ours.fossil');
    await addBob(fixture, 'ours.fossil', 'oi');
    await fixture.fossil('user', 'capabilities', 'nobody', '', '-R', fixture.path('ours.fossil'));
    const repository = fixture.open('ours.fossil');
    const server = await serveRepository(repository, { port: 0 });
    closing.push(
      () => repository.close(),
      () => server.close(),
    );
    const project = repository.projectCode ?? '';
    const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
    const body = `pull x ${project}\n# unique\n`;
    const nonce = sha1(body);
    const card = `login+bob+${nonce}+${sha1(nonce + sha1(`${project}/bob/bobpw`))}`;
    const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;
    const ask = async (headers: Record<string, string>, query = '', text = body): Promise<string> => {
      const type = { 'Content-Type': 'application/x-fossil-debug' };
      const reply = await fetch(`${server.url}${query}`, {
        method: 'POST',
        headers: { ...type, ...headers },
        body: text,
      });
      return `${reply.status} ${await reply.text()}`;
    };
    assert.match(await ask({}), /^200 error not\\sauthorized\\sto\\sread/);
    assert.match(await ask({ Cookie: `a=b; x-f-l-c=${card}` }), /^200 igot /);
    assert.match(await ask({}, `?x-f-l-c=${card}`), /^200 igot /);
    assert.match(await ask({ Cookie: `x-f-l-c=${card}` }, '', `${body}more\n`), /^200 error login\\sfailed/);
    const both = `login bob ${nonce} ${sha1('x')}\n${body}`;
    const ofBoth = `login+bob+${sha1(both)}+${sha1(sha1(both) + sha1(`${project}/bob/bobpw`))}`;
    assert.match(await ask({ Cookie: `x-f-l-c=${ofBoth}` }, '', both), /^200 error multiple\\slogin\\scards/);
    assert.match(await ask({ Authorization: basic('bob:bobpw') }), /^200 error not\\sauthorized/);
    repository.config.set('http_authentication_ok', '1');
    assert.match(await ask({ Authorization: basic('bob:bobpw') }), /^200 igot /);
    assert.match(await ask({ Authorization: basic('bob:wrong') }), /^401 /);
    assert.match(await ask({ Authorization: 'Basic ???' }), /^401 /);
  });

  it('refuses a message that was sent before, and stores nothing of it', async () => {
    await fixture.newRepository('ours.fossil');
    await addBob(fixture, 'ours.fossil', 'oi');
    const serve = async (): Promise<{ url: string; repository: Repository }> => {
      const repository = fixture.open('ours.fossil');
      const server = await serveRepository(repository, { port: 0 });
      closing.push(
        () => repository.close(),
        () => server.close(),
      );
      return { url: server.url, repository };
    };
    let { url, repository } = await serve();
    const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
    const project = repository.projectCode ?? '';
    const rest = `pragma client-version 22100 20230226 192424\npush x ${project}\nfile ${sha1('new')} 3\nnew# once\n`;
    const nonce = sha1(rest);
    const body = `login bob ${nonce} ${sha1(nonce + sha1(`${project}/bob/bobpw`))}\n${rest}`;
    const send = async (): Promise<Response> =>
      fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/x-fossil-debug' }, body });
    assert.equal((await send()).status, 200);
    // Known content again does no harm; new content under the same nonce is refused.
    assert.equal((await send()).status, 200);
    for (const close of closing.splice(0).reverse()) await close();
    await fixture.sandbox.sql(
      fixture.path('ours.fossil'),
      `DELETE FROM unclustered WHERE rid IN (SELECT rid FROM blob WHERE uuid='${sha1('new')}');
       DELETE FROM blob WHERE uuid='${sha1('new')}';`,
    );
    ({ url, repository } = await serve());
    const again = await send();
    assert.equal(again.status, 400);
    assert.match(await again.text(), /This message has been received before/);
    assert.equal(repository.db.prepare('SELECT 1 FROM blob WHERE uuid=?').get(sha1('new')), undefined);
  });

  it('sends whoever comes without TLS to https when the repository asks for that', async () => {
    await fixture.newRepository('ours.fossil');
    const repository = fixture.open('ours.fossil');
    repository.config.set('redirect-to-https', '2');
    const server = await serveRepository(repository, { port: 0 });
    closing.push(
      () => repository.close(),
      () => server.close(),
    );
    const reply = await fetch(`${server.url}some/path?x=1`, { redirect: 'manual' });
    assert.equal(reply.status, 301);
    assert.equal(reply.headers.get('location'), `https://127.0.0.1:${server.port}/some/path?x=1`);
  });

  it('answers /json as fossil does, field by field', async () => {
    await fixture.newRepository('ours.fossil');
    const repository = fixture.open('ours.fossil');
    const ours = await serveRepository(repository, { port: 0, isReadOnly: true });
    const theirs = await startFossilServer(fixture.path('ours.fossil'));
    closing.push(
      () => repository.close(),
      () => ours.close(),
      () => theirs.stop(),
    );
    const answer = async (base: string, path: string): Promise<unknown> => {
      const reply = await fetch(base + path);
      return { status: reply.status, type: reply.headers.get('content-type'), text: shapeOf(await reply.json()) };
    };
    for (const capabilities of ['gjorz', '', 'v', 'a', 'x']) {
      repository.transaction(() =>
        repository.db.prepare("UPDATE user SET cap=? WHERE login='nobody'").run(capabilities),
      );
      for (const path of [
        'stat',
        'stat?full=1',
        'stat?full=yes&requestId=abc',
        'stat/more',
        'version',
        'HAI',
        'of-the-future',
      ])
        assert.deepEqual(await answer(ours.url, `json/${path}`), await answer(theirs.url, `json/${path}`), path);
    }
  });
});

/** The values that both must have, and the places of those that cannot be equal. */
function shapeOf(value: unknown): unknown {
  const own = new Set([
    'fossil',
    'timestamp',
    'procTimeUs',
    'procTimeMs',
    'manifestUuid',
    'manifestVersion',
    'compiler',
  ]);
  return JSON.parse(
    JSON.stringify(value, (key, member: unknown) =>
      own.has(key) || (key === 'version' && typeof member === 'string') ? typeof member : member,
    ),
  ) as unknown;
}

/** A path is sent as it stands here. */
function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let reply = '';
    socket.on('data', (piece: Buffer) => (reply += piece.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(reply.split(' ')[1])));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  });
}
