import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { createServer, type RequestListener, type Server } from 'node:http';
import { fossilSql } from '../../support/derived-tables';
import { type FossilServer, freePort, startFossilServer } from '../../support/fossil-server';
import { projectDirectory } from '../../support/tool-cache';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine, type Ending } from './command-line';

const UNCOMPRESSED = { 'Content-Type': 'application/x-fossil-uncompressed' };
const SOME_HASH = 'a'.repeat(64);

/** A label of more than 63 characters is refused by the resolver itself: no question leaves the machine. */
const UNKNOWN_HOST = `http://${'x'.repeat(64)}.invalid/`;

/** What a broken or hostile server may answer, and what the user reads then. */
const answers: { name: string; answer: RequestListener; sentence: RegExp }[] = [
  {
    name: 'a 404',
    answer: (_request, response) => response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>Not Found</h1>'),
    sentence: /404|not found/i,
  },
  {
    name: 'a web page instead of a sync reply',
    answer: (_request, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Welcome</h1>'),
    sentence: /web page instead of Fossil's sync protocol/,
  },
  {
    name: 'a reply that ends too early',
    answer: (_request, response) => {
      response.writeHead(200, { ...UNCOMPRESSED, 'Content-Length': '5000' });
      response.write('pragma server-version 22100 20230226 192424\n');
      setImmediate(() => response.destroy());
    },
    sentence: /ended|early|lost|broke/i,
  },
  {
    name: 'an artifact that declares more bytes than arrive',
    answer: (_request, response) => {
      response.writeHead(200, UNCOMPRESSED).end(`cfile ${SOME_HASH} 100000 90000\nshort`);
    },
    sentence: /ended|early|truncated|short/i,
  },
  {
    name: 'an artifact that declares gigabytes',
    answer: (_request, response) => {
      response.writeHead(200, UNCOMPRESSED).end(`cfile ${SOME_HASH} 2147483000 2147483000\nshort`);
    },
    sentence: /announced an artifact of 2147483000 bytes/,
  },
  {
    name: 'redirects in a circle',
    answer: (request, response) =>
      response.writeHead(302, { Location: request.url === '/a' ? '/b' : '/a', 'Content-Length': '0' }).end(),
    sentence: /redirect|circle/i,
  },
];

for (const driver of drivers) {
  describe(`a clone that fails on the command line with the ${driver} driver`, () => {
    let line: CommandLine;
    let fixture: FossilFixture;
    let server: FossilServer;
    before(async () => {
      fixture = await FossilFixture.create(driver);
      const root = await fixture.fossilOpen();
      await fixture.fossilCommit(root, 'a file', { 'a.txt': 'a\n'.repeat(200) });
      await fixture.fossil(fixture.directory, 'user', 'new', 'bob', 'Bob', 'bobpw', '-R', fixture.repository);
      await fixture.fossil(fixture.directory, 'user', 'capabilities', 'bob', 'g', '-R', fixture.repository);
      await fixture.fossil(fixture.directory, 'user', 'capabilities', 'nobody', '', '-R', fixture.repository);
      server = await startFossilServer(fixture.repository);
    });
    after(async () => {
      await server.stop();
      await fixture.remove();
    });
    beforeEach(async () => {
      line = await CommandLine.create(driver);
    });
    afterEach(() => line.remove());

    /** One sentence, nothing left behind, and a second try with the right address works. */
    async function failsCleanly(ending: Ending, sentence: RegExp): Promise<void> {
      assert.equal(ending.exitCode, 1);
      assert.match(ending.complaints, sentence);
      assert.doesNotMatch(ending.complaints, /\n {4}at |undefined|\[object/);
      assert.ok(ending.complaints.trim().split('\n').length <= 2, ending.complaints);
      assert.deepEqual((await fs.readdir(line.directory)).sort(), ['home']);
      const again = ['clone', server.url, 'new.fossil', '--user', 'bob', '--password-stdin'];
      await line.succeed(again, { input: ['bobpw'] });
      await fixture.fossil(line.directory, 'test-integrity', '--quiet', '-R', line.path('new.fossil'));
    }

    it('for an unknown host', async () => {
      await failsCleanly(await line.run(['clone', UNKNOWN_HOST, 'new.fossil']), /There is no server called/);
    });

    it('for a refused connection', async () => {
      const url = `http://127.0.0.1:${await freePort()}/`;
      await failsCleanly(await line.run(['clone', url, 'new.fossil']), /refused|127\.0\.0\.1/);
    });

    it('for a server that speaks no TLS', async () => {
      const url = server.url.replace('http:', 'https:');
      await failsCleanly(await line.run(['clone', url, 'new.fossil']), /TLS|https|secure/i);
    });

    it('for an address that is none', async () => {
      await failsCleanly(await line.run(['clone', 'ftp://example.invalid/x', 'new.fossil']), /http/);
    });

    for (const { name, answer, sentence } of answers) {
      it(`for ${name}`, async () => {
        const { url, close } = await listen(answer);
        try {
          await failsCleanly(await line.run(['clone', url, 'new.fossil']), sentence);
        } finally {
          await close();
        }
      });
    }

    it('for one wrong byte in one artifact, which is named', async () => {
      const forged = path.join(fixture.directory, 'forged.fossil');
      await fs.copyFile(fixture.repository, forged);
      const victim = 'WHERE size=400 AND rid NOT IN (SELECT rid FROM delta)';
      const [name] = await fossilSql(forged, `SELECT uuid FROM blob ${victim}`);
      const content = "CAST(substr(content(uuid),1,399)||'X' AS BLOB)";
      await fixture.fossil(
        fixture.directory,
        'sql',
        '-R',
        forged,
        `UPDATE blob SET content=compress(${content}) ${victim}`,
      );
      const forger = await startFossilServer(forged);
      try {
        const args = ['clone', forger.url, 'new.fossil', '--user', 'bob', '--password-stdin'];
        const ending = await line.run(args, { input: ['bobpw'] });
        await failsCleanly(
          ending,
          new RegExp(`Artifact ${name?.replaceAll("'", '') ?? 'none'} does not match its name`),
        );
      } finally {
        await forger.stop();
      }
    });

    it('for a wrong password', async () => {
      const args = ['clone', server.url, 'new.fossil', '--user', 'bob', '--password-stdin'];
      await failsCleanly(await line.run(args, { input: ['wrong'] }), /password|login/i);
    });

    it('for a visitor who may not clone', async () => {
      await failsCleanly(await line.run(['clone', server.url, 'new.fossil']), /clone|authori|allow|password|user/i);
    });

    it('for a destination that exists, which stays as it was', async () => {
      await fs.writeFile(line.path('new.fossil'), 'precious');
      const { exitCode, complaints } = await line.run(['clone', server.url, 'new.fossil']);
      assert.equal(exitCode, 1);
      assert.match(complaints, /new\.fossil exists already/);
      assert.equal(await fs.readFile(line.path('new.fossil'), 'utf8'), 'precious');
    });

    for (const [name, mount, sentence] of [
      ['full', 'size=192k', /full|space/i],
      ['read-only', 'ro', /can only be read/],
    ] as const) {
      it(`for a disk that is ${name}`, async function () {
        this.timeout(120_000);
        const ending = await cloneOnDisk(line, server.url, mount, driver);
        assert.equal(ending.exitCode, 1);
        assert.match(ending.complaints, sentence);
        assert.doesNotMatch(ending.complaints, /\n {4}at /);
        assert.equal(ending.output.trim(), '', 'something was left on the disk');
      });
    }

    for (const phase of ['Connecting', 'Receiving', 'Verifying', 'Indexing']) {
      it(`when cancelled while ${phase.toLowerCase()}`, async function () {
        const stop = new AbortController();
        const wanted = new RegExp(phase);
        let wasSeen = false;
        const ending = await line.run(['clone', server.url, 'new.fossil', '--user', 'bob', '--password-stdin'], {
          input: ['bobpw'],
          interrupted: stop.signal,
          onProgress(text) {
            if (!wanted.test(text)) return;
            wasSeen = true;
            stop.abort();
          },
        });
        assert.ok(wasSeen, `no progress says "${phase}"`);
        await failsCleanly(ending, /^Cancelled\.$/m);
      });
    }
  });
}

async function listen(answer: RequestListener): Promise<{ url: string; close: () => Promise<void> }> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server has no address.');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Clones onto a small disk of its own, in a process of its own. The output lists what is left there. */
function cloneOnDisk(line: CommandLine, url: string, mount: string, driver: string): Promise<Ending> {
  const script = `
    mkdir -p "$DISK" && mount -t tmpfs -o "$MOUNT" tmpfs "$DISK" || exit 99
    printf 'bobpw\\n' | "$NODE" --import tsx src/cli.ts clone "$URL" "$DISK/new.fossil" --user bob --password-stdin --driver "$DRIVER" >/dev/null
    code=$?
    ls -A "$DISK"
    exit $code`;
  const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user'];
  return new Promise((resolve) => {
    execFile(
      'unshare',
      [...namespaces, 'sh', '-c', script],
      {
        cwd: projectDirectory,
        env: {
          PATH: process.env['PATH'],
          HOME: line.path('home'),
          USER: 'alice',
          DISK: line.path('disk'),
          MOUNT: mount,
          URL: url,
          NODE: process.execPath,
          DRIVER: driver,
        },
      },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : Number(error.code);
        resolve({ exitCode, output: stdout, complaints: stderr, progress: [], asked: [] });
      },
    );
  });
}
