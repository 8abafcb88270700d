import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { startFossilServer } from '../../support/fossil-server';
import { drivers } from '../checkout/fossil-fixture';
import { AdminFixture } from './admin-fixture';
import type { Ending } from './command-line';

for (const driver of drivers) {
  describe(`trilobite remote with the ${driver} driver`, () => {
    let fixture: AdminFixture;
    beforeEach(async () => {
      fixture = await AdminFixture.create(driver);
    });
    afterEach(() => fixture.remove());

    it('names no remote where there is none', async () => {
      assert.equal(await fixture.assertSame('remote'), 'off\n');
      assert.equal((await fixture.inCheckout(['remote', 'ls'])).trim(), '');
    });

    it('shows what fossil has remembered, passwords as stars', async () => {
      await fixture.fossilInCheckout('remote', 'add', 'work', 'http://bob:s3cret@Example.COM:8080/repo');
      await fixture.fossilInCheckout('remote', 'add', 'plain', 'https://example.org/x');
      await fixture.fossilInCheckout('remote', 'work');
      assert.equal(await fixture.assertSame('remote'), 'http://bob@example.com:8080/repo\n');
      await fixture.assertSame('remote', 'list');
      await fixture.assertSame('remote', 'ls');
      const rows = await fixture.assertSame('remote', 'config-data');
      assert.ok(!rows.includes('s3cret'));
      assert.match(await fixture.assertSame('remote', 'config-data', '--show-passwords'), /s3cret/);
      for (const beginning of ['l', 'lis', 'c', 'config']) await fixture.assertSame('remote', beginning);
      const json = await fixture.inCheckout(['remote', 'ls', '--json']);
      assert.deepEqual(
        (JSON.parse(json) as { name: string; hasPassword: boolean }[]).map(({ name, hasPassword }) => [
          name,
          hasPassword,
        ]),
        [
          ['default', true],
          ['plain', false],
          ['work', true],
        ],
      );
    });

    it('changes what fossil changes, and is as silent', async () => {
      /** Without the rows that fossil keeps for passwords that are none. */
      const known = async (): Promise<string[]> => {
        const rows = await fixture.fossilInCheckout('remote', 'config-data');
        return rows.split('\n').filter((row) => !/^\S+-pw\S* +\*$/.test(row));
      };
      await fixture.fossilInCheckout('settings', 'autosync', 'off');
      for (const args of [
        ['add', 'work', 'http://example.com/x'],
        ['add', 'copy', 'work'],
        ['work'],
        ['add', 'again', 'default'],
        ['http://example.org/y'],
        ['d', 'copy'],
        ['scr'],
        ['off'],
        ['delete', 'work'],
      ]) {
        const before = await fs.readFile(fixture.repository);
        const theirs = await fixture.fossilInCheckout('remote', ...args);
        const rows = await known();
        await fs.writeFile(fixture.repository, before);
        assert.equal(await fixture.inCheckout(['remote', ...args]), theirs, args.join(' '));
        assert.deepEqual(await known(), rows, args.join(' '));
      }
    });

    it('shows the page of a version in the browser that the settings name', async () => {
      const seen = fixture.line.path('seen');
      await fixture.fossilInCheckout(
        'settings',
        'web-browser',
        `sh -c 'echo "$0" > seen.part && mv seen.part ${seen}'`,
      );
      await fixture.inCheckout(['remote', "https://example.com/it's"], ['']);
      const link = await fixture.inCheckout(['remote', 'hyperlink']);
      await fixture.inCheckout(['remote', 'ui']);
      while (!(await fs.stat(seen).catch(() => undefined))) await new Promise(setImmediate);
      assert.equal(await fs.readFile(seen, 'utf8'), link);
    });

    it('tells the address where there is no browser, and when the one in the settings fails', async () => {
      await fixture.inCheckout(['remote', 'https://example.com/'], ['']);
      const link = (await fixture.inCheckout(['remote', 'hyperlink'])).trim();
      const show = (PATH: string): Promise<Ending> =>
        fixture.line.run(['remote', 'ui'], { directory: fixture.checkout, variables: { PATH } });
      const refusal = { exitCode: 1, complaints: `No browser could be started. The page is ${link}\n` };
      const { exitCode, complaints } = await show(fixture.line.path('nothing'));
      assert.deepEqual({ exitCode, complaints }, refusal);
      await fixture.fossilInCheckout('settings', 'web-browser', 'exit 3 #');
      const failed = await show(process.env['PATH'] ?? '');
      assert.deepEqual({ exitCode: failed.exitCode, complaints: failed.complaints }, refusal);
    });

    it('remembers what fossil then uses, the password obscured', async () => {
      const added = await fixture.inCheckout(
        ['remote', 'add', 'work', 'http://bob@example.com/x', '--password-stdin'],
        ['s3cret'],
      );
      assert.ok(!added.includes('s3cret'));
      assert.match(await fixture.fossilInCheckout('remote', 'list'), /^work +http:\/\/bob@example\.com\/x$/m);
      const shown = await fixture.fossilInCheckout('remote', 'config-data', '--show-passwords');
      assert.match(shown, /^sync-pw:work +s3cret$/m);
      const stored = await fixture.query("SELECT value FROM config WHERE name='sync-pw:work'");
      assert.match(stored[0] ?? '', /^'[0-9a-f]+'$/);
      assert.equal(await fixture.inCheckout(['remote', 'work']), '');
      assert.equal(await fixture.fossilInCheckout('remote'), 'http://bob@example.com/x\n');
      assert.match(
        await fixture.fossilInCheckout('remote', 'config-data', '--show-passwords'),
        /^last-sync-pw +s3cret$/m,
      );
      await fixture.inCheckout(['remote', 'scrub']);
      assert.ok(!(await fixture.fossilInCheckout('remote', 'config-data')).includes('-pw'));
      await fixture.inCheckout(['remote', 'add', 'copy', 'default'], ['']);
      await fixture.inCheckout(['remote', 'off']);
      assert.equal(await fixture.fossilInCheckout('remote'), 'off\n');
      await fixture.inCheckout(['remote', 'delete', 'work']);
      assert.match(await fixture.fossilInCheckout('remote', 'list'), /^copy +http:\/\/bob@example\.com\/x\n$/);
    });

    it('links to the version that is checked out, and to files of it', async () => {
      await fixture.commit({ 'dir/a.txt': 'a\nb\nc\n' }, 'a file');
      await fixture.assertSame('remote', 'hyperlink');
      await fixture.inCheckout(['remote', 'https://bob@example.com/x'], ['']);
      assert.match(
        await fixture.assertSame('remote', 'hyperlink'),
        /^https:\/\/example\.com\/x\/info\/[0-9a-f]{16}\n$/,
      );
      await fixture.assertSame('remote', 'hyperlink', 'dir/a.txt');
      await fixture.assertSame('remote', 'hyperlink', 'dir/a.txt', '2');
      await fixture.assertSame('remote', 'hyperlink', 'dir/a.txt', '2', '3');
    });

    it('refuses what is neither an address nor a name, and the name of the default', async () => {
      for (const [args, complaint] of [
        [['remote', 'nowhere'], /neither an address nor the name/],
        [['remote', 'add', 'default', 'http://example.com/'], /another name/],
        [['remote', 'delete', 'nowhere'], /no remote "nowhere"/],
        [['remote', 'add', 'x', 'gopher://example.com/'], /not supported/],
        [['remote', 'add', 'x', 'default'], /no default remote/],
      ] as const) {
        const ending = await fixture.line.run(args, { directory: fixture.checkout });
        assert.equal(ending.exitCode, 1);
        assert.match(ending.complaints, complaint);
      }
      assert.deepEqual(await fixture.query("SELECT count(*) FROM config WHERE name GLOB '*sync-*'"), ['0']);
    });

    it('lets sync use a remote by its name', async () => {
      const served = fixture.line.path('served', 'project.fossil');
      await fs.mkdir(path.dirname(served));
      await fs.copyFile(fixture.repository, served);
      const server = await startFossilServer(served);
      try {
        await fixture.inCheckout(['remote', 'add', 'near', server.url]);
        assert.match(await fixture.inCheckout(['pull', '--url', 'near']), /Nothing new/);
        const { complaints } = await fixture.line.run(['pull', 'far', '-R', fixture.repository]);
        assert.match(complaints, /^There is no remote "far"; .*An address begins with http/);
      } finally {
        await server.stop();
      }
    });
  });
}
