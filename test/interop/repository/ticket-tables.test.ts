import assert from 'node:assert/strict';
import * as path from 'node:path';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { defineTicketTables } from '../../../src/engine/repository/ticket-tables';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';

const TICKET =
  'CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE, title TEXT, status TEXT);';

const NOT_FOLLOWED: Record<string, string> = {
  'does more than define': `${TICKET} DELETE FROM config; CREATE TRIGGER ticket_t AFTER INSERT ON ticket BEGIN DELETE FROM config; END;`,
  'SQLite does not understand': `${TICKET} CREATE TABLE ticketchng(tkt_id, tkt_mtime, PRIMARY KEY(nowhere));`,
  'makes a table twice': `${TICKET} ${TICKET}`,
  'makes a ticket table that takes no tickets':
    'CREATE TABLE ticket(title TEXT NOT NULL, tkt_uuid TEXT, tkt_mtime DATE);',
  'makes a table of changes that takes none': `${TICKET} CREATE TABLE ticketchng(tkt_id INTEGER CHECK(tkt_id IS NULL), tkt_mtime DATE);`,
  'makes another table before it fails': `CREATE TABLE fx_left(a); ${TICKET} CREATE INDEX ticket_i ON ticket(nowhere);`,
};

for (const driver of drivers) {
  describe(`the ticket tables that a project defines, with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let repository: Repository;
    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      repository = createRepository(fixture.environment, path.join(fixture.directory, 'own.fossil'), {
        adminUser: 'alice',
        withInitialCheckin: false,
      });
    });
    afterEach(async () => {
      repository.close();
      await fixture.remove();
    });

    for (const [what, definition] of Object.entries(NOT_FOLLOWED)) {
      it(`are Fossil's own, with a warning, when the definition ${what}`, () => {
        const before = schemaOf(repository);
        assert.match(define(repository, definition).join(), /ticket-table.* was not followed/);
        assert.deepEqual(schemaOf(repository), before);
      });
    }

    it('are made as they are defined, again and again, and other tables of the project stay as they are', () => {
      const definition = `${TICKET} CREATE INDEX ticket_i ON ticket(title); CREATE TABLE fx_kinds(name);`;
      assert.deepEqual(define(repository, definition), []);
      repository.db.exec("INSERT INTO fx_kinds VALUES('bug')");
      assert.deepEqual(define(repository, definition), []);
      assert.deepEqual(
        schemaOf(repository).filter((name) => /ticket|fx_/.test(name)),
        ['fx_kinds', 'sqlite_autoindex_ticket_1', 'ticket', 'ticket_i'],
      );
      assert.equal(repository.db.prepare('SELECT name FROM fx_kinds').get<{ name: string }>()?.name, 'bug');
      repository.config.remove('ticket-table');
      assert.deepEqual(
        repository.transaction(() => defineTicketTables(repository)),
        [],
      );
      assert.ok(schemaOf(repository).includes('ticketchng_idx1'));
    });

    it('leave out what tables can do without, and say so', () => {
      const warnings = define(repository, `${TICKET} CREATE VIEW ticketview AS SELECT * FROM user;`);
      assert.match(warnings.join(), /without this statement.*ticketview/);
      assert.ok(!schemaOf(repository).includes('ticketview'));
      assert.ok(!schemaOf(repository).includes('ticketchng'));
    });
  });
}

function define(repository: Repository, definition: string): string[] {
  repository.config.set('ticket-table', definition);
  return repository.transaction(() => defineTicketTables(repository));
}

function schemaOf({ db }: Repository): string[] {
  return db
    .prepare('SELECT name FROM sqlite_schema ORDER BY name')
    .all<{ name: string }>()
    .map(({ name }) => name);
}
