import assert from 'node:assert/strict';
import type { SqlValue } from '../../src/engine/platform/sqlite';
import { withCode } from './error-code';
import type { SqliteSubject } from './sqlite-subject';

/** What goes into a database comes out of it. */
export function sqliteValues(subject: () => SqliteSubject): void {
  let files = 0;
  const roundTrip = (value: SqlValue): SqlValue | undefined => {
    const db = subject().create(`${++files}.db`);
    return db.prepare('SELECT ? AS value').get<{ value: SqlValue }>(value)?.value;
  };

  for (const value of [null, 0, 1, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 1 - 2 ** 53, 1.5, -1e300]) {
    it(`keeps ${String(value)}`, () => assert.equal(roundTrip(value), value));
  }

  it('keeps text of every kind', () => {
    const text = 'ÆØ 日本 🦑 \u0001 \uFFFD " \' \\ line\nline';
    assert.equal(roundTrip(text), text);
    assert.equal(roundTrip(''), '');
  });

  it('keeps an integer an integer, whatever the column', () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(untyped, words TEXT, whole INTEGER)');
    db.prepare('INSERT INTO t VALUES(?, ?, ?)').run(5, 5, 5_000_000_000);
    assert.deepEqual(db.prepare('SELECT *, typeof(untyped) AS u, typeof(whole) AS w FROM t').get(), {
      untyped: 5,
      words: '5',
      whole: 5_000_000_000,
      u: 'integer',
      w: 'integer',
    });
  });

  it('refuses an integer that a number cannot hold, and goes on', () => {
    const db = subject().create();
    for (const sql of ['SELECT 9007199254740993 AS value', 'SELECT -9007199254740993 AS value']) {
      assert.throws(() => db.prepare(sql).get(), withCode('internal'));
      assert.throws(() => db.prepare(sql).all(), withCode('internal'));
      assert.throws(() => [...db.prepare(sql).iterate()], withCode('internal'));
    }
    assert.deepEqual(db.prepare('SELECT 1e300 AS value').get(), { value: 1e300 });
  });

  it('keeps an empty blob apart from null', () => {
    const db = subject().create();
    const row = db.prepare('SELECT ? AS blob, typeof(?) AS type').get(new Uint8Array(0), Buffer.alloc(0));
    assert.deepEqual(row, { blob: new Uint8Array(0), type: 'blob' });
  });

  it('gives blobs as plain arrays that the caller owns', () => {
    const db = subject().create();
    db.exec("CREATE TABLE t(b); INSERT INTO t VALUES(x'010203')");
    const select = db.prepare('SELECT b FROM t');
    const first = select.get<{ b: Uint8Array }>()!.b;
    assert.equal(Object.getPrototypeOf(first), Uint8Array.prototype);
    first.fill(9);
    assert.deepEqual(select.get(), { b: Uint8Array.of(1, 2, 3) });
  });

  it('takes views into larger buffers and Node buffers as parameters', () => {
    const bytes = Uint8Array.of(0, 1, 2, 3, 4);
    assert.deepEqual(roundTrip(bytes.subarray(1, 3)), Uint8Array.of(1, 2));
    assert.deepEqual(roundTrip(Buffer.from([7, 8])), Uint8Array.of(7, 8));
  });

  it('keeps no copy of a large parameter once it has been used, and runs nothing again for that', () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(n INTEGER)');
    const size = 64 * 1024 * 1024;
    const blob = new Uint8Array(size).fill(1);
    const before = process.memoryUsage.rss();
    for (const table of ['t', 'main.t', '"t"']) {
      db.prepare(`INSERT INTO ${table} VALUES(length(?))`).run(blob);
      assert.deepEqual(db.prepare(`INSERT INTO ${table} VALUES(length(?1)) RETURNING n`).get(blob), { n: size });
    }
    // The memory of WebAssembly never shrinks.
    if (subject().driver.name === 'native') assert.ok(process.memoryUsage.rss() - before < 2 * size);
    assert.deepEqual(db.prepare('SELECT count(*) AS rows, sum(n) AS bytes FROM t').get(), { rows: 6, bytes: 6 * size });
  });

  it('keeps a blob of 100 MB', () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(b BLOB)');
    const size = 100 * 1024 * 1024;
    const blob = new Uint8Array(size);
    for (let at = 0; at < size; at += 4099) blob[at] = at % 251;
    db.prepare('INSERT INTO t VALUES(?)').run(blob);
    db.close();
    const row = subject().read().prepare('SELECT b FROM t').get<{ b: Uint8Array }>();
    assert.ok(Buffer.from(row!.b.buffer, row!.b.byteOffset, row!.b.length).equals(blob));
  });

  it('reads text that is not UTF-8 as text with replacements, and the same bytes as blob untouched', () => {
    const db = subject().create();
    const row = db
      .prepare("SELECT CAST(x'61ff62' AS TEXT) AS text, CAST(CAST(x'61ff62' AS TEXT) AS BLOB) AS blob")
      .get();
    assert.deepEqual(row, { text: 'a\uFFFDb', blob: Uint8Array.of(0x61, 0xff, 0x62) });
  });

  it('keeps a text that stands for bytes which are no UTF-8 as those bytes, and finds it', () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(name TEXT UNIQUE, other TEXT)');
    const name = 'caf\udce9 🦑';
    const insert = db.prepare("INSERT INTO t VALUES(?, 'why? ' || ?)");
    insert.run(name, name);
    insert.run('café', '');
    const bytes = new Uint8Array([...Buffer.from('caf'), 0xe9, ...Buffer.from(' 🦑')]);
    const select = 'SELECT CAST(name AS BLOB) AS bytes, typeof(name) AS type, substr(other,1,5) AS other FROM t';
    const row = { bytes, type: 'text', other: 'why? ' };
    const found = db.prepare(`${select} WHERE name=?1 AND other='why? '||?1 /* ?2 */`);
    assert.deepEqual(found.get(name), row);
    assert.deepEqual(found.all(name), [row]);
    assert.deepEqual([...found.iterate(name)], [row]);
    assert.equal(found.get('caf\ufffd 🦑'), undefined);
    assert.deepEqual(db.prepare(`${select} WHERE ?2>0 AND name=?1`).all(name, 1), [row]);
    assert.throws(() => insert.run(name, ''), withCode('internal'));
  });

  it('refuses a value that SQLite cannot hold', () => {
    const db = subject().create();
    assert.throws(() => db.prepare('SELECT zeroblob(1000000001)').get(), withCode('artifact-too-large'));
  });
}
