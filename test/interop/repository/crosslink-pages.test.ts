import assert from 'node:assert/strict';
import type { Attachment, ForumPost, Technote, Wiki } from '../../../src/engine/artifact/types';
import type { Hash } from '../../../src/engine/identifiers';
import { rebuild } from '../../../src/engine/repository/rebuild';
import { Repository } from '../../../src/engine/repository/repository';
import { bytesOf, Composer } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { addRoot, receive, shuffled, tablesAsRebuilt } from './crosslink-arrival';

const START = Date.UTC(2021, 3, 5);
const ORDERS = 3;

/** Long enough that an older version becomes a delta of a newer one. */
const LONG = 'A line that every version has, so that one is worth storing as a delta of another.\n'.repeat(6);

/** Composes the artifacts of pages with what they have in common filled in. */
class Pages {
  constructor(readonly composer: Composer) {}

  wiki(title: string, text: string, fields: Partial<Wiki> = {}): Hash {
    const date = this.composer.next();
    return this.composer.add({ type: 'wiki', date, title, parents: [], user: 'alice', text: bytesOf(text), ...fields });
  }

  technote(eventId: string, text: string, fields: Partial<Technote> = {}): Hash {
    const date = this.composer.next();
    const eventDate = Date.UTC(2020, 0, 2);
    const common = { date, eventDate, eventId, parents: [], tags: [], user: 'bob', text: bytesOf(text) };
    return this.composer.add({ type: 'technote', ...common, ...fields });
  }

  attachment(target: string, fileName: string, fields: Partial<Attachment> = {}): Hash {
    const date = this.composer.next();
    return this.composer.add({ type: 'attachment', date, target, fileName, user: 'carol', ...fields });
  }

  post(text: string, fields: Partial<ForumPost> = {}): Hash {
    return this.composer.add({
      type: 'forum',
      date: this.composer.next(),
      user: 'dora',
      text: bytesOf(text),
      ...fields,
    });
  }

  ticket(ticket: string, title: string): Hash {
    const fields = [{ name: 'title', isAppend: false, value: title }];
    return this.composer.add({ type: 'ticket', date: this.composer.next(), fields, ticket, user: 'erik' });
  }

  attachments(target: string): void {
    const source = this.composer.content(`what is attached to ${target}\n`);
    this.attachment(target, 'a <file>.txt', { source, comment: 'first' });
    this.attachment(target, 'a <file>.txt', { source: this.composer.content(`a newer one of ${target}\n`) });
    this.attachment(target, 'other.txt', { source });
    this.attachment(target, 'other.txt');
  }
}

function wikiPages(pages: Pages): void {
  const first = pages.wiki('Home & "more"', `  \n${LONG}`);
  const second = pages.wiki('Home & "more"', `${LONG}[Elsewhere]\n`, { parents: [first], mimetype: 'text/x-markdown' });
  const fork = pages.wiki('Home & "more"', `${LONG}another hand\n`, { parents: [first], user: 'bob' });
  pages.wiki('Home & "more"', `${LONG}[ticket]\n`, { parents: [fork, second], comment: 'a merge' });
  pages.wiki('Elsewhere', ' \n\t');
  const gone = pages.wiki('Gone', LONG);
  pages.wiki('Gone', '', { parents: [gone] });
  pages.wiki('Only its second version', LONG, { parents: [pages.composer.unknown()] });
  for (const title of [`checkin/${first}`, 'branch/trunk', 'tag/release', `ticket/${pages.composer.id()}`])
    pages.wiki(title, `${LONG}about [${first}]\n`);
  pages.attachments('Home & "more"');
  pages.attachments('No such page');
}

function technotes(pages: Pages): string {
  const { composer } = pages;
  const id = composer.id();
  const tags = [{ sign: '+', name: 'bgcolor', target: '*', value: '#aabbcc' } as const];
  const first = pages.technote(id, LONG, { comment: 'once', tags });
  pages.attachments(id);
  const second = pages.technote(id, `${LONG}twice\n`, { comment: 'twice', parents: [first] });
  const fork = pages.technote(id, `${LONG}beside\n`, { comment: 'beside', parents: [first] });
  pages.technote(id, `${LONG}at last, see [${fork}]\n`, { comment: 'at last', parents: [second], tags });
  pages.technote(composer.id(), 'without comment or user', {
    tags: [{ sign: '+', name: 'sym-note', target: '*' } as const],
  });
  return id;
}

function forum(pages: Pages): void {
  const root = pages.post('The first word', { title: "It's <new>" });
  const reply = pages.post(`See [${root}]`, { threadRoot: root, inReplyTo: root });
  const answer = pages.post('An answer', { threadRoot: root, inReplyTo: reply, user: 'bob', mimetype: 'text/plain' });
  pages.post('The first word, edited', { threadRoot: root, parent: root, title: 'A new title' });
  pages.post('An answer, edited', { threadRoot: root, inReplyTo: reply, parent: answer });
  pages.post('', { threadRoot: root, inReplyTo: root, parent: reply });
  pages.post('Later', { threadRoot: root, inReplyTo: answer });
  const other = pages.post('Another thread', { title: 'Another' });
  pages.post('', { threadRoot: other, parent: other });
  const unknown = pages.composer.unknown();
  pages.post('to nobody', { threadRoot: unknown, inReplyTo: unknown });
  pages.post('an edit of what is not here', { threadRoot: unknown, parent: unknown, title: 'Found again' });
  pages.post('to nobody, again', { threadRoot: unknown, inReplyTo: unknown });
}

for (const driver of drivers) {
  describe(`the tables of pages and what hangs on them, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    after(() => fixture.remove());

    const composed = (make: (pages: Pages) => void): Composer => {
      const composer = new Composer(fixture.environment.hash, new Seeded(7), START);
      addRoot(composer);
      make(new Pages(composer));
      return composer;
    };
    const allOf = (pages: Pages): void => {
      wikiPages(pages);
      technotes(pages);
      forum(pages);
      const ticket = pages.composer.id();
      pages.attachments(ticket);
      pages.ticket(ticket, 'It <breaks>');
    };

    it('are those of fossil rebuild when all come in the order in which they were made', async () => {
      const { artifacts } = composed(allOf);
      const tables = await tablesAsRebuilt(fixture, await receive(fixture, artifacts, new Seeded(1)));
      const types = new Set(tables.event.map((row) => (JSON.parse(row) as string[])[0]));
      assert.deepEqual([...types].sort(), ['ci', 'e', 'f', 't', 'w']);
      for (const table of ['plink', 'tagxref', 'attachment', 'forumpost', 'backlink', 'ticket'] as const)
        assert.ok(tables[table].length > 0, `nothing to compare in ${table}`);
    });

    it('are those of fossil rebuild when all come backwards', async () => {
      const { artifacts } = composed(allOf);
      await tablesAsRebuilt(fixture, await receive(fixture, [...artifacts].reverse(), new Seeded(2)));
    });

    it('are those of fossil rebuild when all come in any order', async () => {
      const { artifacts } = composed(allOf);
      for (let seed = 1; seed <= ORDERS; seed++) {
        const seeded = new Seeded(seed);
        const file = await receive(fixture, shuffled(artifacts, seeded), seeded);
        await tablesAsRebuilt(fixture, file).catch((error: unknown) => {
          throw new Error(`seed ${seed}`, { cause: error });
        });
      }
    });

    it('show the newest version alone of a technote, at the time that it is about', async () => {
      const { artifacts } = composed(technotes);
      for (const order of [artifacts, [...artifacts].reverse()]) {
        const { event } = await tablesAsRebuilt(fixture, await receive(fixture, order, new Seeded(3)));
        const comments = event.filter((row) => row.startsWith('["e"') && row.includes('"bob"'));
        assert.equal(comments.length, 2);
        assert.ok(comments.some((row) => row.includes('"at last"') && row.includes('"#aabbcc"')));
      }
    });

    it('are those of fossil rebuild after a rebuild, where versions of a technote name none before them', async () => {
      const { artifacts } = composed((pages) => {
        const id = pages.composer.id();
        for (const text of ['one', 'two', 'three', 'four', 'five']) pages.technote(id, text);
      });
      const seeded = new Seeded(5);
      const file = await receive(fixture, shuffled(artifacts, seeded), seeded);
      const repository = Repository.open(fixture.environment, file, { allowPortableWrites: true });
      try {
        await rebuild(repository, { user: 'alice' });
        repository.db.persist();
      } finally {
        repository.close();
      }
      const { event } = await tablesAsRebuilt(fixture, file);
      assert.ok(event.filter((row) => row.startsWith('["e"')).length > 0);
    });

    it('tell the replies of a thread by the title that its last edit has set', async () => {
      const { artifacts } = composed(forum);
      const { event } = await tablesAsRebuilt(fixture, await receive(fixture, artifacts, new Seeded(4)));
      const titles = event.map((row) => (JSON.parse(row) as string[])[9]);
      assert.equal(titles.filter((title) => title === 'Reply: A new title').length, 3);
      assert.ok(titles.includes('Post: A new title'));
      assert.ok(titles.includes('Delete reply: A new title'));
      assert.ok(titles.includes('Edit: (Deleted)'));
      assert.ok(titles.includes('Reply: <i>Unknown</i>'));
    });
  });
}
