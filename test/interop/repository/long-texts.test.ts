import assert from 'node:assert/strict';
import { rebuild } from '../../../src/engine/repository/rebuild';
import { Repository } from '../../../src/engine/repository/repository';
import { bytesOf, Composer } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { addRoot, tablesAsRebuilt } from './crosslink-arrival';
import { receiveBySteps } from './repository-copies';

/** More than a rebuild keeps in memory of one text. */
const LONG = 'long '.repeat(20_000);

for (const driver of drivers) {
  describe(`long texts, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    after(() => fixture.remove());

    it('are told of after a rebuild as short ones are, though they are not kept in memory', async () => {
      const composer = new Composer(fixture.environment.hash, new Seeded(4), Date.UTC(2023, 1, 1));
      const root = addRoot(composer);
      const text = bytesOf(`${LONG}[${root}]`);
      const common = (): { date: number; user: string } => ({ date: composer.next(), user: 'bob' });
      composer.add({ type: 'wiki', title: 'Page', parents: [], text, ...common() });
      const post = composer.add({ type: 'forum', title: 'Thread', text, ...common() });
      composer.add({ type: 'forum', threadRoot: post, inReplyTo: post, text, ...common() });
      const fields = [{ name: 'icomment', isAppend: false, value: `${LONG}[${root}]` }];
      const ticket = composer.add({ type: 'ticket', ticket: composer.id(), fields, ...common() });
      const file = `${fixture.directory}/long.fossil`;
      const reply = composer.artifacts.map(({ hash, bytes, isPrivate }) => ({ hash, payload: bytes, isPrivate }));
      await receiveBySteps(fixture.environment, [reply], file);
      const repository = Repository.open(fixture.environment, file, { allowPortableWrites: true });
      try {
        await rebuild(repository, { user: 'alice' });
      } finally {
        repository.close();
      }
      const { backlink } = await tablesAsRebuilt(fixture, file);
      assert.equal(backlink.length, 4);
      assert.ok(backlink.some((row) => row.includes(ticket)));
    });
  });
}
