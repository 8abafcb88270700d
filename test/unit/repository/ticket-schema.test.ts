import assert from 'node:assert/strict';
import { DEFAULT_TICKET_SCHEMA } from '../../../src/engine/repository/schema';
import { checkTicketSchema } from '../../../src/engine/repository/ticket-schema';

const TICKET = 'CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE, title TEXT);';

const HARMLESS: Record<string, string> = {
  "Fossil's own tables": DEFAULT_TICKET_SCHEMA,
  'comments in every place': `/* a ; */ CREATE -- b ;\n TABLE ticket /*c*/ (tkt_id -- d\n);`,
  'names in every kind of quotes':
    'CREATE TABLE "ticket"("a b" TEXT, [select] , `c``d`); CREATE INDEX [fx_i] ON ticket("a b");',
  'names of the repository itself': 'CREATE TABLE main.ticket(a); CREATE TABLE IF NOT EXISTS repository.ticketchng(b);',
  'types with sizes':
    'CREATE TABLE ticket(a VARCHAR(20) NOT NULL, b DECIMAL(10, 2) DEFAULT 1.5, c TEXT COLLATE NOCASE);',
  'checks, defaults and computed columns': `CREATE TABLE ticket(a TEXT DEFAULT 'x;y' CHECK(a IN ('x;y','(')), b AS (lower(coalesce(a,''))) STORED,
     c DATE DEFAULT (datetime('now')), d GENERATED ALWAYS AS (a || ' ' || b) VIRTUAL, FOREIGN KEY (a) REFERENCES fx_kind(id));`,
  'table options': 'CREATE TABLE ticketchng(a, b, PRIMARY KEY(a, b)) WITHOUT ROWID;',
  'a second table of its own': `${TICKET} CREATE TABLE fx_kinds(id INTEGER, name TEXT, UNIQUE(id));`,
  'an index with an expression': `${TICKET} CREATE UNIQUE INDEX IF NOT EXISTS by_title ON ticket(lower(title)) WHERE title IS NOT NULL`,
  nothing: ' -- nothing\n;;',
};

const REFUSED: Record<string, string> = {
  'another table': 'CREATE TABLE config(name, value);',
  'another table in quotes': 'CREATE TABLE "blob"(x);',
  'a table of another database': 'CREATE TABLE temp.ticket(x);',
  'a table of an attached database': `${TICKET} CREATE TABLE configdb.ticket(x);`,
  'a temporary table': 'CREATE TEMP TABLE ticket(x);',
  'a virtual table': 'CREATE VIRTUAL TABLE ticket USING fts5(x);',
  'a trigger': `${TICKET} CREATE TRIGGER ticket_t AFTER INSERT ON ticket BEGIN DELETE FROM config; END;`,
  'a pragma': `${TICKET} PRAGMA writable_schema=1;`,
  'an attachment': `ATTACH 'evil' AS evil; ${TICKET}`,
  'an end of the transaction': `${TICKET} COMMIT;`,
  'a savepoint': `${TICKET} RELEASE a;`,
  'a vacuum': `VACUUM INTO 'evil'; ${TICKET}`,
  'an index on another table': `${TICKET} CREATE INDEX ticket_i ON blob(rid);`,
  "an index with the name of one of Fossil's": `${TICKET} CREATE INDEX event_i1 ON ticket(title);`,
  'a query as a table': 'CREATE TABLE ticket AS SELECT * FROM user;',
  'a query in a check': 'CREATE TABLE ticket(a CHECK((SELECT 1)));',
  'a query without parentheses': 'CREATE TABLE ticket(a) AS SELECT 1;',
  'a function that fills the memory': 'CREATE TABLE ticket(a DEFAULT (zeroblob(900000000)));',
  'a function in quotes': 'CREATE TABLE ticket(a DEFAULT ("randomblob"(900000000)));',
  'a function in an index': `${TICKET} CREATE INDEX fx_i ON ticket(zeroblob(900000000));`,
  'a function that loads code': "CREATE TABLE ticket(a AS (load_extension('evil')));",
  'values that double each other': `CREATE TABLE ticket(a, ${Array.from({ length: 12 }, (_, i) => `a${i + 1} AS (a${i || ''}||a${i || ''})`).join()});`,
  'text behind a table': 'CREATE TABLE ticket(a) DELETE FROM config;',
  'a text that never ends': "CREATE TABLE ticket(a DEFAULT 'x);",
  'a comment that never ends': 'CREATE TABLE ticket(a) /* );',
  'parentheses that never close': 'CREATE TABLE ticket((a);',
  'a parameter': 'CREATE TABLE ticket(a DEFAULT ?1);',
  'a NUL': 'CREATE TABLE ticket(a);\0',
  'a change of another table': 'ALTER TABLE config RENAME TO ticketconfig;',
  'something else': 'syntax error here',
};

describe("the check of a project's definition of its ticket tables", () => {
  for (const [what, sql] of Object.entries(HARMLESS)) {
    it(`lets through ${what}`, () => {
      assert.deepEqual(checkTicketSchema(sql)?.warnings, []);
    });
  }

  for (const [what, sql] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, () => {
      assert.equal(checkTicketSchema(sql), undefined);
    });
  }

  it('leaves out what Fossil allows and the tables can do without, and says so', () => {
    for (const statement of [
      'CREATE VIEW ticketview AS SELECT * FROM user',
      "INSERT INTO fx_kinds VALUES(1, 'bug;s')",
      'DELETE FROM config',
      'DROP TABLE IF EXISTS ticket',
      'UPDATE user SET cap=1',
      "REPLACE INTO config VALUES('a', 1, 1)",
      'SELECT randomblob(1000000000)',
    ]) {
      const schema = checkTicketSchema(`${statement}; ${TICKET}`);
      assert.deepEqual(
        schema?.statements.map(({ name }) => name),
        ['ticket'],
      );
      assert.equal(schema.warnings.length, 1);
      assert.match(schema.warnings[0] ?? '', new RegExp(statement.slice(0, 12)));
    }
  });

  it('makes statements without the name of the database', () => {
    const statements = checkTicketSchema(
      'CREATE TABLE repository."Ticket"(a); CREATE UNIQUE INDEX main.ticket_i ON ticket(a)',
    );
    assert.deepEqual(
      statements?.statements.map(({ sql }) => sql),
      ['CREATE TABLE "Ticket" (a)', 'CREATE UNIQUE INDEX ticket_i ON ticket(a)'],
    );
  });
});
