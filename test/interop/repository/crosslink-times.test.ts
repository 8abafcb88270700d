import assert from 'node:assert/strict';
import type { Checkin } from '../../../src/engine/artifact/types';
import type { Hash } from '../../../src/engine/identifiers';
import { Composer } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { addRoot, receive, shuffled, tablesAsRebuilt } from './crosslink-arrival';

const START = Date.UTC(2023, 7, 9);
const ORDERS = 4;

/** A line of check-ins in one second, with forks, a merge and a cherry-pick, some seemingly before their parents. */
function composeHaste(composer: Composer): Hash[] {
  let last = addRoot(composer);
  const now = START + 86_400_000;
  const made: Hash[] = [];
  const checkin = (at: number, parents: Hash[], fields: Partial<Checkin> = {}): Hash => {
    const hash = composer.content(`content number ${made.length}\n`.repeat(8));
    const files = [{ name: `file-${made.length}.txt`, hash, permission: 'regular' as const }];
    const comment = `number ${made.length}, made in haste: ${'x'.repeat(80)}`;
    const common = { comment, date: now + at, files, parents, cherrypicks: [], tags: [], user: 'alice' };
    made.push(composer.add({ type: 'checkin', ...common, ...fields }));
    return made.at(-1) as Hash;
  };
  for (let index = 0; index < 12; index++) last = checkin(100 - 7 * index, [last]);
  const fork = made[4] as Hash;
  const [left, right] = [checkin(60, [fork]), checkin(-1500, [fork])];
  const merge = checkin(0, [left, right]);
  checkin(0, [merge], { cherrypicks: [{ sign: '+', hash: made[9] as Hash }] });
  checkin(2500, [merge]);
  const dated = checkin(-3, [merge]);
  checkin(-4, [dated]);
  composer.add({
    type: 'control',
    date: now + 10_000,
    tags: [{ sign: '+', name: 'date', target: dated, value: '2023-08-11 12:00:00' }],
    user: 'bob',
  });
  return made;
}

for (const driver of drivers) {
  describe(`the times of check-ins made in haste, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    after(() => fixture.remove());

    it('are those of fossil rebuild, whatever their order of arrival', async () => {
      const composer = new Composer(fixture.environment.hash, new Seeded(13), START);
      composeHaste(composer);
      for (let seed = 0; seed < ORDERS; seed++) {
        const seeded = new Seeded(seed);
        const order = seed === 0 ? composer.artifacts : shuffled(composer.artifacts, seeded);
        const { event } = await tablesAsRebuilt(fixture, await receive(fixture, order, seeded)).catch(
          (error: unknown) => {
            throw new Error(`seed ${seed}`, { cause: error });
          },
        );
        const moved = event
          .map((row) => JSON.parse(row) as unknown[])
          .filter((row) => row[0] === 'ci' && row[1] !== row[11]);
        assert.ok(moved.length > 5, 'no time was moved');
      }
    });

    it('move the parents that a check-in had before a tag gave it others, and those as well', async () => {
      const composer = new Composer(fixture.environment.hash, new Seeded(17), START);
      const made = composeHaste(composer);
      const [former, given] = [made.at(-1), made.at(-4)] as [Hash, Hash];
      const before = { date: START + 86_400_000 - 700, files: [], cherrypicks: [], tags: [], user: 'alice' };
      const moved = composer.add({ type: 'checkin', ...before, comment: 'moved', parents: [former] });
      composer.add({
        type: 'control',
        date: START + 87_400_000,
        tags: [{ sign: '+', name: 'parent', target: moved, value: given }],
        user: 'bob',
      });
      const { event } = await tablesAsRebuilt(fixture, await receive(fixture, composer.artifacts, new Seeded(18)));
      const times = event.map((row) => JSON.parse(row) as [string, number, string]);
      const timeOf = (hash: Hash): number => times.find((row) => row[2] === hash)?.[1] ?? 0;
      assert.ok(timeOf(former) < timeOf(moved) && timeOf(given) < timeOf(moved));
    });
  });
}
