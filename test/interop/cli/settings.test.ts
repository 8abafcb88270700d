import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { drivers } from '../checkout/fossil-fixture';
import { AdminFixture } from './admin-fixture';

for (const driver of drivers) {
  describe(`trilobite settings with the ${driver} driver`, () => {
    let fixture: AdminFixture;
    beforeEach(async () => {
      fixture = await AdminFixture.create(driver);
    });
    afterEach(() => fixture.remove());

    /** What both sides say to the same question is the same. */
    it('lists what fossil settings lists, local, global and versioned', async () => {
      await fixture.fossilInCheckout('settings', 'autosync', 'off');
      await fixture.fossilInCheckout('settings', 'pgp-command', 'gpg --sign', '--global');
      await fixture.fossilInCheckout('settings', 'ignore-glob', '*.tmp\n*.bak');
      await fixture.commit({ '.fossil-settings/ignore-glob': '*.o\n' }, 'settings');
      const listing = await fixture.assertSame('settings');
      assert.match(listing, /^autosync {13}\(local\) {2}off$/m);
      assert.match(listing, /^pgp-command {10}\(global\) gpg --sign$/m);
      assert.match(listing, /overridden by contents of file \.fossil-settings\/ignore-glob/);
      await fixture.assertSame('settings', 'auto');
      await fixture.assertSame('settings', 'autosync', '--exact');
    });

    it('sets and unsets what fossil reads', async () => {
      await fixture.inCheckout(['settings', 'autosync', 'pullonly']);
      assert.match(await fixture.fossilInCheckout('settings', 'autosync', '--exact'), /\(local\) +pullonly/);
      await fixture.inCheckout(['unset', 'autosync']);
      assert.equal((await fixture.fossilInCheckout('settings', 'autosync', '--exact')).trim(), 'autosync');
      await fixture.line.succeed(['set', 'dotfiles', 'on', '-R', fixture.repository]);
      assert.match(await fixture.fossilInCheckout('settings', 'dotfiles'), /\(local\) +on/);
    });

    it('sets and unsets the settings of the user, in a home that has none yet', async () => {
      await fs.rm(fixture.line.path('home', '.fossil'), { force: true });
      await fixture.inCheckout(['settings', '--global', 'editor', 'vi']);
      assert.match(await fixture.fossilInCheckout('settings', 'editor'), /\(global\) vi/);
      assert.equal(
        await fixture.line.succeed(['settings', 'editor']),
        `${'editor'.padEnd(20)} (global) vi\n`,
        'outside of a checkout',
      );
      await fixture.inCheckout(['unset', 'editor', '--global']);
      assert.equal((await fixture.fossilInCheckout('settings', 'editor')).trim(), 'editor');
    });

    it('refuses a setting that does not exist, and one that may be several', async () => {
      const unknown = await fixture.line.run(['settings', 'nonsense', 'on', '-R', fixture.repository]);
      assert.equal(unknown.exitCode, 1);
      assert.match(unknown.complaints, /no setting "nonsense"/);
      const several = await fixture.line.run(['settings', 'chat', '3', '-R', fixture.repository]);
      assert.match(several.complaints, /chat-alert-sound, chat-initial-history/);
      const global = await fixture.line.run(['settings', 'manifest', 'on', '--global']);
      assert.match(global.complaints, /belongs to a repository/);
      assert.deepEqual(await fixture.query("SELECT count(*) FROM config WHERE name IN ('nonsense','manifest')"), ['0']);
    });

    it('writes the manifest files when their setting says so, and takes them away again', async () => {
      await fixture.commit({ 'a.txt': 'a\n' }, 'a file');
      await fixture.inCheckout(['settings', 'manifest', 'on']);
      const uuid = await fs.readFile(path.join(fixture.checkout, 'manifest.uuid'), 'utf8');
      assert.match(await fixture.fossilInCheckout('info'), new RegExp(uuid.slice(0, 40)));
      await fixture.inCheckout(['unset', 'manifest']);
      await assert.rejects(fs.stat(path.join(fixture.checkout, 'manifest')));
    });
  });
}
