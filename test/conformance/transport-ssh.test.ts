import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../src/engine/codec/utf8';
import { EngineError } from '../../src/engine/errors';
import { sshCommand, type SshCommandOptions } from '../../src/engine/transport/ssh-command';
import { type SshOptions, sshTransport } from '../../src/engine/transport/ssh';
import { parseRemote, type SshRemote } from '../../src/engine/xfer/remote';
import type { ConnectionContext } from '../../src/engine/xfer/transport';
import { BRIDGE, FakeSsh } from '../support/fake-ssh';
import { WireServer } from '../support/wire-server';
import { bytesOf } from './transport-suite';

const TYPE = 'application/x-fossil-debug';

function far(url: string): SshRemote {
  const remote = parseRemote(url);
  assert.ok(remote.scheme === 'ssh');
  return remote;
}

function words(url: string, options: Partial<SshCommandOptions> = {}): string[] {
  const { program, args } = sshCommand(far(url), {
    homeDirectory: '/home/me',
    isBatch: false,
    withMorePath: false,
    platform: 'posix',
    ...options,
  });
  return [program, ...args];
}

describe('The command line for ssh', () => {
  it("is Fossil's", () => {
    assert.deepEqual(words('ssh://host/repo.fossil'), [
      'ssh',
      '-e',
      'none',
      '-T',
      '--',
      'host',
      'fossil test-http repo.fossil',
    ]);
    assert.deepEqual(words('ssh://bob@host:2222//srv/repo.fossil?fossil=/opt/fossil').slice(3), [
      '-p',
      '2222',
      '-T',
      '--',
      'bob@host',
      '/opt/fossil test-http /srv/repo.fossil',
    ]);
  });

  it('runs our own server where the address names it', () => {
    assert.equal(words('ssh://h/r?fossil=~/bin/trilobite').at(-1), '~/bin/trilobite serve --stdio r');
  });

  const paths: [path: string, word: string][] = [
    ['a%20b.fossil', "'a b.fossil'"],
    ['%24(rm%20-rf%20.)', "'$(rm -rf .)'"],
    ["it's;x", "'it'\\''s;x'"],
    ['-rf', './-rf'],
    ['~bob/r', '~bob/r'],
    ['~/a%20b', "~/'a b'"],
    ['a%0Ab', "'a\nb'"],
  ];
  for (const [path, word] of paths) {
    it(`keeps ${path} one word of the other shell`, () => {
      assert.equal(words(`ssh://h/${path}`).at(-1), `fossil test-http ${word}`);
    });
  }

  it('takes another program with its options, as a shell would', () => {
    const command = `~/bin/ssh -i "~/my key" -o 'ProxyCommand=nc %h %p' a\\ b`;
    assert.deepEqual(words('ssh://h/r', { command }).slice(0, 6), [
      '/home/me/bin/ssh',
      '-i',
      '~/my key',
      '-o',
      'ProxyCommand=nc %h %p',
      'a b',
    ]);
    const windows = `"C:\\Program Files\\PuTTY\\plink.exe" -ssh`;
    assert.deepEqual(words('ssh://h/r', { command: windows, platform: 'win32' }).slice(0, 2), [
      'C:\\Program Files\\PuTTY\\plink.exe',
      '-ssh',
    ]);
    assert.throws(() => words('ssh://h/r', { command: ' ' }), EngineError);
  });

  it('forbids questions only where nobody can answer, and only to programs that know how', () => {
    assert.ok(words('ssh://h/r', { isBatch: true }).includes('BatchMode=yes'));
    assert.ok(!words('ssh://h/r', { isBatch: true, command: 'plink -ssh' }).includes('BatchMode=yes'));
  });
});

describe('A session over ssh', () => {
  let directory: string;
  const closing: (() => Promise<void>)[] = [];
  before(async () => (directory = await mkdtemp(join(tmpdir(), 'trilobite-ssh-'))));
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  after(() => rm(directory, { recursive: true }));

  async function ask(
    programs: Record<string, string>,
    { url = 'ssh://far/1', times = 1, ...options }: Partial<SshOptions> & { url?: string; times?: number } = {},
    context?: ConnectionContext,
  ): Promise<{ ssh: FakeSsh; replies: string[] }> {
    const ssh = await FakeSsh.make(await mkdtemp(join(directory, 'run-')), { programs });
    const session = await sshTransport({
      variables: ssh.variables,
      homeDirectory: directory,
      ...options,
    }).open(parseRemote(url), context);
    try {
      const replies: string[] = [];
      for (let time = 0; time < times; time++) {
        const reply = await session.exchange({ contentType: TYPE, body: () => utf8('hello') });
        replies.push(Buffer.from(await bytesOf(reply)).toString());
      }
      return { ssh, replies };
    } finally {
      await session.close();
    }
  }

  async function fails(work: Promise<unknown>, sentence: RegExp): Promise<void> {
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof EngineError, String(error));
      assert.equal(error.code, 'ssh-failed');
      assert.match(error.message, sentence);
      return true;
    });
  }

  async function echoServer(): Promise<WireServer> {
    const echo = { xfer: ({ body }: { body: Uint8Array }) => ({ status: 200, contentType: TYPE, body }) };
    const server = await WireServer.start(echo, { isSsh: true });
    closing.push(() => server.stop());
    return server;
  }

  it('uses one program for all its messages', async () => {
    const server = await echoServer();
    const { ssh, replies } = await ask({ fossil: BRIDGE }, { url: `ssh://far/${server.port}`, times: 3 });
    assert.deepEqual(replies, ['hello', 'hello', 'hello']);
    assert.equal(server.connections, 1);
    assert.equal((await ssh.calls()).length, 1);
  });

  it('passes over what the shell greets with', async () => {
    const server = await echoServer();
    const fossil = `echo 'Welcome: to far'; echo; ${BRIDGE}`;
    assert.deepEqual((await ask({ fossil }, { url: `ssh://far/${server.port}` })).replies, ['hello']);
  });

  it('starts a program that answers one message each again for the next', async () => {
    const reply = `printf 'Status: 200 OK\\r\\nContent-Type: ${TYPE}\\r\\nContent-Length: 3\\r\\n\\r\\none'`;
    const { ssh, replies } = await ask({ fossil: `${reply}; sleep 0.2` }, { times: 3 });
    assert.deepEqual(replies, ['one', 'one', 'one']);
    assert.equal((await ssh.calls()).length, 3);
  });

  it('looks in the usual places for a program that the shell there does not find', async () => {
    const server = await echoServer();
    const fossil = `case "$PATH" in */opt/homebrew/bin*) ;; *) exit 127;; esac; ${BRIDGE}`;
    const { ssh, replies } = await ask({ fossil }, { url: `ssh://far/${server.port}` });
    assert.deepEqual(replies, ['hello']);
    assert.match(
      (await ssh.calls())[1]?.at(-1) ?? '',
      /^PATH=\$HOME\/bin:\/usr\/local\/bin:\/opt\/homebrew\/bin:\$PATH fossil test-http/,
    );
  });

  it('says that there is no ssh', async () => {
    await fails(ask({}, { command: 'no-such-ssh' }), /no program "ssh" on this computer.*ssh-command/);
  });

  it('says what ssh complained about when the connection failed', async () => {
    const failing = 'echo "far: Permission denied (publickey)." >&2; exit 255';
    await fails(ask({ fossil: failing }), /connection to far failed.*255.*Permission denied \(publickey\)/);
  });

  it('says that the other computer lacks the program', async () => {
    await fails(ask({ fossil: 'exit 127' }), /far has no program fossil.*Add its path.*\?fossil=/);
    const named = ask({}, { url: 'ssh://far/1?fossil=/nowhere/fossil' });
    await fails(named, /far has no program \/nowhere\/fossil\. Correct its path.*\?fossil=/);
  });

  it('says what the program complained about, or printed instead of an answer', async () => {
    await fails(
      ask({ fossil: 'printf "not a\\033[2K\\n repository" >&2; exit 3' }),
      /exit code 3.*not a \[2K repository$/,
    );
    await fails(ask({ fossil: 'echo "This account is closed."' }), /This account is closed/);
    await fails(ask({ fossil: 'kill -9 $$' }), /exit code 137/);
  });

  it('lets ssh ask through SSH_ASKPASS alone where there is no terminal', async () => {
    const server = await echoServer();
    const options = { url: `ssh://far/${server.port}`, isUnattended: true };
    const silent = await ask({ fossil: BRIDGE }, options);
    assert.ok((await silent.ssh.calls())[0]?.includes('BatchMode=yes'));
    const ssh = await FakeSsh.make(await mkdtemp(join(directory, 'run-')), { programs: { fossil: BRIDGE } });
    const asking = await ask({}, { ...options, variables: { ...ssh.variables, SSH_ASKPASS: '/bin/askpass' } });
    assert.deepEqual(asking.replies, ['hello']);
    assert.ok(!(await ssh.calls())[0]?.includes('BatchMode=yes'));
  });
});
