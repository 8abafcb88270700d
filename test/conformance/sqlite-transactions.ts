import assert from 'node:assert/strict';
import { withCode } from './error-code';
import { sqlInAnotherProcess } from './database-shell';
import type { SqliteSubject } from './sqlite-subject';

/** Transactions: all or nothing, over one file or two. */
export function sqliteTransactions(subject: () => SqliteSubject): void {
  it('is durable when it returns: another process sees it, while the database is still open', async () => {
    const db = subject().create();
    assert.equal(
      db.transaction(() => {
        db.exec('CREATE TABLE t(n)');
        return db.prepare('INSERT INTO t VALUES(?)').run(1).changes;
      }),
      1,
    );
    assert.equal(await sqlInAnotherProcess(db.path, 'SELECT n FROM t; PRAGMA quick_check;'), "1\n'ok'");
  });

  it('is durable outside a transaction too', async () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(n); INSERT INTO t VALUES(1)');
    db.prepare('INSERT INTO t VALUES(2)').run();
    assert.equal(await sqlInAnotherProcess(db.path, 'SELECT sum(n) FROM t;'), '3');
  });

  it('leaves nothing when its work throws', () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(n); INSERT INTO t VALUES(1)');
    assert.throws(
      () =>
        db.transaction(() => {
          db.exec('UPDATE t SET n = 2; CREATE TABLE other(n)');
          throw new Error('stop');
        }),
      /stop/,
    );
    assert.equal(db.isInTransaction, false);
    assert.deepEqual(db.prepare('SELECT n FROM t').all(), [{ n: 1 }]);
    db.close();
    assert.deepEqual(subject().read().prepare('SELECT name FROM sqlite_schema').all(), [{ name: 't' }]);
  });

  it('joins the one around it', () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(n)');
    assert.throws(() =>
      db.transaction(() => {
        db.transaction(() => db.exec('INSERT INTO t VALUES(1)'));
        assert.equal(db.isInTransaction, true);
        throw new Error('stop');
      }),
    );
    assert.deepEqual(db.prepare('SELECT n FROM t').all(), []);
    db.transaction(() => db.transaction(() => db.exec('INSERT INTO t VALUES(2)')));
    assert.deepEqual(db.prepare('SELECT n FROM t').all(), [{ n: 2 }]);
  });

  it('reads in a snapshot, alone or within a transaction, and writes nothing there', () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(n); INSERT INTO t VALUES(1)');
    const sum = db.prepare('SELECT sum(n) AS sum FROM t');
    const seen = db.snapshot(() => {
      const first = sum.get();
      assert.throws(() => db.prepare('INSERT INTO t VALUES(2)').run(), /./);
      assert.throws(() => db.transaction(() => db.exec('INSERT INTO t VALUES(4)')), /./);
      return [first, db.snapshot(() => sum.get())];
    });
    assert.deepEqual(seen, [{ sum: 1 }, { sum: 1 }]);
    db.prepare('INSERT INTO t VALUES(8)').run();
    assert.deepEqual(sum.get(), { sum: 9 });
    db.transaction(() => {
      db.exec('INSERT INTO t VALUES(16)');
      assert.deepEqual(
        db.snapshot(() => sum.get()),
        { sum: 25 },
      );
    });
    assert.deepEqual(
      db.snapshot(() => sum.get()),
      { sum: 25 },
    );
  });

  it('refuses work that waits for something', () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(n)');
    assert.throws(
      () =>
        db.transaction(() => {
          db.exec('INSERT INTO t VALUES(1)');
          return Promise.resolve();
        }),
      withCode('internal'),
    );
    assert.deepEqual(db.prepare('SELECT n FROM t').all(), []);
  });

  it('is not begun or ended by SQL', () => {
    const db = subject().create();
    for (const sql of ['BEGIN', 'COMMIT', ' rollback;']) assert.throws(() => db.exec(sql), withCode('internal'));
  });

  it('works on a database opened for reading, for one view of it', () => {
    subject().create().exec('CREATE TABLE t(n); INSERT INTO t VALUES(1)');
    const db = subject().read();
    assert.deepEqual(
      db.transaction(() => db.prepare('SELECT n FROM t').all()),
      [{ n: 1 }],
    );
  });

  it('survives a failing statement in its middle', () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(n UNIQUE); INSERT INTO t VALUES(1)');
    db.transaction(() => {
      assert.throws(() => db.prepare('INSERT INTO t VALUES(1)').run(), withCode('internal'));
      db.prepare('INSERT INTO t VALUES(2)').run();
    });
    assert.deepEqual(db.prepare('SELECT count(*) AS n FROM t').get(), { n: 2 });
  });

  it('spans an attached file: both are written', async () => {
    const db = subject().create('repository.db');
    db.exec('CREATE TABLE t(n)');
    db.attach(subject().path('checkout.db'), 'localdb', 'create');
    db.transaction(() => db.exec('CREATE TABLE localdb.v(n); INSERT INTO v VALUES(1); INSERT INTO t VALUES(1)'));
    assert.equal(await sqlInAnotherProcess(subject().path('checkout.db'), 'SELECT n FROM v;'), '1');
    assert.equal(await sqlInAnotherProcess(subject().path('repository.db'), 'SELECT n FROM t;'), '1');
  });

  it('spans an attached file: both are rolled back', async () => {
    const db = subject().create('repository.db');
    db.exec('CREATE TABLE t(n)');
    db.attach(subject().path('checkout.db'), 'localdb', 'create');
    db.exec('CREATE TABLE localdb.v(n)');
    assert.throws(() =>
      db.transaction(() => {
        db.exec('INSERT INTO v VALUES(1); INSERT INTO t VALUES(1)');
        throw new Error('stop');
      }),
    );
    assert.deepEqual(db.prepare('SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM v) AS n').get(), { n: 0 });
    assert.equal(await sqlInAnotherProcess(subject().path('checkout.db'), 'SELECT count(*) FROM v;'), '0');
  });

  it('writes an attached file that is there, and lets go of it', async () => {
    const checkout = subject().path('checkout.db');
    subject().create('checkout.db').exec('CREATE TABLE v(n)');
    const db = subject().create('repository.db');
    db.close();
    const again = subject().write('repository.db');
    again.attach(checkout, 'localdb', 'write');
    again.exec('INSERT INTO localdb.v VALUES(4)');
    again.detach('localdb');
    assert.throws(() => again.prepare('SELECT n FROM localdb.v').all(), withCode('internal'));
    assert.equal(await sqlInAnotherProcess(checkout, 'INSERT INTO v VALUES(5); SELECT sum(n) FROM v;'), '9');
    again.attach(checkout, 'localdb', 'read');
    assert.deepEqual(again.prepare('SELECT sum(n) AS n FROM localdb.v').get(), { n: 9 });
  });

  it('keeps the rules of opening for an attached file', () => {
    subject().create('other.db').exec('CREATE TABLE v(n)');
    const db = subject().create('repository.db');
    const other = subject().path('other.db');
    assert.throws(() => db.attach(other, 'x', 'create'), withCode('repository-exists'));
    assert.throws(() => db.attach(subject().path('none.db'), 'x', 'write'), withCode('file-missing'));
    db.close();
    const again = subject().write('repository.db');
    again.attach(other, 'x', 'read');
    assert.throws(() => again.exec('INSERT INTO x.v VALUES(1)'), withCode('repository-read-only'));
    assert.throws(
      () => again.transaction(() => again.exec('INSERT INTO x.v VALUES(1)')),
      withCode('repository-read-only'),
    );
    assert.deepEqual(again.prepare('SELECT count(*) AS n FROM x.v').get(), { n: 0 });
  });
}
