import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { Repository } from '../../../src/engine/repository/repository';
import { parseTranscript } from '../../../src/engine/xfer/transcript';
import { bundleProgram } from '../../support/bundled-program';
import { startFossilServer, type FossilServer } from '../../support/fossil-server';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { importProject } from '../../support/imported-project';
import { Seeded } from '../../support/seeded';
import { SmallDisk } from '../../support/small-disk';
import { drivers } from '../checkout/fossil-fixture';

const DISK_BYTES = 6_000_000;
/** Together more than is left on a full disk, and less than on an empty one, also where the whole file is written anew. */
const [ARTIFACTS, ARTIFACT_BYTES] = [20, 40_000];
/** Room for what begins a transaction, not for what it brings. */
const SCARCE = 100_000;

interface Ending {
  exitCode: number;
  output: string;
  complaints: string;
}

let sandbox: FossilSandbox;
let trilobite: string;
before(async () => {
  sandbox = await FossilSandbox.create();
  await importProject(sandbox, sandbox.path('origin.fossil'), { seed: 5, checkins: 60, files: 4 });
  await sandbox.fossil(['user', 'capabilities', 'bob', 'gioy', '-R', sandbox.path('origin.fossil')]);
  trilobite = await bundleProgram('src/cli.ts', sandbox.directory);
});
after(() => sandbox.remove());

for (const driver of drivers) {
  describe(`A full disk with the ${driver} driver`, () => {
    let disk: SmallDisk;
    let seeded: Seeded;
    const ending: (() => Promise<unknown>)[] = [];
    beforeEach(async () => {
      disk = await SmallDisk.create(DISK_BYTES);
      seeded = new Seeded(3);
      await fs.copyFile(sandbox.path('origin.fossil'), disk.outside('ours.fossil'));
      await fs.copyFile(sandbox.path('origin.fossil'), sandbox.path('theirs.fossil'));
    });
    afterEach(async () => {
      for (const end of ending.splice(0).reverse()) await end();
      await disk.remove();
    });

    const variables = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], HOME: sandbox.directory, USER: 'alice' });

    /** Runs the command line so that it sees the disk. */
    function run(...args: string[]): Promise<Ending> {
      const options = ['--driver', driver, '--portable-writes'];
      const [program, entered] = disk.command(process.execPath, ['--no-warnings', trilobite, ...args, ...options]);
      return new Promise((resolve) =>
        execFile(program, entered, { env: variables() }, (error, output, complaints) =>
          resolve({ exitCode: error === null ? 0 : Number(error.code), output, complaints }),
        ),
      );
    }

    async function succeed(...args: string[]): Promise<string> {
      const { exitCode, output, complaints } = await run(...args);
      assert.equal(exitCode, 0, complaints);
      return output;
    }

    async function fails(args: readonly string[], sentence: RegExp): Promise<void> {
      const { exitCode, output, complaints } = await run(...args);
      assert.equal(exitCode, 1, output);
      assert.match(complaints, sentence);
      assert.doesNotMatch(complaints, /\n {4}at |undefined|\[object|Permission/i);
      assert.equal(complaints.trim().split('\n').length, 1, complaints);
    }

    /** Serves a repository of the disk, or one beside it. @returns the address for somebody who may push */
    async function serve(file: string, variablesBesides: NodeJS.ProcessEnv = {}): Promise<string> {
      const options = ['--port', '0', '--json', '--driver', driver, '--portable-writes'];
      const [program, args] = disk.command(process.execPath, ['--no-warnings', trilobite, 'serve', file, ...options]);
      const server: ChildProcess = spawn(program, args, {
        env: { ...variables(), ...variablesBesides },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      ending.push(async () => {
        const ended = once(server, 'close');
        server.kill('SIGINT');
        await ended;
      });
      for await (const line of createInterface({ input: server.stdout ?? assert.fail() })) {
        const { url } = JSON.parse(line) as { url: string };
        return url.replace('://', '://bob:bobpw@');
      }
      throw new Error('The server ended.');
    }

    async function serveWithFossil(file: string): Promise<string> {
      const server: FossilServer = await startFossilServer(file);
      ending.push(() => server.stop());
      return server.url.replace('://', '://bob:bobpw@');
    }

    /** Puts new artifacts into a repository that nobody has open. @returns their names */
    async function grow(file: string): Promise<string[]> {
      const environment = await createNodeEnvironment({ driver, homeDirectory: sandbox.directory, variables: {} });
      const repository = Repository.open(environment, file, { allowPortableWrites: true });
      try {
        return repository.transaction(() =>
          Array.from(
            { length: ARTIFACTS },
            () => repository.blobs.put(seeded.bytes(ARTIFACT_BYTES), { isUnsent: true }).hash,
          ),
        );
      } finally {
        repository.close();
      }
    }

    /** A repository that grew, on the disk. */
    async function growOnDisk(): Promise<string[]> {
      await fs.copyFile(disk.outside('ours.fossil'), sandbox.path('grown.fossil'));
      const names = await grow(sandbox.path('grown.fossil'));
      await fs.copyFile(sandbox.path('grown.fossil'), disk.outside('ours.fossil'));
      return names;
    }

    /** Nobody may be writing. */
    async function artifactsOn(file: 'ours' | 'theirs'): Promise<Set<string>> {
      const path = file === 'ours' ? sandbox.path('looked-at.fossil') : sandbox.path('theirs.fossil');
      if (file === 'ours') await fs.copyFile(disk.outside('ours.fossil'), path);
      const report = await sandbox.fossil(['test-integrity', '--quiet', '-R', path]);
      assert.match(report, / 0 errors\s+low-level database integrity-check: ok/);
      return new Set(await sandbox.sql(path, 'SELECT uuid FROM blob WHERE size>=0 AND content IS NOT NULL;'));
    }

    async function holdsAll(file: 'ours' | 'theirs', names: readonly string[]): Promise<void> {
      const here = await artifactsOn(file);
      assert.deepEqual(
        names.filter((name) => !here.has(name)),
        [],
      );
    }

    it('keeps of a transcript what went before: half of a message would spoil it all', async () => {
      await grow(sandbox.path('theirs.fossil'));
      const url = await serveWithFossil(sandbox.path('theirs.fossil'));
      await disk.fill(SCARCE);
      const there = sandbox.path(`cloned-${driver}.fossil`);
      await fails(['clone', url, there, '--transcript', disk.path('transcript')], /The disk is full: .*transcript/);
      const entries = parseTranscript(await fs.readFile(disk.outside('transcript')));
      assert.ok(entries.some(({ kind }) => kind === 'request'));
    });

    it('keeps what a clone had brought, and the next one goes on with it', async () => {
      const names = await grow(sandbox.path('theirs.fossil'));
      await sandbox.sql(
        sandbox.path('theirs.fossil'),
        "INSERT INTO config(name,value) VALUES('max-download','100000');",
      );
      const url = await serveWithFossil(sandbox.path('theirs.fossil'));
      // Room for a part of it, also where the whole file is written anew.
      await disk.fill(driver === 'native' ? 700_000 : 1_400_000);
      const clone = ['clone', url, disk.path('new.fossil')];
      await fails(
        clone,
        /^The disk is full: .* artifacts that had come are kept: clone to the same file again to cont/,
      );
      assert.deepEqual(await disk.list(), ['new.fossil.trilobite-partial', 'ours.fossil']);
      await disk.makeRoom();
      assert.match(await succeed(...clone), /^Continued an interrupted clone/);
      await fs.rename(disk.outside('new.fossil'), disk.outside('ours.fossil'));
      await holdsAll('ours', names);
    });

    it('ends a pull with a clear sentence, leaves what was there, and the next one brings the rest', async () => {
      const names = await grow(sandbox.path('theirs.fossil'));
      const url = await serveWithFossil(sandbox.path('theirs.fossil'));
      const before = await artifactsOn('ours');
      await disk.fill(SCARCE);
      await fails(['pull', url, '-R', disk.path('ours.fossil')], /^The disk is full: .*Make room and try again\./);
      assert.deepEqual(await disk.list(), ['ours.fossil']);
      const kept = await artifactsOn('ours');
      assert.ok([...before].every((name) => kept.has(name)));
      await disk.makeRoom();
      await succeed('pull', url, '-R', disk.path('ours.fossil'));
      await holdsAll('ours', names);
    });

    it('ends a push with a clear sentence when only what was sent cannot be noted, and the next one sends nothing twice', async () => {
      const names = await growOnDisk();
      const url = await serveWithFossil(sandbox.path('theirs.fossil'));
      await disk.fill(0);
      await fails(['push', url, '-R', disk.path('ours.fossil')], /^The disk is full: .*Make room and try again\./);
      assert.deepEqual(await disk.list(), ['ours.fossil']);
      await disk.makeRoom();
      const { sent } = JSON.parse(await succeed('push', url, '-R', disk.path('ours.fossil'), '--json')) as {
        sent: number;
      };
      assert.ok(sent <= ARTIFACTS, String(sent));
      await holdsAll('theirs', names);
      await holdsAll('ours', names);
      assert.deepEqual(await sandbox.sql(sandbox.path('looked-at.fossil'), 'SELECT count(*) FROM unsent;'), ['0']);
    });

    it('lets a server refuse a push with 507 and keep nothing of it, go on to be read, and take the push when there is room', async () => {
      const names = await grow(sandbox.path('theirs.fossil'));
      const url = await serve(disk.path('ours.fossil'));
      const before = await artifactsOn('ours');
      await disk.fill(SCARCE);
      const push = ['push', url, '-R', sandbox.path('theirs.fossil')];
      await fails(push, /HTTP status 507 .*The disk of the server is full/);
      assert.deepEqual(await artifactsOn('ours'), before);
      assert.deepEqual(await disk.list(), ['ours.fossil']);
      const unsent = await sandbox.sql(sandbox.path('theirs.fossil'), 'SELECT count(*) FROM unsent;');
      assert.deepEqual(unsent, [String(ARTIFACTS)]);
      await disk.fill(0);
      const clone = JSON.parse(await succeed('clone', url, sandbox.path('read.fossil'), '--json')) as {
        artifacts: number;
      };
      await fs.rm(sandbox.path('read.fossil'));
      assert.equal(clone.artifacts, before.size);
      assert.match(await succeed('pull', ...push.slice(1)), /^Nothing new|^Received 0/);
      await disk.makeRoom();
      await succeed(...push);
      await holdsAll('ours', names);
    });

    it('of the temporary files, too, only ends what needs them', async () => {
      await fs.copyFile(disk.outside('ours.fossil'), sandbox.path('served.fossil'));
      const url = await serve(sandbox.path('served.fossil'), { TMPDIR: disk.directory });
      await disk.fill(0);
      const body = Buffer.alloc(3_000_000, '# comment\n');
      const send = (content: Buffer): Promise<Response> =>
        fetch(url.replace('bob:bobpw@', ''), {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-fossil-debug' },
          body: content,
        });
      const refused = await send(body);
      assert.equal(refused.status, 507);
      assert.match(await refused.text(), /The disk of the server is full/);
      assert.equal((await send(Buffer.from('# small\n'))).status, 200);
      await disk.makeRoom();
      assert.equal((await send(body)).status, 200);
      assert.deepEqual(await disk.list(), ['ours.fossil']);
    });

    it('ends a sync of unversioned files on either side, and leaves the file that was there', async () => {
      const content = seeded.bytes(800_000);
      await fs.writeFile(sandbox.path('large.bin'), content);
      const theirs = sandbox.path('theirs.fossil');
      await sandbox.fossil(['uv', 'add', sandbox.path('large.bin'), '--as', 'large.bin', '-R', theirs]);
      const fossilUrl = await serveWithFossil(theirs);
      await disk.fill(SCARCE);
      const ours = ['-R', disk.path('ours.fossil')];
      await fails(['uv', 'sync', fossilUrl, ...ours], /^The disk is full: .*Make room and try again\./);
      await artifactsOn('ours');
      const url = await serve(disk.path('ours.fossil'));
      await fails(['uv', 'sync', url, '-R', theirs], /HTTP status 507 .*The disk of the server is full/);
      await artifactsOn('ours');
      assert.equal((await succeed('uv', 'list', ...ours)).trim(), '');
      await disk.makeRoom();
      await succeed('uv', 'sync', url, '-R', theirs);
      await succeed('uv', 'export', 'large.bin', sandbox.path('again.bin'), ...ours);
      assert.ok((await fs.readFile(sandbox.path('again.bin'))).equals(content));
    });

    it('leaves nothing of a repository or a checkout that could not be made', async () => {
      for (const [command, free] of [
        [['init', disk.path('new.fossil')], SCARCE],
        [['open', disk.path('ours.fossil'), disk.path('checkout'), '--nosync'], 0],
      ] as const) {
        await disk.fill(free);
        await fails(command, /^The disk is full: .*Make room and try again\./);
        await disk.makeRoom();
        await succeed(...command);
      }
      assert.deepEqual(await disk.list(), ['checkout', 'new.fossil', 'ours.fossil']);
      await fs.copyFile(disk.outside('new.fossil'), sandbox.path('new.fossil'));
      await sandbox.fossil(['rebuild', sandbox.path('new.fossil')]);
      await artifactsOn('ours');
    });
  });
}
