import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { obscure } from '../../../src/engine/codec/obscure';
import { repositoryHandlers } from '../../../src/engine/operations/serve';
import type { Repository } from '../../../src/engine/repository/repository';
import { serveHttp, type RunningServer } from '../../../src/engine/transport/http-server';
import { commandLinesUnder } from '../../support/command-lines';
import { FakeSsh } from '../../support/fake-ssh';
import { runProgram } from '../../support/run-program';
import { projectDirectory } from '../../support/tool-cache';
import { addBob, XferFixture } from './xfer-fixture';

const PASSWORD = 'correct-horse-battery';

describe('While somebody logs in, the arguments of all processes', function () {
  this.timeout(60_000);
  let fixture: XferFixture;
  let repository: Repository;
  let server: RunningServer;
  /** The command line that runs, and what could be read of it and its children whenever the server heard something. */
  let running: ChildProcess | undefined;
  let seen: string[][] = [];
  let logins = 0;

  before(async () => {
    fixture = await XferFixture.create();
    await runProgram(process.execPath, ['esbuild.mjs', '--outdir', fixture.path('dist')], { cwd: projectDirectory });
    await fixture.newRepository('far.fossil');
    await addBob(fixture, 'far.fossil', 'gio');
    await fixture.fossil('user', 'password', 'bob', PASSWORD, '-R', fixture.path('far.fossil'));
    await fixture.fossil('user', 'capabilities', 'nobody', '', '-R', fixture.path('far.fossil'));
    repository = fixture.open('far.fossil');
    const handlers = repositoryHandlers(repository);
    server = await serveHttp(
      {
        ...handlers,
        stream: (request) => {
          look();
          if (Buffer.concat([...request.message.read()]).includes('login bob ')) logins++;
          return handlers.stream?.(request) ?? assert.fail();
        },
      },
      { port: 0 },
    );
  });
  beforeEach(() => {
    seen = [];
    logins = 0;
  });
  after(async () => {
    await server.close();
    repository.close();
    await fixture.remove();
  });

  function look(): void {
    seen.push(...commandLinesUnder(running?.pid ?? assert.fail()));
  }

  async function run(args: string[], input = '', variables: NodeJS.ProcessEnv = process.env): Promise<void> {
    const directory = fixture.sandbox.directory;
    const env = { ...variables, HOME: directory, USER: 'tester' };
    const child = spawn(process.execPath, [fixture.path('dist/cli.js'), ...args, '--portable-writes'], {
      ...{ env, cwd: directory, stdio: ['pipe', 'ignore', 'pipe'] },
    });
    running = child;
    let complaints = '';
    child.stderr.on('data', (text: Buffer) => (complaints += text.toString('utf8')));
    child.stdin.end(input);
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 0, complaints);
  }

  /** The password, and whatever lets somebody in who has no password. */
  function secrets(): string[] {
    const code = repository.projectCode ?? '';
    const shared = createHash('sha1').update(`${code}/bob/${PASSWORD}`).digest('hex');
    const obscured = Array.from({ length: 256 }, (_, salt) => obscure(PASSWORD, salt));
    return [PASSWORD, shared, Buffer.from(`bob:${PASSWORD}`).toString('base64'), ...obscured];
  }

  function assertHidden(expected: string): void {
    const words = seen.flat();
    assert.ok(
      words.some((word) => word.includes(expected)),
      `the arguments were not to be read: ${words.join(' ')}`,
    );
    for (const secret of secrets()) assert.ok(!words.join('\0').includes(secret), words.join(' '));
  }

  it('tell nothing of the password that was typed for a web server', async () => {
    await run(['clone', server.url.replace('://', '://bob@'), 'clone.fossil', '--password-stdin'], `${PASSWORD}\n`);
    assert.ok(logins > 0);
    assertHidden('--password-stdin');
  });

  it('tell nothing of the one that is remembered', async () => {
    await run(['sync', '-R', 'clone.fossil']);
    assert.ok(logins > 0);
    assertHidden('sync');
  });

  it('tell nothing of the one that is remembered with an address for ssh', async () => {
    const [hello, go] = [fixture.path('hello'), fixture.path('go')];
    await runProgram('mkfifo', [hello, go]);
    const first = `echo > '${hello}'; read _ < '${go}'`;
    const ssh = await FakeSsh.make(fixture.path('ssh'), { first });
    const obscured = obscure(PASSWORD, 7);
    await fixture.sandbox.sql(
      fixture.path('clone.fossil'),
      `UPDATE config SET value='ssh://bob@far.example/${fixture.path('far.fossil')}' WHERE name='last-sync-url';
       UPDATE config SET value='${obscured}' WHERE name='last-sync-pw';`,
    );
    const ended = run(['pull', '-R', 'clone.fossil'], '', ssh.variables);
    await readFile(hello);
    look();
    await writeFile(go, '\n');
    await ended;
    assertHidden('bob@far.example');
  });
});
