import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { FossilSandbox } from '../support/fossil-sandbox';
import { DatabaseShell, sqlInAnotherProcess } from './database-shell';
import { withCode } from './error-code';
import { InRestrictedPlace } from './restricted-place';
import type { SqliteSubject } from './sqlite-subject';

/** Files as they are found: missing, foreign, locked, half written, unwritable. */
export function sqliteFiles(subject: () => SqliteSubject): void {
  const isNative = (): boolean => subject().driver.name === 'native';

  it('creates only where nothing is', () => {
    subject().create().exec('CREATE TABLE t(n)');
    assert.throws(() => subject().create(), withCode('repository-exists'));
    fs.mkdirSync(subject().path('folder'));
    assert.throws(() => subject().create('folder'), withCode('repository-exists'));
    assert.throws(() => subject().create('no/such/folder.db'), withCode('file-missing'));
  });

  it('opens only what is there, and makes nothing', () => {
    for (const open of ['write', 'read'] as const) {
      assert.throws(() => subject()[open]('none.db'), withCode('file-missing'));
      assert.throws(() => subject()[open]('.'), withCode('not-a-repository'));
    }
    assert.deepEqual(fs.readdirSync(subject().directory), []);
  });

  it('refuses a file that is no database', () => {
    fs.writeFileSync(subject().path('a.db'), 'not a database at all, '.repeat(100));
    for (const open of ['write', 'read'] as const) {
      assert.throws(() => subject()[open](), withCode('not-a-repository'));
    }
  });

  it('opens an empty file as an empty database', () => {
    fs.writeFileSync(subject().path('a.db'), '');
    assert.deepEqual(subject().read().prepare('SELECT count(*) AS n FROM sqlite_schema').get(), { n: 0 });
    subject().write().exec('CREATE TABLE t(n)');
  });

  it('tells of a damaged database', async () => {
    await sqlInAnotherProcess(
      subject().path('a.db'),
      'CREATE TABLE t(n); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c LIMIT 5000) INSERT INTO t SELECT i FROM c;',
    );
    const file = fs.openSync(subject().path('a.db'), 'r+');
    fs.writeSync(file, Buffer.alloc(8000, 0xee), 0, 8000, 4096);
    fs.closeSync(file);
    assert.throws(() => subject().read().prepare('SELECT sum(n) FROM t').get(), withCode('content-corrupt'));
  });

  it('changes nothing that it has opened for reading', () => {
    subject().create().exec('CREATE TABLE t(n)');
    const before = fs.readFileSync(subject().path('a.db'));
    const db = subject().read();
    for (const sql of ['INSERT INTO t VALUES(1)', 'DROP TABLE t', 'CREATE TABLE u(n)']) {
      assert.throws(() => db.exec(sql), withCode('repository-read-only'));
      assert.throws(() => db.transaction(() => db.exec(sql)), withCode('repository-read-only'));
    }
    assert.deepEqual(fs.readFileSync(subject().path('a.db')), before);
  });

  it('reads and writes a repository of fossil, which finds what was written', async () => {
    const sandbox = await FossilSandbox.create();
    try {
      await sandbox.fossil(['new', '--admin-user', 'tester', subject().path('a.db')]);
      const db = subject().write();
      assert.deepEqual(db.prepare("SELECT login FROM user WHERE cap = 's'").all(), [{ login: 'tester' }]);
      db.transaction(() => {
        db.prepare("REPLACE INTO config(name, value, mtime) VALUES('project-name', ?, 0)").run('Ångström');
      });
      assert.deepEqual(await sandbox.sql(db.path, "SELECT value FROM config WHERE name = 'project-name';"), [
        'Ångström',
      ]);
      assert.match(await sandbox.fossil(['test-integrity', '-R', db.path]), / 0 errors\n.*integrity-check: ok/);
      await sandbox.fossil(['settings', 'autosync', 'off', '-R', db.path]);
      assert.deepEqual(db.prepare("SELECT value FROM config WHERE name = 'autosync'").get(), { value: 'off' });
    } finally {
      await sandbox.remove();
    }
  });

  it('sees what another process has committed since', async () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(n)');
    const count = db.prepare('SELECT count(*) AS n FROM t');
    for (let n = 1; n <= 3; n++) {
      await sqlInAnotherProcess(db.path, `INSERT INTO t VALUES(${n});`);
      assert.deepEqual(count.get(), { n });
      db.exec('DELETE FROM t WHERE n = 0');
    }
    assert.equal(await sqlInAnotherProcess(db.path, 'SELECT count(*) FROM t;'), '3');
  });

  it('waits for a second writer no longer than the busy timeout, and goes on when that is done', async () => {
    const db = subject().create();
    db.exec('CREATE TABLE t(n)');
    const shell = new DatabaseShell(db.path);
    try {
      await shell.run('BEGIN IMMEDIATE; INSERT INTO t VALUES(1);');
      let isRun = false;
      assert.throws(() => db.transaction(() => (isRun = true)), withCode('repository-locked'));
      assert.throws(() => db.exec('INSERT INTO t VALUES(2)'), withCode('repository-locked'));
      assert.equal(isRun, false);
      assert.deepEqual(db.prepare('SELECT count(*) AS n FROM t').get(), { n: 0 });
      await shell.run('COMMIT;');
      db.exec('INSERT INTO t VALUES(2)');
      assert.equal(await sqlInAnotherProcess(db.path, 'SELECT sum(n) FROM t;'), '3');
    } finally {
      await shell.kill();
    }
  });

  it('keeps two of our own connections apart', () => {
    const one = subject().create();
    one.exec('CREATE TABLE t(n)');
    const other = subject().write();
    one.transaction(() => {
      one.exec('INSERT INTO t VALUES(1)');
      assert.throws(() => other.exec('INSERT INTO t VALUES(2)'), withCode('repository-locked'));
      const read = (): unknown => other.prepare('SELECT count(*) AS n FROM t').get();
      // With real locks whoever comes while a transaction runs waits for its end, to read as well as to write.
      if (isNative()) assert.throws(read, withCode('repository-locked'));
      else assert.deepEqual(read(), { n: 0 });
    });
    other.exec('INSERT INTO t VALUES(2)');
    assert.deepEqual(one.prepare('SELECT sum(n) AS n FROM t').get(), { n: 3 });
  });

  it('never takes the half of a transaction that a killed program left for content', async () => {
    const db = subject().create();
    db.exec(
      'CREATE TABLE t(n, filler); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c LIMIT 500) INSERT INTO t SELECT 1, zeroblob(2000) FROM c',
    );
    db.close();
    const shell = new DatabaseShell(db.path);
    await shell.run('PRAGMA cache_size = 5; BEGIN; UPDATE t SET n = 2, filler = randomblob(2000);');
    await shell.kill();
    assert.ok(fs.statSync(`${db.path}-journal`).size > 0, 'no hot journal was left');
    if (isNative()) {
      assert.deepEqual(subject().read().prepare('SELECT sum(n) AS n FROM t').get(), { n: 500 });
      subject().write().exec('UPDATE t SET n = 3');
    } else {
      assert.throws(() => subject().read(), withCode('repository-locked'));
      assert.throws(() => subject().write(), withCode('repository-locked'));
      assert.equal(await sqlInAnotherProcess(db.path, 'SELECT sum(n) FROM t;'), '500');
      assert.deepEqual(subject().read().prepare('SELECT sum(n) AS n FROM t').get(), { n: 500 });
    }
  });

  it('reads a file with a write-ahead log, and writes it only with real locks', async () => {
    const shell = new DatabaseShell(subject().path('a.db'));
    try {
      await shell.run('PRAGMA journal_mode = WAL; CREATE TABLE t(n); INSERT INTO t VALUES(1);');
      await shell.run('PRAGMA wal_checkpoint; INSERT INTO t VALUES(2); BEGIN; INSERT INTO t VALUES(40);');
      assert.ok(fs.statSync(subject().path('a.db-wal')).size > 0);
      assert.deepEqual(subject().read().prepare('SELECT sum(n) AS n FROM t').get(), { n: 3 });
      await shell.run('COMMIT;');
      assert.deepEqual(subject().read().prepare('SELECT sum(n) AS n FROM t').get(), { n: 43 });
      if (isNative()) {
        subject().write().exec('INSERT INTO t VALUES(500)');
        assert.equal(await shell.run('SELECT sum(n) FROM t;'), '543');
      } else {
        assert.throws(() => subject().write(), withCode('portable-writes-refused'));
      }
    } finally {
      await shell.kill();
    }
  });

  it('accepts no torn read beside a hot writer', async () => {
    const rows = 200;
    const db = subject().create();
    db.exec(
      `CREATE TABLE t(n, filler); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c LIMIT ${rows}) INSERT INTO t SELECT 0, zeroblob(1500) FROM c`,
    );
    db.close();
    const shell = new DatabaseShell(db.path);
    // Rollbacks and a cache too small for a transaction: pages reach the file before the commit, and leave it again. The count between
    // gives SQLite's own readers their turn.
    const round = (n: number): string =>
      `BEGIN; UPDATE t SET n = ${n}, filler = randomblob(1500); ${n % 3 === 0 ? 'ROLLBACK' : 'COMMIT'};
       WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c LIMIT 50000) SELECT max(i) FROM c;`;
    try {
      await shell.run('PRAGMA cache_size = 5;');
      shell.start(Array.from({ length: 3000 }, (_, n) => round(n + 1)).join('\n'));
      const reader = subject();
      let accepted = 0;
      const states = new Set<number>();
      const deadline = Date.now() + 20_000;
      while ((accepted < 60 || states.size < 2) && Date.now() < deadline) {
        try {
          const opened = reader.read();
          const row = opened.prepare('SELECT min(n) AS low, max(n) AS high, count(*) AS count FROM t').get<{
            low: number;
            high: number;
            count: number;
          }>();
          opened.close();
          assert.deepEqual(row, { low: row!.low, high: row!.low, count: rows });
          accepted++;
          states.add(row.low);
        } catch (error) {
          withCode('repository-locked')(error);
        }
      }
      assert.ok(accepted >= 5 && states.size > 1, `only ${accepted} reads of ${states.size} states came through`);
    } finally {
      await shell.kill();
    }
  });

  describe('where writing is impossible', () => {
    let place: InRestrictedPlace;
    before(async () => (place = await InRestrictedPlace.prepare()));
    after(() => place.remove());

    it('reads a read-only file, and refuses to write it', () => {
      const answers = place.withoutPermission(subject().driver.name, { file: 0o444, directory: 0o777 });
      assert.deepEqual(answers, { read: 'ok', write: 'repository-read-only', create: 'ok' });
    });

    it('reads a file in a read-only directory, and refuses to write or create there', () => {
      const answers = place.withoutPermission(subject().driver.name, { file: 0o666, directory: 0o555 });
      assert.deepEqual(answers, { read: 'ok', write: 'repository-read-only', create: 'file-access' });
    });

    it('refuses to read what may not be read', () => {
      const answers = place.withoutPermission(subject().driver.name, { file: 0o000, directory: 0o777 });
      assert.deepEqual({ ...answers, write: undefined }, { read: 'file-access', write: undefined, create: 'ok' });
    });

    it('reads on a read-only disk, and says why it does not write', () => {
      const answers = place.onReadOnlyDisk(subject().driver.name);
      assert.deepEqual(answers, { read: 'ok', write: 'disk-read-only', create: 'disk-read-only' });
    });

    it('leaves everything as it was when the disk is full', () => {
      const answers = place.onFullDisk(subject().driver.name);
      assert.deepEqual(answers, { grow: 'disk-full', rowsSeen: 1, rowsOnDisk: 1, small: 'ok' });
    });
  });
}
