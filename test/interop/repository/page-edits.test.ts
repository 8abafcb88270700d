import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import * as path from 'node:path';
import type { TagCard } from '../../../src/engine/artifact/types';
import type { Hash } from '../../../src/engine/identifiers';
import type { ReceivedArtifact } from '../../../src/engine/repository/receive';
import { derivedTables } from '../../support/derived-tables';
import { bytesOf, Composer } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { addRoot } from './crosslink-arrival';
import { differences } from './parity-differences';
import { rebuiltByEngine, receiveBySteps } from './repository-copies';

const START = Date.UTC(2022, 8, 9);
/** Long enough that the first version becomes a delta of the second. */
const LONG = 'A line that both versions have, so that one is worth storing as a delta of the other.\n'.repeat(6);
const edits = (root: Hash) =>
  [
    ['+comment', `edited [${root}]`],
    ['+user', 'fred'],
    ['+bgcolor', '#123456'],
    ['+date', '2021-01-01 00:00:00'],
  ] as const;
const CANCELLED = [['-comment'], ['-user'], ['-bgcolor'], ['-date']] as const;
/** First version, second version and edit of the first. */
const ORDERS = ['1 s +', '1 + s', 's 1 +', 's + 1', '+ 1 s', '+ s 1'];

/** Two versions of one thing. */
type Compose = (composer: Composer, root: Hash) => [first: Hash, second: Hash];

const SUBJECTS: readonly Compose[] = [
  (composer, root) => {
    const title = `Page ${composer.id()}`;
    const version = (text: string, parents: Hash[]): Hash =>
      composer.add({ type: 'wiki', date: composer.next(), title, parents, user: 'alice', text: bytesOf(LONG + text) });
    const first = version(`[${root}]\n`, []);
    return [first, version('more\n', [first])];
  },
  (composer, root) => {
    const [eventId, eventDate] = [composer.id(), Date.UTC(2020, 0, 2)];
    const version = (text: string, parents: Hash[]): Hash =>
      composer.add({
        ...{ type: 'technote', date: composer.next(), eventDate, eventId, parents, tags: [], user: 'bob' },
        text: bytesOf(LONG + text),
      });
    const first = version(`[${root}]\n`, []);
    return [first, version('more\n', [first])];
  },
  (composer, root) => {
    const post = (text: string, fields: { title?: string; parent?: Hash; threadRoot?: Hash }): Hash =>
      composer.add({ type: 'forum', date: composer.next(), user: 'dora', text: bytesOf(LONG + text), ...fields });
    const first = post(`[${root}]\n`, { title: 'A thread' });
    return [first, post('more\n', { title: 'A thread', parent: first, threadRoot: first })];
  },
  (composer, root) => {
    const ticket = composer.id();
    const change = (value: string): Hash =>
      composer.add({
        ...{ type: 'ticket', date: composer.next(), ticket, user: 'erik' },
        fields: [{ name: 'title', isAppend: false, value }],
      });
    return [change(`one [${root}]`), change('two')];
  },
  (composer) => {
    const target = composer.id();
    const attach = (text: string): Hash =>
      composer.add({
        ...{ type: 'attachment', date: composer.next(), target, fileName: 'a.txt', user: 'carol' },
        source: composer.content(text),
      });
    return [attach(`one ${target}`), attach(`two ${target}`)];
  },
];

for (const driver of drivers) {
  describe(`edits of pages, technotes, posts, tickets and attachments, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    after(() => fixture.remove());

    /** A family of artifacts for each order, all in one repository, of each what comes next in every reply. */
    const replies = (isAnnounced: boolean): ReceivedArtifact[][] => {
      const composer = new Composer(fixture.environment.hash, new Seeded(7), START);
      const root = addRoot(composer);
      const control = (target: Hash, cards: readonly (readonly [name: string, value?: string])[]): Hash => {
        const tags = cards.map(([card, value]): TagCard => ({
          ...{ sign: card.charAt(0) as TagCard['sign'], name: card.slice(1), target },
          ...(value === undefined ? {} : { value }),
        }));
        return composer.add({ type: 'control', date: composer.next(), tags, user: 'bob' });
      };
      const families = [edits(root), CANCELLED].flatMap((cards) =>
        SUBJECTS.flatMap((compose) =>
          ORDERS.map((order) => {
            const [first, second] = compose(composer, root);
            const edit = control(first, cards);
            return order.split(' ').map((step) => ({ 1: first, s: second })[step] ?? edit);
          }),
        ),
      );
      const cluster = composer.add({ type: 'cluster', members: families.flat().sort() });
      const steps = [0, 1, 2].map((step) => families.map((family) => family[step] ?? assert.fail()));
      const byHash = new Map(composer.artifacts.map((one) => [one.hash, one]));
      return [[root], ...(isAnnounced ? [[cluster]] : []), ...steps].map((hashes) =>
        hashes.map((hash) => ({ hash, payload: byHash.get(hash)?.bytes ?? assert.fail(), isPrivate: false })),
      );
    };

    for (const isAnnounced of [false, true]) {
      it(`end as after fossil rebuild${isAnnounced ? ' when a cluster has named all before' : ''}`, async () => {
        const file = path.join(await mkdtemp(path.join(fixture.directory, 'pulled-')), 'project.fossil');
        await receiveBySteps(fixture.environment, replies(isAnnounced), file);
        const pulled = await derivedTables(file);
        const rebuilt = await rebuiltByEngine(fixture.environment, file);
        await fixture.fossil(fixture.directory, 'rebuild', file);
        const theirs = await derivedTables(file);
        assert.equal(differences(pulled, theirs).join('\n'), '');
        assert.equal(differences(rebuilt, theirs).join('\n'), '');
      });
    }
  });
}
