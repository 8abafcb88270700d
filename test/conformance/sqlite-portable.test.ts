import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import type { SaveStep } from '../../src/engine/platform/portable-save';
import { createPortableDriver } from '../../src/engine/platform/sqlite-portable';
import { DatabaseShell, sqlInAnotherProcess } from './database-shell';
import { withCode } from './error-code';
import { InRestrictedPlace } from './restricted-place';
import { driverNamed, shortPatience, SqliteSubject } from './sqlite-subject';

/** What only a driver without SQLite's locks must do (sqlite.md 2, src/DESIGN.md). */
describe('The portable SQLite driver beside others', () => {
  let subject: SqliteSubject;
  beforeEach(async () => (subject = new SqliteSubject(await driverNamed('portable'))));
  afterEach(() => subject.remove());

  const withTable = (name = 'a.db'): void => {
    const db = subject.create(name);
    db.exec('CREATE TABLE t(n); INSERT INTO t VALUES(1)');
    db.close();
  };

  /** A subject whose saves run `meddle` at a step. */
  const meddling = async (wanted: SaveStep, meddle: () => void): Promise<SqliteSubject> => {
    const driver = await createPortableDriver({
      busyTimeout: shortPatience,
      onSaveStep: (step) => {
        if (step === wanted) meddle();
      },
    });
    return new SqliteSubject(driver, subject.directory);
  };

  const sqlNow = (name: string, sql: string): void => {
    const result = spawnSync('fossil', ['sql', '--no-repository', subject.path(name)], {
      input: sql,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: os.tmpdir(), USER: 'tester' },
    });
    assert.equal(result.status, 0, result.stderr);
  };

  it('writes a file that others may use only when that is allowed', () => {
    withTable();
    const open = (): void => void subject.driver.open(subject.path('a.db'), { mode: 'write' });
    assert.throws(open, withCode('portable-writes-refused'));
    subject.write().exec('INSERT INTO t VALUES(2)');
    const db = subject.create('new.db');
    db.exec('CREATE TABLE t(n)');
    assert.throws(() => db.attach(subject.path('a.db'), 'x', 'write'), withCode('portable-writes-refused'));
  });

  it('drops what it could not save because somebody has written meanwhile, and starts anew from that', async () => {
    withTable();
    let meddled = false;
    const other = await meddling('written', () => {
      if (!meddled) sqlNow('a.db', 'INSERT INTO t VALUES(10);');
      meddled = true;
    });
    const db = other.write();
    const insert = db.prepare('INSERT INTO t VALUES(100)');
    assert.throws(() => db.transaction(() => insert.run()), withCode('repository-changed'));
    assert.deepEqual(db.prepare('SELECT sum(n) AS n FROM t').get(), { n: 11 });
    db.transaction(() => insert.run());
    assert.equal(await sqlInAnotherProcess(db.path, 'SELECT sum(n) FROM t;'), '111');
    assert.deepEqual(fs.readdirSync(subject.directory), ['a.db']);
  });

  for (const suffix of ['-journal', '-wal']) {
    it(`does not replace a file that has got a ${suffix} meanwhile`, async () => {
      withTable();
      const other = await meddling('written', () =>
        fs.writeFileSync(`${subject.path('a.db')}${suffix}`, 'x'.repeat(600)),
      );
      const db = other.write();
      const before = fs.readFileSync(db.path);
      assert.throws(() => db.exec('INSERT INTO t VALUES(2)'), withCode('repository-changed'));
      assert.deepEqual(fs.readFileSync(db.path), before);
    });
  }

  it('writes nothing when a transaction changed nothing', () => {
    withTable();
    const db = subject.write();
    const before = fs.statSync(db.path, { bigint: true });
    db.transaction(() => db.exec('UPDATE t SET n = 2 WHERE n = 77'));
    assert.deepEqual(fs.statSync(db.path, { bigint: true }), before);
  });

  it('counts its changes in the header, so that others notice them', () => {
    withTable();
    const counter = (): number => fs.readFileSync(subject.path('a.db')).readUInt32BE(24);
    const db = subject.write();
    const before = counter();
    db.exec('INSERT INTO t VALUES(2)');
    db.exec('INSERT INTO t VALUES(3)');
    assert.equal(counter(), before + 2);
  });

  it('keeps a link a link, and the permissions of the file', () => {
    withTable('real.db');
    fs.chmodSync(subject.path('real.db'), 0o640);
    fs.symlinkSync('real.db', subject.path('a.db'));
    subject.write().exec('INSERT INTO t VALUES(2)');
    assert.ok(fs.lstatSync(subject.path('a.db')).isSymbolicLink());
    assert.equal(fs.statSync(subject.path('real.db')).mode & 0o777, 0o640);
    assert.deepEqual(subject.read('real.db').prepare('SELECT sum(n) AS n FROM t').get(), { n: 3 });
  });

  it('writes a private file only when told to, and when it closes', () => {
    const path = subject.path('a.db');
    const db = subject.driver.open(path, { mode: 'create', isPrivate: true });
    db.transaction(() => db.exec('CREATE TABLE t(n); INSERT INTO t VALUES(1)'));
    assert.equal(fs.statSync(path).size, 0);
    db.persist();
    const persisted = fs.statSync(path).size;
    assert.ok(persisted > 0);
    db.exec('INSERT INTO t VALUES(2)');
    assert.deepEqual(subject.read().prepare('SELECT sum(n) AS n FROM t').get(), { n: 1 });
    db.close();
    assert.deepEqual(subject.read().prepare('SELECT sum(n) AS n FROM t').get(), { n: 3 });
    const again = subject.driver.open(path, { mode: 'write', isPrivate: true });
    again.exec('INSERT INTO t VALUES(3)');
    again.close();
    assert.deepEqual(subject.read().prepare('SELECT sum(n) AS n FROM t').get(), { n: 6 });
  });

  it('refuses a file beyond 1 GiB before it reads it', () => {
    withTable();
    fs.truncateSync(subject.path('a.db'), 1024 ** 3 + 1);
    assert.throws(() => subject.read(), withCode('repository-too-large'));
  });

  describe('with a lock of another process of ours', () => {
    const writeLock = (pid: number, host: string): void =>
      fs.writeFileSync(subject.path('a.db.trilobite-lock'), JSON.stringify({ pid, host, token: 'other' }));

    it('waits, and says who holds it', () => {
      withTable();
      writeLock(process.ppid, os.hostname());
      const db = subject.write();
      assert.throws(
        () => db.exec('INSERT INTO t VALUES(2)'),
        (error) => {
          assert.match(String(error), new RegExp(`process number ${process.ppid}`));
          return withCode('repository-locked')(error);
        },
      );
      fs.rmSync(subject.path('a.db.trilobite-lock'));
      db.exec('INSERT INTO t VALUES(2)');
      assert.deepEqual(fs.readdirSync(subject.directory), ['a.db']);
    });

    it('takes over the lock of a dead process, but not that of another machine', () => {
      withTable();
      const dead = spawnSync(process.execPath, ['-e', '']).pid;
      writeLock(dead, os.hostname());
      const db = subject.write();
      db.exec('INSERT INTO t VALUES(2)');
      writeLock(dead, `${os.hostname()}-other`);
      assert.throws(() => db.exec('INSERT INTO t VALUES(3)'), withCode('repository-locked'));
    });

    it('saves nothing when its own lock was taken away', async () => {
      withTable();
      const other = await meddling('written', () => writeLock(process.ppid, os.hostname()));
      assert.throws(() => other.write().exec('INSERT INTO t VALUES(2)'), withCode('repository-changed'));
      assert.deepEqual(subject.read().prepare('SELECT sum(n) AS n FROM t').get(), { n: 1 });
    });
  });

  describe('killed while it saves a repository and its checkout', () => {
    let place: InRestrictedPlace;
    before(async () => (place = await InRestrictedPlace.prepare()));
    after(() => place.remove());

    beforeEach(() => {
      withTable('repository.db');
      const checkout = subject.create('checkout.db');
      checkout.exec('CREATE TABLE v(n); INSERT INTO v VALUES(1)');
      checkout.close();
    });

    const both = (): unknown => {
      const db = subject.write('repository.db');
      db.attach(subject.path('checkout.db'), 'localdb', 'write');
      const row = db.prepare('SELECT t.n AS repository, v.n AS checkout FROM t, v').get();
      // A write takes the locks, and removes what the killed process left.
      db.transaction(() => db.exec('UPDATE t SET n = n; UPDATE v SET n = n'));
      db.close();
      return row;
    };

    for (const [step, expected] of [
      ['written', 1],
      ['checked', 1],
      ['repository-renamed', 2],
      ['checkout-renamed', 2],
    ] as const) {
      it(`leaves both as ${expected === 1 ? 'they were' : 'they should be'} when killed at "${step}"`, () => {
        assert.equal(place.killed('write-pair', subject.directory, step), 'SIGKILL');
        assert.notDeepEqual(fs.readdirSync(subject.directory).sort(), ['checkout.db', 'repository.db']);
        assert.deepEqual(both(), { repository: expected, checkout: expected });
        assert.deepEqual(fs.readdirSync(subject.directory).sort(), ['checkout.db', 'repository.db']);
      });
    }

    it('repairs the checkout also when that is opened by itself', () => {
      place.killed('write-pair', subject.directory, 'repository-renamed');
      assert.deepEqual(subject.read('checkout.db').prepare('SELECT n FROM v').get(), { n: 2 });
    });

    it('keeps a checkout that fossil has written since', () => {
      place.killed('write-pair', subject.directory, 'repository-renamed');
      sqlNow('checkout.db', 'UPDATE v SET n = 50;');
      assert.deepEqual(both(), { repository: 2, checkout: 50 });
    });
  });

  it('loses nothing of two processes of ours that write as fast as they can, nor of fossil between', async () => {
    withTable();
    const db = subject.write();
    const other = subject.write();
    let saved = 0;
    for (let n = 0; n < 20; n++) {
      for (const one of [db, other]) {
        one.transaction(() => one.prepare('INSERT INTO t VALUES(1)').run());
        saved++;
      }
      await sqlInAnotherProcess(db.path, 'INSERT INTO t VALUES(1);');
      saved++;
    }
    assert.equal(
      await sqlInAnotherProcess(db.path, 'SELECT count(*) FROM t; PRAGMA quick_check;'),
      `${saved + 1}\n'ok'`,
    );
  });

  it('reads on while fossil writes, and waits for its end before it writes itself', async () => {
    withTable();
    const db = subject.write();
    const shell = new DatabaseShell(db.path);
    try {
      await shell.run('BEGIN IMMEDIATE; INSERT INTO t VALUES(10);');
      assert.deepEqual(db.prepare('SELECT sum(n) AS n FROM t').get(), { n: 1 });
      assert.throws(() => db.exec('INSERT INTO t VALUES(100)'), withCode('repository-locked'));
      await shell.run('COMMIT;');
      assert.deepEqual(db.prepare('SELECT sum(n) AS n FROM t').get(), { n: 11 });
    } finally {
      await shell.kill();
    }
  });
});
