import assert from 'node:assert/strict';
import { startFossilServer, type FossilServer } from '../../support/fossil-server';
import { drivers } from '../checkout/fossil-fixture';
import { AdminFixture } from './admin-fixture';

for (const driver of drivers) {
  describe(`trilobite user with the ${driver} driver`, () => {
    let fixture: AdminFixture;
    let server: FossilServer | undefined;
    beforeEach(async () => {
      fixture = await AdminFixture.create(driver);
    });
    afterEach(async () => {
      await server?.stop();
      server = undefined;
      await fixture.remove();
    });

    it('lists what fossil user list lists', async () => {
      await fixture.fossilInCheckout('user', 'contact', 'alice', 'alice@example.com');
      const listing = await fixture.inCheckout(['user', 'ls']);
      assert.equal(listing, await fixture.fossilInCheckout('user', 'ls'));
      assert.match(listing, /^alice +alice@example\.com$/m);
    });

    it('makes a user who can log in to fossil server, with a password that is stored nowhere', async () => {
      await fixture.inCheckout(['user', 'new', 'bob', 'Bob <bob@example.com>', '--password-stdin'], ['bobs secret']);
      await fixture.inCheckout(['user', 'capabilities', 'bob', 'gio']);
      assert.equal((await fixture.fossilInCheckout('user', 'capabilities', 'bob')).trim(), 'gio');
      const [stored = ''] = await fixture.query("SELECT pw FROM user WHERE login='bob'");
      assert.match(stored, /^'[0-9a-f]{40}'$/);
      await fixture.fossilInCheckout('user', 'capabilities', 'nobody', '');
      await fixture.fossilInCheckout('user', 'capabilities', 'anonymous', '');
      server = await startFossilServer(fixture.repository);
      const url = server.url.replace('://', '://bob@');
      await fixture.line.succeed(['clone', url, 'clone.fossil', '--password-stdin'], { input: ['bobs secret'] });
      const refused = await fixture.line.run(['clone', url, 'other.fossil', '--password-stdin'], { input: ['wrong'] });
      assert.equal(refused.exitCode, 1);
      assert.match(refused.complaints, /did not accept the password|does not let/);
    });

    it('changes a password, asking for it twice, and leaves it when none is given', async () => {
      const before = await fixture.query("SELECT pw FROM user WHERE login='alice'");
      assert.match(await fixture.inCheckout(['user', 'password', 'alice'], ['']), /unchanged/);
      assert.deepEqual(await fixture.query("SELECT pw FROM user WHERE login='alice'"), before);
      await fixture.inCheckout(['user', 'password', 'alice'], ['secret', 'secret']);
      const ours = await fixture.query("SELECT pw FROM user WHERE login='alice'");
      await fixture.fossilInCheckout('user', 'password', 'alice', 'secret');
      assert.deepEqual(await fixture.query("SELECT pw FROM user WHERE login='alice'"), ours);
      const options = { directory: fixture.checkout, input: ['one', 'another'] };
      const differing = await fixture.line.run(['user', 'password', 'alice'], options);
      assert.match(differing.complaints, /differ/);
      assert.deepEqual(await fixture.query("SELECT pw FROM user WHERE login='alice'"), ours);
    });

    it('takes no password from its arguments', async () => {
      for (const args of [
        ['user', 'new', 'carol', 'Carol', 'hunter2'],
        ['user', 'password', 'alice', 'hunter2'],
      ]) {
        const { exitCode, complaints, output } = await fixture.line.run([...args, '-R', fixture.repository]);
        assert.equal(exitCode, 1);
        assert.match(complaints, /--password-stdin/);
        assert.ok(!complaints.includes('hunter2') && !output.includes('hunter2'));
      }
      assert.deepEqual(await fixture.query("SELECT count(*) FROM user WHERE login='carol'"), ['0']);
    });

    it('shows and sets contact, and the default user of a checkout or a repository', async () => {
      await fixture.inCheckout(['user', 'contact', 'alice', 'room 7']);
      assert.equal(await fixture.fossilInCheckout('user', 'contact', 'alice'), 'room 7\n');
      await fixture.fossilInCheckout('user', 'new', 'dora', 'Dora', 'dorapw');
      await fixture.inCheckout(['user', 'default', 'dora']);
      assert.equal(await fixture.fossilInCheckout('user', 'default'), 'dora\n');
      await fixture.line.succeed(['user', 'default', 'dora', '-R', fixture.repository]);
      assert.deepEqual(await fixture.query("SELECT value FROM config WHERE name='default-user'"), ["'dora'"]);
      await fixture.inCheckout(['user', 'default', 'nobody']);
      assert.equal(await fixture.inCheckout(['user', 'default']), 'alice\n');
    });

    it('refuses users who are not there, or there already', async () => {
      for (const args of [
        ['user', 'capabilities', 'nemo', 's'],
        ['user', 'contact', 'nemo', 'x'],
        ['user', 'password', 'nemo', '--password-stdin'],
        ['user', 'default', 'nemo'],
      ]) {
        const ending = await fixture.line.run([...args, '-R', fixture.repository], { input: ['pw'] });
        assert.match(ending.complaints, /no user "nemo"/);
      }
      const options = { input: ['pw'] };
      const again = await fixture.line.run(['user', 'new', 'alice', 'A', '-R', fixture.repository], options);
      assert.match(again.complaints, /user "alice" already/);
    });
  });
}
