import assert from 'node:assert/strict';
import type { Database } from '../../src/engine/platform/sqlite';
import { withCode } from './error-code';
import type { SqliteSubject } from './sqlite-subject';

interface Numbered {
  n: number;
}

/** Statements: prepared once, usable inside each other. */
export function sqliteStatements(subject: () => SqliteSubject): void {
  const withNumbers = (count: number): Database => {
    const db = subject().create();
    db.exec('CREATE TABLE t(n INTEGER PRIMARY KEY)');
    db.transaction(() => {
      for (let n = 1; n <= count; n++) db.prepare('INSERT INTO t VALUES(?)').run(n);
    });
    return db;
  };

  it('prepares a text once', () => {
    const db = withNumbers(1);
    assert.equal(db.prepare('SELECT n FROM t'), db.prepare('SELECT n FROM t'));
  });

  it('tells of faulty SQL when it is prepared, and when it is run', () => {
    const db = withNumbers(1);
    assert.throws(() => db.prepare('SELEKT 1'), withCode('internal'));
    assert.throws(() => db.prepare('SELECT * FROM nowhere'), withCode('internal'));
    assert.throws(() => db.exec('SELEKT 1'), withCode('internal'));
  });

  it('says how many rows changed and which was the last', () => {
    const db = withNumbers(3);
    assert.deepEqual(db.prepare('INSERT INTO t VALUES(?)').run(40), { changes: 1, lastInsertRowid: 40 });
    assert.equal(db.prepare('DELETE FROM t WHERE n < ?').run(3).changes, 2);
  });

  it('gives rows as plain objects, and undefined or nothing where there are none', () => {
    const db = withNumbers(2);
    const row = db.prepare('SELECT n FROM t WHERE n = ?').get(2);
    assert.deepStrictEqual(row, { n: 2 });
    assert.equal(Object.getPrototypeOf(row), Object.prototype);
    assert.equal(db.prepare('SELECT n FROM t WHERE n = ?').get(3), undefined);
    assert.deepStrictEqual(db.prepare('SELECT n FROM t WHERE n > ?').all(2), []);
    assert.deepStrictEqual(db.prepare('SELECT n FROM t').all(), [{ n: 1 }, { n: 2 }]);
  });

  it('binds numbered parameters, each wherever its number stands', () => {
    const db = withNumbers(3);
    const select = db.prepare('SELECT n, ?2 AS second, ?1 AS first FROM t WHERE n=?1 OR n=?3 ORDER BY n');
    assert.deepEqual(select.all(1, 'two', 3), [
      { n: 1, second: 'two', first: 1 },
      { n: 3, second: 'two', first: 1 },
    ]);
  });

  it('forgets the parameters of the use before', () => {
    const db = withNumbers(1);
    const select = db.prepare('SELECT ? AS value');
    select.get('secret');
    assert.deepEqual(select.get(null), { value: null });
  });

  it('resets a statement whose loop is left early', () => {
    const db = withNumbers(5);
    for (const { n } of db.prepare('SELECT n FROM t').iterate<Numbered>()) if (n === 2) break;
    assert.throws(() => {
      for (const { n } of db.prepare('SELECT n FROM t').iterate<Numbered>()) throw new Error(`at ${n}`);
    }, /at 1/);
    // A statement that still held the table would forbid this.
    db.exec('DROP TABLE t');
    assert.throws(() => db.prepare('SELECT n FROM t').all(), withCode('internal'));
  });

  it('lets a query run inside a loop over the same query', () => {
    const db = withNumbers(3);
    const select = db.prepare('SELECT n FROM t WHERE n >= ? ORDER BY n');
    const seen: number[][] = [];
    for (const { n } of select.iterate<Numbered>(1)) seen.push(select.all<Numbered>(n).map((row) => row.n));
    assert.deepEqual(seen, [[1, 2, 3], [2, 3], [3]]);
  });

  it('lets a transaction write inside a loop', () => {
    const db = withNumbers(3);
    db.exec('CREATE TABLE copy(n INTEGER)');
    db.transaction(() => {
      for (const { n } of db.prepare('SELECT n FROM t').iterate<Numbered>()) {
        db.prepare('INSERT INTO copy VALUES(?)').run(n);
      }
    });
    assert.deepEqual(db.prepare('SELECT count(*) AS n FROM copy').get(), { n: 3 });
  });

  it('notices that a table has got another column', () => {
    const db = withNumbers(1);
    const select = db.prepare('SELECT * FROM t');
    assert.deepEqual(select.get(), { n: 1 });
    db.exec("ALTER TABLE t ADD COLUMN word TEXT DEFAULT 'x'");
    assert.deepEqual(select.get(), { n: 1, word: 'x' });
  });

  it('returns rows of a writing statement, and keeps what it wrote', () => {
    const db = withNumbers(1);
    assert.deepEqual(db.prepare('INSERT INTO t VALUES(?) RETURNING n').get(7), { n: 7 });
    db.close();
    assert.deepEqual(subject().read().prepare('SELECT max(n) AS n FROM t').get(), { n: 7 });
  });

  it('closes with open statements, twice without harm, and refuses every use afterwards', () => {
    const db = withNumbers(3);
    const select = db.prepare('SELECT n FROM t');
    const rows = select.iterate();
    rows.next();
    db.close();
    db.close();
    assert.throws(() => rows.next(), withCode('internal'));
    assert.throws(() => select.all(), withCode('internal'));
    assert.throws(() => db.exec('SELECT 1'), withCode('internal'));
    assert.throws(() => db.prepare('SELECT 2'), withCode('internal'));
    assert.throws(() => db.transaction(() => 1), withCode('internal'));
  });

  it('has foreign keys off, as Fossil does', () => {
    const db = withNumbers(1);
    assert.deepEqual(db.prepare('PRAGMA foreign_keys').get(), { foreign_keys: 0 });
  });

  it('says which SQLite it is', () => {
    assert.match(subject().driver.version, /^3\.\d+\.\d+$/);
  });
}
