import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import type { Hash } from '../../../src/engine/identifiers';
import { rebuild } from '../../../src/engine/repository/rebuild';
import { Repository } from '../../../src/engine/repository/repository';
import { derivedTables, type DerivedTables } from '../../support/derived-tables';
import { type ComposedArtifact, Composer } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { addRoot, receive, tablesAsRebuilt } from './crosslink-arrival';

const upperCase = (hash: Hash): Hash => hash.toUpperCase() as Hash;

for (const driver of drivers) {
  describe(`what cards write as Fossil itself would not, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    let composer: Composer;
    let root: Hash;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    beforeEach(() => {
      composer = new Composer(fixture.environment.hash, new Seeded(12), Date.UTC(2022, 5, 7));
      root = addRoot(composer);
    });
    after(() => fixture.remove());

    const checkin = (comment: string, parents: Hash[], hashes: Hash[], picked: Hash[] = []): Hash =>
      composer.add({
        ...{ type: 'checkin', date: composer.next(), comment, user: 'alice', parents, tags: [] },
        cherrypicks: picked.map((hash) => ({ sign: '+', hash })),
        files: hashes.map((hash, place) => ({ name: `file${place}`, hash, permission: 'regular' })),
      });

    const change = async (file: string, work: (repository: Repository) => unknown): Promise<void> => {
      const repository = Repository.open(fixture.environment, file, { allowPortableWrites: true });
      try {
        await work(repository);
        repository.db.persist();
      } finally {
        repository.close();
      }
    };

    /** What our rebuild makes of the file, after a check that Fossil's makes the same. */
    const rebuilt = async (file: string): Promise<DerivedTables> => {
      const copy = `${file}.copy`;
      copyFileSync(file, copy);
      await change(file, (repository) => rebuild(repository, { user: 'alice' }));
      await fixture.fossil(fixture.directory, 'rebuild', copy);
      const ours = await derivedTables(file);
      assert.deepEqual(ours, await derivedTables(copy));
      return ours;
    };

    describe('names in upper case', () => {
      const addHistory = (missing: Hash[], { withPick = false } = {}): void => {
        const [x, y] = [composer.content('file x\n'), composer.content('file y\n')];
        const one = checkin('one', [root], [x]);
        const two = checkin('two', [one], [upperCase(y)]);
        const three = checkin('three', [upperCase(one)], [x, y]);
        const four = checkin('four', [two, upperCase(three)], [y]);
        const five = checkin('five', [four], [y, ...missing]);
        // "fossil rebuild" fails when a pick is all that names something so.
        if (withPick) checkin('six', [five], [x], [upperCase(three), two]);
        const tags = [{ sign: '*', name: 'colour', target: upperCase(two), value: 'red' } as const];
        composer.add({ type: 'control', date: composer.next(), tags, user: 'bob' });
      };

      it('mean the artifacts that are here, and stay as they stand when nothing is', async () => {
        const missing = upperCase(composer.unknown());
        addHistory([missing]);
        const file = await receive(fixture, composer.artifacts, new Seeded(5));
        const ours = await derivedTables(file);
        assert.deepEqual(ours.phantom, [JSON.stringify([missing])]);
        // "fossil rebuild" fails when it comes to such a name again.
        await change(file, ({ db }) => db.exec('DELETE FROM blob WHERE size<0; DELETE FROM phantom'));
        assert.deepEqual(ours, await rebuilt(file));
      });

      it('mean, once all is rebuilt, also what has come after it was named so', async () => {
        addHistory([], { withPick: true });
        const newestFirst = [...composer.artifacts].reverse();
        const tables = await rebuilt(await receive(fixture, newestFirst, new Seeded(6)));
        assert.equal(tables.cherrypick.length, 2);
        const linked = tables.mlink.concat(tables.plink, tables.tagxref);
        assert.ok(linked.length > 8);
        const known = composer.artifacts.map(({ hash }) => upperCase(hash));
        assert.ok(!linked.some((row) => known.some((name) => row.includes(name))));
      });
    });

    it('values of tags that are no UTF-8 come to their check-ins and on to their descendants byte for byte', async () => {
      const target = checkin('target', [root], []);
      const child = checkin('child', [target], []);
      checkin('grandchild', [child], []);
      const tags = (['*vvv', '+comment', '*bgcolor'] as const).map((card) => ({
        ...{ sign: card.charAt(0) as '*' | '+', name: card.slice(1), target, value: `na\udcefve ${card}` },
      }));
      composer.add({ type: 'control', date: composer.next(), tags, user: 'bob' });
      const [first = assert.fail(), ...others] = [...composer.artifacts];
      const control = others.pop() ?? assert.fail();
      const orders: ComposedArtifact[][] = [
        [first, ...others, control],
        [first, control, ...others],
        [first, control, ...others.reverse()],
      ];
      for (const order of orders) {
        const file = await receive(fixture, order, new Seeded(7));
        const ours = await tablesAsRebuilt(fixture, file, ({ tagxref }) => tagxref);
        assert.equal(ours.tagxref.filter((row) => row.includes('na\udcefve *vvv')).length, 3);
        const { event } = await rebuilt(file);
        assert.ok(event.some((row) => row.includes('na\udcefve +comment')));
        assert.ok(![...ours.event, ...event].some((row) => row.includes('\ufffd')));
      }
    });
  });
}
