import assert from 'node:assert/strict';
import * as path from 'node:path';
import type { TicketChange } from '../../../src/engine/artifact/types';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Repository } from '../../../src/engine/repository/repository';
import { defineTicketTables, rebuildTickets } from '../../../src/engine/repository/ticket-tables';
import { applyReceived } from '../../../src/engine/xfer/apply-received';
import { derivedTables, fossilSql } from '../../support/derived-tables';
import { Composer, type ComposedArtifact } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';

/** Artifacts of one reply. */
const REPLY = 15;
const CHANGES = 45;

const TICKET = 'tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE';
const CHANGE = 'tkt_id INTEGER REFERENCES ticket, tkt_mtime DATE';

/** SQL that projects could have in `ticket-table`. */
const DEFINITIONS: Record<string, string | undefined> = {
  'the tables that Fossil has': undefined,
  'columns in both tables': `
    CREATE TABLE ticket(${TICKET}, tkt_ctime DATE, title TEXT, status VARCHAR(20), priority INTEGER, comment TEXT, mimetype);
    CREATE TABLE ticketchng(${CHANGE}, tkt_rid INTEGER, tkt_user TEXT, comment TEXT, icomment, priority INTEGER, "odd name");
    CREATE INDEX ticketchng_idx1 ON ticketchng(tkt_id, tkt_mtime);`,
  'no table of changes': `CREATE TABLE "ticket"(${TICKET}, title TEXT, status TEXT, priority REAL, comment, login TEXT); -- no more`,
  'a table of changes without ids': `
    CREATE TABLE [ticket](${TICKET}, title, status);
    CREATE TABLE main.ticketchng(${CHANGE}, icomment TEXT DEFAULT 'nothing', mimetype TEXT DEFAULT (lower('X')), login);`,
  'columns for the change that set another': `
    CREATE TABLE ticket(${TICKET}, tkt_ctime DATE, title TEXT, "baseline for title" INTEGER, status TEXT,
      "baseline for status" INTEGER, comment, "baseline for comment" INT);
    CREATE TABLE ticketchng(${CHANGE}, tkt_rid INTEGER);`,
  'a mimetype that the ticket table computes': `
    CREATE TABLE ticket(${TICKET}, title, status, priority,
      mimetype AS (CASE WHEN priority='High' THEN 'text/plain' ELSE 'text/x-markdown' END));
    CREATE TABLE ticketchng(${CHANGE}, tkt_rid, icomment);`,
  'a mimetype that the table of changes computes': `
    CREATE TABLE ticket(${TICKET}, title, status, comment, priority);
    CREATE TABLE ticketchng(${CHANGE}, tkt_rid, icomment, login,
      mimetype GENERATED ALWAYS AS (iif(login='bob', 'text/x-markdown', NULL)) VIRTUAL);`,
};

for (const driver of drivers) {
  describe(`tickets that arrive in any order, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
    });
    afterEach(() => fixture.remove());

    Object.entries(DEFINITIONS).forEach(([name, definition], index) => {
      it(`have the tables, events and links of fossil rebuild in a project with ${name}`, async () => {
        const seeded = new Seeded(4711 + index);
        const file = await receive(fixture, shuffled(composeChanges(fixture, seeded), seeded), definition);
        const ours = await derivedTables(file);
        const counts = { tickets: ours.ticket.length, links: ours.backlink.length, events: ours.event.length };
        assert.ok(counts.tickets > 3 && counts.links > 2 && counts.events > CHANGES / 2, JSON.stringify(counts));
        await fixture.fossil(fixture.directory, 'rebuild', file);
        assert.deepEqual(ours, await derivedTables(file));
      });
    });

    it('take the words of their events from the columns and the digits that the project has set', async () => {
      const seeded = new Seeded(5);
      const changes = composeChanges(fixture, seeded);
      const settings = { 'ticket-title-expr': 'Comment', 'ticket-status-column': 'severity', 'hash-digits': '13' };
      const file = await receive(fixture, changes, undefined, settings);
      const ours = await derivedTables(file);
      await fixture.fossil(fixture.directory, 'rebuild', file);
      assert.deepEqual(ours, await derivedTables(file));
    });

    it('are replayed into the tables that a definition makes which comes after them', async () => {
      const changes = composeChanges(fixture, new Seeded(6));
      const file = await receive(fixture, changes, undefined);
      const repository = Repository.open(fixture.environment, file, { allowPortableWrites: true });
      repository.config.set('ticket-table', DEFINITIONS['columns in both tables'] ?? '');
      assert.deepEqual(rebuildTickets(repository), []);
      repository.close();
      const ours = await derivedTables(file);
      await fixture.fossil(fixture.directory, 'rebuild', file);
      assert.deepEqual(ours, await derivedTables(file));
    });

    it('keep what the tables of their project take when they refuse a change', async () => {
      const composer = composerOf(fixture, new Seeded(7));
      const id = composer.id();
      const change = (status: string): void => {
        composer.add(
          ticketChange(composer, id, [
            ['status', status],
            ['title', status],
          ]),
        );
      };
      for (const status of ['Open', 'Burnt', 'Fixed']) change(status);
      const definition = `CREATE TABLE ticket(${TICKET}, title TEXT, status TEXT CHECK(status IN ('Open','Fixed')))`;
      const file = await receive(fixture, composer.artifacts, definition);
      assert.deepEqual(await fossilSql(file, 'SELECT title, status FROM ticket'), ["'Fixed','Fixed'"]);
    });
  });
}

/** Lets the engine receive artifacts, a few with each reply. @returns the repository file */
async function receive(
  fixture: FossilFixture,
  artifacts: readonly ComposedArtifact[],
  definition: string | undefined,
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const file = path.join(fixture.directory, 'received.fossil');
  const repository = createRepository(fixture.environment, file, { adminUser: 'alice' });
  repository.transaction(() => {
    for (const [name, value] of Object.entries(settings)) repository.config.set(name, value);
    if (definition !== undefined) repository.config.set('ticket-table', definition);
    assert.deepEqual(defineTicketTables(repository), []);
  });
  for (let start = 0; start < artifacts.length; start += REPLY) {
    const reply = artifacts.slice(start, start + REPLY);
    await applyReceived(
      repository,
      reply.map(({ hash, bytes }) => ({ hash, payload: bytes, isPrivate: false })),
      {},
    );
  }
  repository.db.persist();
  repository.close();
  return file;
}

function composerOf(fixture: FossilFixture, seeded: Seeded): Composer {
  return new Composer(fixture.environment.hash, seeded, Date.UTC(2024, 0, 1));
}

/** Changes of a few tickets: every field that any of the tables has, and others; several at one moment; texts with links. */
function composeChanges(fixture: FossilFixture, seeded: Seeded): ComposedArtifact[] {
  const composer = composerOf(fixture, seeded);
  const tickets = Array.from({ length: 6 }, () => composer.id());
  const names = [
    'title',
    'status',
    'comment',
    'icomment',
    'priority',
    'severity',
    'login',
    'username',
    'private_contact',
  ];
  let date = composer.next();
  for (let index = 0; index < CHANGES; index++) {
    const fields = new Map<string, string>();
    for (let count = 1 + seeded.below(5); count > 0; count--) {
      fields.set((seeded.below(4) === 0 ? '+' : '') + seeded.pick([...names, 'unheard_of']), valueOf(composer));
    }
    if (seeded.below(3) === 0) {
      fields.set('mimetype', seeded.pick(['text/x-markdown', 'text/x-fossil-wiki', 'text/plain', '']));
    }
    const change = ticketChange(composer, seeded.pick(tickets), [...fields]);
    // Now and then two changes bear one time.
    date = seeded.below(5) === 0 ? date : change.date;
    composer.add({ ...change, date });
  }
  return composer.artifacts;
}

function valueOf({ seeded }: Composer): string {
  const target = Array.from({ length: 4 + seeded.below(37) }, () => seeded.below(16).toString(16)).join('');
  return seeded.pick([
    `see [${target}] & <b>[/info/${target}x|this]</b>`,
    `see [this](${target}), \`[not](beef)\``,
    `[${target}] and [more](${target}1)`,
    `<verbatim>[${target}]</verbatim> "quoted" 'too' <nowiki>`,
    'Größe <Open>',
    'High',
    'bob',
    '007',
    '1.50',
    '',
    `zero \0 [${target}]`,
    `[${target}|two]\n\nlines`,
  ]);
}

/** A name that begins with `+` appends. */
function ticketChange(
  composer: Composer,
  ticket: string,
  fields: readonly (readonly [string, string])[],
): TicketChange {
  return {
    type: 'ticket',
    date: composer.next(),
    fields: fields.map(([name, value]) => ({ name: name.replace(/^\+/, ''), isAppend: name.startsWith('+'), value })),
    ticket,
    user: composer.seeded.pick(['alice', 'bob', 'Jürgen']),
  };
}

function shuffled<T>(items: readonly T[], seeded: Seeded): T[] {
  const rest = [...items];
  const result: T[] = [];
  while (rest.length > 0) result.push(...rest.splice(seeded.below(rest.length), 1));
  return result;
}
