import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { bytesOfText, byteTextOf } from '../../../src/engine/codec/byte-text';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { Repository } from '../../../src/engine/repository/repository';
import { handleXfer } from '../../../src/engine/xfer/server';
import { parseTranscript, type TranscriptEntry } from '../../../src/engine/xfer/transcript';
import { withoutSecrets } from '../../../src/engine/xfer/transcript-secrets';
import { freePort } from '../../support/fossil-server';
import { drivers } from '../checkout/fossil-fixture';
import { AdminFixture } from './admin-fixture';
import type { Ending } from './command-line';

for (const driver of drivers) {
  describe(`trilobite serve with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: AdminFixture;
    before(async () => {
      fixture = await AdminFixture.create(driver);
      await fixture.fossil(['user', 'password', 'alice', 'pw', '-R', fixture.repository]);
      await fixture.fossil(['settings', 'autosync', 'off', '-R', fixture.repository]);
      await fixture.commit({ 'a.txt': 'a' }, 'one');
    });
    after(() => fixture.remove());

    /** Serves until `work` is done, and then presses Ctrl-C. @returns what the server said */
    async function serving(args: string[], work: (url: string) => Promise<void>, directory?: string): Promise<Ending> {
      const stop = new AbortController();
      let announce: (url: string) => void = () => undefined;
      const address = new Promise<string>((resolve) => (announce = resolve));
      const ending = fixture.line.run(['serve', ...args], {
        interrupted: stop.signal,
        onOutput: (line) => announce(/http\S+/.exec(line)?.[0] ?? line),
        ...(directory === undefined ? {} : { directory }),
      });
      try {
        await work(await Promise.race([address, ending.then(({ complaints }) => assert.fail(complaints))]));
      } finally {
        stop.abort();
      }
      return ending;
    }

    it('tells where, tells with -v of each message that it answers, and ends with Ctrl-C', async () => {
      const clone = fixture.line.path('clone.fossil');
      const port = String(await freePort());
      const { exitCode, output, complaints } = await serving(
        [fixture.repository, '-P', port, '--localhost', '-v'],
        async (url) => {
          await fixture.fossil(['clone', '--no-open', url.replace('://', '://alice:pw@'), clone]);
          await fixture.fossil(['sync', '--once', url.replace('://', '://alice:no@'), '-R', clone]);
        },
      );
      assert.equal(exitCode, 0);
      assert.equal(output, `Serving ${fixture.repository} at http://127.0.0.1:${port}/\nStopped.\n`);
      const [first, ...others] = complaints.trimEnd().split('\n');
      assert.match(
        first ?? '',
        /^127\.0\.0\.1 clone 200: received \d+ bytes \(\d+ cards\), sent .* \(\d+ cards with 3 artifacts\), \d+ ms$/,
      );
      assert.match(others.at(-1) ?? '', /^127\.0\.0\.1 login 200: .*; login failed$/);
      assert.ok(!complaints.includes('pw'), complaints);
    });

    it('serves the repository of the checkout around when it is given no other', async () => {
      const { exitCode } = await serving(
        ['--port', '0'],
        async (url) => {
          const response = await fetch(`${url}json/stat`);
          const [code = ''] = await fixture.query("SELECT value FROM config WHERE name='project-code'");
          assert.match(await response.text(), new RegExp(code.replaceAll("'", '')));
        },
        fixture.checkout,
      );
      assert.equal(exitCode, 0);
    });

    it('records with --transcript what it hears and answers, secrets removed, so that it can be heard and answered again', async () => {
      const { line, repository } = fixture;
      const [clone, file, copy] = ['told.fossil', 'told.txt', 'copy.fossil'].map((name) => line.path(name)) as [
        string,
        string,
        string,
      ];
      await fs.copyFile(repository, copy);
      await serving([repository, '--port', '0', '--transcript', file], async (url) => {
        await fixture.fossil(['clone', '--no-open', url.replace('://', '://alice:pw@'), clone]);
        await fs.writeFile(line.path('page.md'), 'a page\n');
        await fixture.fossil(['wiki', 'create', 'Told', line.path('page.md'), '-R', clone]);
        await fixture.fossil(['push', '--once', url.replace('://', '://alice:pw@'), '-R', clone]);
        await fixture.fossil(['pull', '--once', url.replace('://', '://alice:no@'), '-R', clone]);
        const { complaints } = await line.run(['serve', repository, '--port', '0', '--transcript', file]);
        assert.match(complaints, /told\.txt exists already/);
      });
      assert.equal((await fs.stat(file)).mode & 0o777, 0o600);
      const text = await fs.readFile(file);
      assert.ok(!text.includes(':pw') && !/login alice [0-9a-f]/.test(text.toString('latin1')));
      const entries = parseTranscript(text);
      const pairs = entries.flatMap((entry, index) => (entry.kind === 'request' ? [[entry, entries[index + 1]]] : []));
      assert.ok(pairs.length >= 3 && entries.length === 3 * pairs.length, `${entries.length} entries`);
      assert.match(byteTextOf(bodyOf(entries.at(-1))), /^error login\\sfailed\n/);
      const environment = await createNodeEnvironment({ driver, homeDirectory: line.directory, variables: {} });
      const again = Repository.open(environment, copy, { allowPortableWrites: true });
      try {
        for (const [request, reply] of pairs.slice(0, -1)) {
          const body = bytesOfText(byteTextOf(bodyOf(request)).replace(/^login .*\n/, ''));
          const answer = handleXfer(again, { contentType: 'application/x-fossil-debug', body }, { isLocalAdmin: true });
          const shown = (bytes: Uint8Array): string => byteTextOf(bytes).replace(/# timestamp \S+/, '');
          assert.equal(shown(withoutSecrets(answer.body)), shown(bodyOf(reply)));
        }
        const told = again.db.prepare("SELECT 1 FROM event WHERE type='w' AND comment GLOB '*Told'").get();
        assert.ok(told, 'what was pushed has not come again');
      } finally {
        again.close();
      }
    });

    const refusals: [args: string[], sentence: RegExp][] = [
      [['nowhere.fossil'], /^There is no file .*nowhere\.fossil/],
      [['text'], /is not a Fossil repository/],
      [['project.fossil', '--port', 'x'], /^--port takes a number from 0 \(any free port\) to 65535/],
      [['project.fossil', '--port', '65536'], /^--port takes a number/],
      [['project.fossil', '--max-upload', '1MB'], /^--max-upload takes a number of bytes/],
      [['project.fossil', '--https-cert', 'text'], /^--https-cert and --https-key belong together/],
      [['project.fossil', '--https-cert', 'text', '--https-key', 'text'], /cannot be used \(.*Both must be PEM files/],
      [['project.fossil', '--port', '0', '--host', '192.0.2.1'], /^192\.0\.2\.1 is no address of this computer/],
      [['project.fossil', '--stdio', '--port', '80'], /^--port is for a server that listens, and --stdio does not/],
      [['work', '--stdio'], /is not a Fossil repository: it is not a file/],
    ];
    for (const [args, sentence] of refusals) {
      it(`refuses "${args.join(' ')}" in a sentence`, async () => {
        await fs.writeFile(fixture.line.path('text'), 'no certificate, no repository\n');
        const { exitCode, complaints } = await fixture.line.run(['serve', ...args]);
        assert.match(complaints, sentence);
        assert.equal(exitCode, 1);
      });
    }
  });
}

function bodyOf(entry: TranscriptEntry | undefined): Uint8Array {
  return entry !== undefined && 'body' in entry ? entry.body : new Uint8Array(0);
}
