import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { EngineError } from '../../../src/engine/errors';
import { startFossilServer, type FossilServer } from '../../support/fossil-server';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { HoldingProxy } from '../../support/holding-proxy';
import { importProject } from '../../support/imported-project';
import { drivers } from '../checkout/fossil-fixture';
import { CommandLine, type CommandOptions, type Ending } from '../cli/command-line';

const ROUND_BYTES = 14_000;

interface CloneJson {
  artifacts: number;
  continuedFrom: number;
  bytesReceived: number;
  roundTrips: number;
  summary: string;
}

let sandbox: FossilSandbox;
before(async () => {
  sandbox = await FossilSandbox.create();
  const shape = { seed: 7, checkins: 130, files: 20, roundBytes: ROUND_BYTES };
  await importProject(sandbox, sandbox.path('origin.fossil'), shape);
});
after(() => sandbox.remove());

for (const driver of drivers) {
  describe(`A clone that was interrupted, with the ${driver} driver`, () => {
    let line: CommandLine;
    let server: FossilServer;
    let proxy: HoldingProxy;
    beforeEach(async () => {
      line = await CommandLine.create(driver);
      await fs.copyFile(sandbox.path('origin.fossil'), line.path('server.fossil'));
      server = await startFossilServer(line.path('server.fossil'));
      proxy = await HoldingProxy.start(server.port);
    });
    afterEach(async () => {
      await proxy.stop();
      await server.stop();
      await line.remove();
    });

    const partial = (): string => line.path('new.fossil.trilobite-partial');
    const clone = (options: CommandOptions = {}, url = proxy.url): Promise<Ending> =>
      line.run(['clone', url, 'new.fossil', '--json'], options);

    /** Clones until `cut` bytes of replies have passed. @returns how many artifacts the failure says are kept */
    async function interrupt(cut = 6 * ROUND_BYTES): Promise<number> {
      proxy.cutAfter(cut);
      const { exitCode, complaints } = await clone();
      proxy.mend();
      assert.equal(exitCode, 1);
      assert.match(complaints, /connection|ended (?:too early|after)/i);
      const kept = /([\d,]+) artifacts that had come are kept/.exec(complaints)?.[1];
      assert.ok(kept, complaints);
      assert.ok(existsSync(partial()));
      assert.ok(!existsSync(line.path('new.fossil')));
      return Number(kept.replace(',', ''));
    }

    /** Ends a clone as its editor's end does, when its progress first says `phase`. */
    async function leaveDuring(phase: RegExp): Promise<void> {
      const leave = new AbortController();
      const gone = new EngineError('engine-died', 'The editor has gone.');
      const ending = await clone({
        interrupted: leave.signal,
        onProgress: (text) => phase.test(text) && leave.abort(gone),
      });
      assert.equal(ending.exitCode, 1);
      assert.ok(existsSync(partial()), ending.complaints);
    }

    async function completes(ending: Ending): Promise<CloneJson> {
      assert.equal(ending.exitCode, 0, ending.complaints);
      const result = JSON.parse(ending.output) as CloneJson;
      const names = 'SELECT uuid FROM blob WHERE size>=0 ORDER BY 1;';
      const [ours, theirs] = [line.path('new.fossil'), line.path('server.fossil')];
      assert.deepEqual(await sandbox.sql(ours, names), await sandbox.sql(theirs, names));
      assert.deepEqual(await sandbox.sql(ours, "SELECT name FROM config WHERE name GLOB 'trilobite*';"), []);
      const integrity = await sandbox.fossil(['test-integrity', '--quiet', '-R', ours]);
      assert.match(integrity, / 0 errors\s+low-level database integrity-check: ok/);
      const events = 'SELECT type, round(mtime*86400000) FROM event ORDER BY 2;';
      assert.deepEqual(await sandbox.sql(ours, events), await sandbox.sql(theirs, events));
      const left = (await fs.readdir(line.directory)).filter((name) => /^new\.fossil.+/.test(name));
      assert.deepEqual(left, []);
      return result;
    }

    it('goes on after its last whole round, and does not ask for what it has', async () => {
      const whole = await completes(await line.run(['clone', proxy.url, 'new.fossil', '--json']));
      assert.ok(whole.roundTrips > 12, String(whole.roundTrips));
      assert.equal(whole.continuedFrom, 0);
      await fs.rm(line.path('new.fossil'));

      const cut = 6 * ROUND_BYTES;
      const kept = await interrupt(cut);
      const before = proxy.bytes;
      const ending = await clone();
      const rest = await completes(ending);
      assert.equal(rest.continuedFrom, kept);
      assert.match(ending.progress[0] ?? '', /Continuing an interrupted clone…/);
      assert.match(rest.summary, /^Continued an interrupted clone, which had brought/);
      const repeated = proxy.bytes - before - (whole.bytesReceived - cut);
      // The round that was cut comes again, and with it what is asked for at every start.
      assert.ok(repeated < 2 * ROUND_BYTES, `${repeated} bytes came again`);
      assert.ok(rest.roundTrips <= whole.roundTrips - 4, `${rest.roundTrips} of ${whole.roundTrips}`);
    });

    it('goes on as often as it is interrupted', async () => {
      let kept = 0;
      for (let times = 0; times < 3; times++) {
        const now = await interrupt(3 * ROUND_BYTES);
        assert.ok(now > kept, `${now} after ${kept}`);
        kept = now;
      }
      assert.equal((await completes(await clone())).continuedFrom, kept);
    });

    for (const phase of [/Verifying/, /Indexing/]) {
      it(`does not download again when it ended while ${phase.source.toLowerCase()}`, async () => {
        await leaveDuring(phase);
        const connections = proxy.connections;
        const result = await completes(await clone());
        assert.equal(proxy.connections, connections);
        assert.deepEqual([result.roundTrips, result.bytesReceived], [0, 0]);
        assert.equal(result.continuedFrom, result.artifacts);
      });
    }

    it('needs nothing but its name when only that was missing', async () => {
      await completes(await clone());
      await fs.rename(line.path('new.fossil'), partial());
      const connections = proxy.connections;
      await completes(await clone());
      assert.equal(proxy.connections, connections);
    });

    it('begins anew for other branches, also when nothing but unversioned files or its name was missing', async () => {
      const file = line.path('server.fossil');
      const root = line.path('work');
      await sandbox.sql(file, "UPDATE user SET cap=cap||'x' WHERE login='nobody';");
      await fs.mkdir(root);
      await sandbox.fossil(['open', file], { cwd: root });
      await fs.writeFile(`${root}/secret.txt`, 'secret');
      await sandbox.fossil(['add', 'secret.txt'], { cwd: root });
      await sandbox.fossil(['commit', '-m', 'secret', '--private', '--branch', 'hidden', '--no-warnings'], {
        cwd: root,
      });
      const secrets = async (): Promise<string[]> =>
        sandbox.sql(line.path('new.fossil'), 'SELECT count(*) FROM private;');
      await line.succeed(['clone', proxy.url, 'new.fossil']);
      await fs.rename(line.path('new.fossil'), partial());
      await line.succeed(['clone', proxy.url, 'new.fossil', '--private']);
      assert.deepEqual(await secrets(), ['2']);
      await fs.rename(line.path('new.fossil'), partial());
      await sandbox.sql(partial(), "INSERT INTO config(name,value) VALUES('trilobite-clone-private','1');");
      assert.equal((await clone()).exitCode, 0);
      assert.deepEqual(await secrets(), ['0']);
    });

    it('keeps what it has while the server cannot be reached', async () => {
      const kept = await interrupt();
      proxy.cutAfter(0);
      const { exitCode, complaints } = await clone();
      assert.equal(exitCode, 1);
      assert.match(complaints, new RegExp(`${kept} artifacts that had come are kept`));
      proxy.mend();
      assert.equal((await completes(await clone())).continuedFrom, kept);
    });

    it('is given up for a clone of another address or user, which says so', async () => {
      await interrupt();
      const other = await completes(await clone({}, server.url));
      assert.equal(other.continuedFrom, 0);
      assert.ok(other.summary.startsWith(`An interrupted clone of ${proxy.url} was given up.`), other.summary);
      await fs.rm(line.path('new.fossil'));

      await interrupt();
      const bob = await completes(await clone({}, proxy.url.replace('://', '://bob:bobpw@')));
      assert.equal(bob.continuedFrom, 0);
      assert.match(bob.summary, /^An interrupted clone of .* was given up\./);
    });

    it('is not gone on with when the server has another file of the project, or another project, now', async () => {
      for (const change of ["value=lower(hex(randomblob(20))) WHERE name='server-code'", 'project']) {
        await interrupt();
        await server.stop();
        if (change === 'project') {
          await fs.rm(line.path('server.fossil'));
          const shape = { seed: 8, checkins: 60, files: 10 };
          await importProject(sandbox, line.path('server.fossil'), shape);
        } else {
          await sandbox.sql(line.path('server.fossil'), `UPDATE config SET ${change};`);
        }
        server = await startFossilServer(line.path('server.fossil'), { port: server.port });
        const result = await completes(await clone());
        assert.equal(result.continuedFrom, 0);
        assert.match(result.summary, /^What an interrupted clone had left did not fit\./);
        await fs.rm(line.path('new.fossil'));
      }
    });

    const damages: [name: string, damage: (file: string) => Promise<unknown>][] = [
      ['is no database any more', (file) => fs.writeFile(file, 'rubbish'.repeat(5000))],
      ['was cut off', (file) => fs.truncate(file, 40_960)],
      ['was never written', (file) => fs.truncate(file, 0)],
      [
        'has a wrong byte in an artifact',
        (file) =>
          sandbox.sql(file, 'UPDATE blob SET content=zeroblob(40) WHERE rid=(SELECT max(rid) FROM blob WHERE size>0);'),
      ],
    ];
    for (const [name, damage] of damages) {
      it(`begins anew when what it left ${name}`, async () => {
        await interrupt();
        await damage(partial());
        const result = await completes(await clone());
        assert.equal(result.continuedFrom, 0);
        assert.match(result.summary, /^What an interrupted clone had left (was unusable|did not fit)\./);
      });
    }

    it('is refused while another one to the same file is under way', async () => {
      let second: Promise<Ending> | undefined;
      const first = await clone({ onProgress: () => void (second ??= clone()) });
      const { exitCode, complaints } = (await second) ?? assert.fail('no progress');
      assert.equal(exitCode, 1);
      assert.match(complaints, /^Another clone to .*new\.fossil is under way\. Wait until it has finished/);
      await completes(first);
    });

    it('leaves nothing when its user cancels it, also when it had been interrupted before', async () => {
      await interrupt();
      const cancel = new AbortController();
      const ending = await clone({ interrupted: cancel.signal, onProgress: () => cancel.abort() });
      assert.match(ending.complaints, /^Cancelled\.$/m);
      assert.deepEqual(
        (await fs.readdir(line.directory)).filter((name) => name.startsWith('new')),
        [],
      );
    });
  });
}
