import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
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
      assert.match(others.at(-1) ?? '', /^127\.0\.0\.1 \w+ 200: .*; login failed$/);
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
