import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { Checkout, findCheckout } from '../../../src/engine/checkout/checkout';
import { openCheckout, type OpenCheckoutOptions } from '../../../src/engine/checkout/open-checkout';
import { checkoutStatus } from '../../../src/engine/checkout/status';
import { EngineError, hasCode, type ErrorCode } from '../../../src/engine/errors';
import type { Environment } from '../../../src/engine/platform/environment';
import { dumpCheckout } from './database-dump';
import { drivers, FossilFixture, treeOf } from './fossil-fixture';

for (const driver of drivers) {
  describe(`Opening a checkout, compared with fossil open (${driver})`, () => {
    let fixture: FossilFixture;
    let theirs: string;
    let ours: string;

    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      theirs = await fixture.fossilOpen('theirs');
      await fixture.write(theirs, { 'run.sh': 'run\n' });
      await fs.chmod(path.join(theirs, 'run.sh'), 0o755);
      await fixture.fossilCommit(theirs, 'one', {
        'a.txt': 'one\n',
        'sub/ü x.txt': 'x\n',
        '.fossil-settings/empty-dirs': 'empty/dir\n',
        '.fossil-settings/manifest': 'rut\n',
      });
      await fixture.fossilCommit(theirs, 'two', { 'a.txt': 'two two\n' });
      await fixture.fossil(theirs, 'close');
      await fs.rm(theirs, { recursive: true });
      theirs = await fixture.fossilOpen('theirs');
      ours = path.join(fixture.directory, 'ours');
    });
    afterEach(() => fixture.remove());

    async function open(
      options: OpenCheckoutOptions = {},
      environment: Environment = fixture.environment,
    ): Promise<void> {
      const checkout = await openCheckout(environment, fixture.repository, ours, {
        allowPortableWrites: true,
        ...options,
      });
      checkout.close();
    }

    async function failsWith(work: Promise<unknown>, code: ErrorCode): Promise<void> {
      await assert.rejects(work, (error) => hasCode(error, code));
    }

    it('leaves the files and tables that fossil leaves', async () => {
      await open();
      assert.deepEqual(await treeOf(ours), await treeOf(theirs));
      const [our, their] = [await dumpCheckout(fixture, ours), await dumpCheckout(fixture, theirs)];
      assert.deepEqual(our['vfile'], their['vfile']);
      const settings = (vvar: string[] = []): string[] => vvar.filter((row) => !row.startsWith("'repository"));
      assert.deepEqual(settings(our['vvar']), settings(their['vvar']));
      assert.ok((await fs.stat(path.join(ours, 'empty/dir'))).isDirectory());
      assert.equal(await fixture.fossil(ours, 'changes', '--differ'), '');
    });

    it('is usable by fossil, which then knows the checkout', async () => {
      await open();
      await fixture.write(ours, { 'a.txt': 'three, by fossil\n' });
      await fixture.fossil(ours, 'commit', '-m', 'three');
      const { changes, extras } = await fixture.withCheckout(ours, (checkout) => checkoutStatus(checkout));
      assert.deepEqual([changes, extras], [[], []]);
      const everywhere = await fixture.fossil(fixture.directory, 'all', 'list', '--ckout');
      assert.ok(everywhere.includes(`${ours}/`), everywhere);
      const info = await fixture.query(fixture.repository, "SELECT name FROM config WHERE name GLOB 'ckout:*'");
      assert.ok(info.includes(`'ckout:${ours}/'`), info.join());
    });

    it('opens a version that is asked for', async () => {
      await failsWith(open({ version: 'no such version' }), 'unknown-version');
      const one = (
        await fixture.query(fixture.repository, "SELECT uuid FROM blob JOIN event ON objid=rid WHERE comment='one'")
      )[0];
      await open({ version: one?.replaceAll("'", '') ?? '' });
      assert.equal(await fs.readFile(path.join(ours, 'a.txt'), 'utf8'), 'one\n');
    });

    it('opens what fossil opens where another branch still carries the name of the main branch', async () => {
      await fixture.fossilCommit(theirs, 'aside', { 'a.txt': 'aside\n' }, '--branch', 'side');
      await fixture.fossil(theirs, 'tag', 'add', '--propagate', 'trunk', 'side');
      await open();
      const newer = await fixture.fossilOpen('newer');
      assert.equal(await fs.readFile(path.join(newer, 'a.txt'), 'utf8'), 'aside\n');
      assert.deepEqual(await treeOf(ours), await treeOf(newer));
    });

    it('reports progress from nothing to all files', async () => {
      const seen: number[] = [];
      await open({ onProgress: ({ artifacts }) => seen.push(artifacts.done) });
      assert.deepEqual(seen, [1, 2, 3, 4, 5]);
    });

    it('refuses a directory that holds files, and with force keeps them', async () => {
      await fixture.write(ours, { 'a.txt': 'mine\n', 'other.txt': 'mine too\n' });
      await failsWith(open(), 'directory-not-empty');
      assert.deepEqual(Object.keys(await treeOf(ours)).sort(), ['a.txt', 'other.txt']);
      await open({ force: true });
      const tree = await treeOf(ours);
      assert.equal(tree['a.txt-original'], 'mine\n');
      assert.equal(tree['other.txt'], 'mine too\n');
    });

    it('refuses a checkout, a directory inside one, and a repository that is not there', async () => {
      await open();
      await failsWith(open({ force: true }), 'checkout-exists');
      await failsWith(openCheckout(fixture.environment, fixture.repository, path.join(ours, 'sub')), 'checkout-exists');
      await failsWith(openCheckout(fixture.environment, `${fixture.repository}x`, `${ours}2`), 'file-missing');
    });

    it('leaves nothing behind when the disk is full, and works the second time', async () => {
      let left = 3;
      const full: Environment = {
        ...fixture.environment,
        fs: {
          ...fixture.environment.fs,
          write: async (...args) => {
            if (left-- <= 0) throw new EngineError('disk-full', 'The disk is full.');
            return fixture.environment.fs.write(...args);
          },
        },
      };
      await failsWith(open({}, full), 'disk-full');
      assert.deepEqual(await fs.readdir(ours), []);
      await open();
      assert.equal(await fixture.fossil(ours, 'changes', '--differ'), '');
    });

    it('finishes what a kill interrupted', async () => {
      Checkout.create(fixture.environment, await fs.mkdir(ours).then(() => ours), fixture.repository, {
        allowPortableWrites: true,
      }).close();
      await fixture.write(ours, { 'a.txt': 'two two\n' });
      await open();
      assert.deepEqual(await treeOf(ours), await treeOf(theirs));
      await failsWith(open(), 'checkout-exists');
    });

    it('begins anew where a kill left nothing but the name of the database', async () => {
      await fixture.write(ours, { '.fslckout': '', '.fslckout-journal': '' });
      await open();
      assert.deepEqual(await treeOf(ours), await treeOf(theirs));
      assert.equal(await fixture.fossil(ours, 'changes', '--differ'), '');
    });

    it('finds the checkout from a directory below, and says when there is none', async () => {
      await open();
      assert.equal(await findCheckout(fixture.environment, path.join(ours, 'sub')), ours);
      assert.equal(await findCheckout(fixture.environment, fixture.directory), undefined);
      await failsWith(Checkout.open(fixture.environment, fixture.directory), 'not-a-checkout');
    });

    it('says that the repository has gone', async () => {
      await open();
      await fs.rename(fixture.repository, `${fixture.repository}.moved`);
      await assert.rejects(Checkout.open(fixture.environment, ours), (error) => {
        assert.ok(hasCode(error, 'file-missing'));
        assert.ok(error.message.includes(fixture.repository));
        return true;
      });
    });

    it('refuses a checkout database that is none', async () => {
      await fixture.write(ours, { '.fslckout': 'x'.repeat(4096) });
      await failsWith(Checkout.open(fixture.environment, ours), 'not-a-checkout');
    });

    it('upgrades the tables of an old checkout', async () => {
      await open();
      await fixture.write(ours, { 'a.txt': 'edited, and longer\n' });
      await fixture.query(
        path.join(ours, '.fslckout'),
        `DROP TRIGGER vmerge_ck1; DROP INDEX vmergex1; ALTER TABLE vmerge DROP COLUMN mhash;
         CREATE UNIQUE INDEX vmergex1 ON vmerge(id,merge); ALTER TABLE vfile DROP COLUMN mhash;`,
      );
      const { changes } = await fixture.withCheckout(ours, (checkout) => checkoutStatus(checkout));
      assert.deepEqual(changes, [{ path: 'a.txt', kind: 'edited' }]);
      assert.match(await fixture.fossil(ours, 'changes'), /^EDITED +a\.txt\n$/);
    });

    it('reads where writing is not allowed', async () => {
      await fixture.write(theirs, { 'a.txt': 'edited, and longer\n' });
      const checkout = await Checkout.open(fixture.environment, theirs, { mode: 'read' });
      try {
        assert.deepEqual((await checkoutStatus(checkout)).changes, [{ path: 'a.txt', kind: 'edited' }]);
      } finally {
        checkout.close();
      }
    });
  });
}
