import assert from 'node:assert/strict';
import { generatedRepository } from '../../support/every-artifact/generated';
import { drivers } from '../checkout/fossil-fixture';
import { copyOf } from '../repository/repository-copies';
import { AdminFixture } from './admin-fixture';

for (const driver of drivers) {
  describe(`trilobite rebuild with the ${driver} driver`, () => {
    let fixture: AdminFixture;
    beforeEach(async () => {
      fixture = await AdminFixture.create(driver);
      await fixture.commit({ 'a.txt': 'a\n' }, 'first');
    });
    afterEach(() => fixture.remove());

    const ours = (...options: string[]): Promise<string> =>
      fixture.line.succeed(['rebuild', fixture.repository, ...options]);
    const value = async (sql: string): Promise<string> => (await fixture.query(sql)).join();

    it('does nothing with --ifneeded where nothing is, and does it where the form of the tables is an older one', async () => {
      await fixture.query('CREATE TABLE stray(x)');
      const stray = "SELECT count(*) FROM sqlite_schema WHERE name='stray'";
      assert.equal(await ours('--ifneeded'), 'Nothing needs to be rebuilt.\n');
      assert.equal(await value(stray), '1');
      const form = "SELECT value FROM config WHERE name='aux-schema'";
      const current = await value(form);
      await fixture.query("UPDATE config SET value='2011-04-25 19:50' WHERE name='aux-schema'");
      assert.match(await ours('--ifneeded'), /^Rebuilt from /);
      assert.deepEqual([await value(stray), await value(form)], ['0', current]);
    });

    it('says what is lost where a table is gone that no artifact can fill, and changes nothing', async () => {
      for (const table of ['private', 'shun']) {
        const file = await copyOf(fixture.repository, fixture.line.path(`no-${table}.fossil`));
        await fixture.query(`DROP TABLE ${table}; CREATE TABLE stray(x)`, file);
        const refused = `Nothing was rebuilt: ${file} has lost its table "${table}", and no artifact tells what stood in it. Restore a backup, or clone again from a server that has it.\n`;
        for (const options of [[], ['--force'], ['--compress-only']]) {
          const { exitCode, complaints } = await fixture.line.run(['rebuild', file, ...options]);
          assert.deepEqual([exitCode, complaints], [1, refused]);
        }
        await assert.rejects(fixture.fossil(['rebuild', file]), new RegExp(`no such table: ${table}`));
      }
    });

    it('says nothing with --quiet, takes --noverify for granted, and counts artifacts with --stats', async () => {
      assert.equal(await ours('--quiet', '--noverify'), '');
      const every = await copyOf(await generatedRepository('every artifact'), fixture.line.path('every.fossil'));
      const count = async (type: string): Promise<number> =>
        Number((await fixture.query(`SELECT count(*) FROM event WHERE type='${type}'`, every)).join());
      const lines = (await fixture.line.succeed(['rebuild', every, '-q', '--stats'])).trimEnd().split('\n');
      const counts = new Map(lines.map((line) => [line.slice(0, 15).trimEnd(), Number(line.slice(16))]));
      const theirs = await fixture.fossil(['rebuild', every, '--stats']);
      for (const label of [
        'Artifacts:',
        'Manifests:',
        'Clusters:',
        'Tags:',
        'Wikis:',
        'Tickets:',
        'Events:',
        'Other:',
      ]) {
        assert.match(theirs, new RegExp(`^${label.padEnd(15)} +\\d+$`, 'm'));
        assert.ok((counts.get(label) ?? -1) > 0, label);
      }
      assert.equal(counts.get('Forum posts:'), await count('f'));
      assert.equal(
        counts.get('Artifacts:'),
        Number((await fixture.query('SELECT count(*) FROM blob WHERE size>=0', every)).join()),
      );
    });

    it('lets SQLite gather its statistics and forget them', async () => {
      const statistics = "SELECT count(*) FROM sqlite_schema WHERE name='sqlite_stat1'";
      await ours('--analyze');
      assert.equal(await value(statistics), '1');
      await ours('--deanalyze');
      assert.equal(await value(statistics), '0');
    });

    it('turns to a write-ahead log with --wal, where the driver has one', async () => {
      const said = await ours('--wal');
      assert.equal(await value('PRAGMA journal_mode'), driver === 'native' ? "'wal'" : "'delete'");
      assert.equal(/There is no write-ahead log/.test(said), driver === 'portable');
    });
  });
}
