import * as path from 'node:path';
import { EngineError } from '../../src/engine/errors';
import type { SqliteDriver } from '../../src/engine/platform/sqlite';
import { createNativeDriver } from '../../src/engine/platform/sqlite-native';
import { createPortableDriver } from '../../src/engine/platform/sqlite-portable';
import type { SaveStep } from '../../src/engine/platform/portable-save';

/** Runs in a process of its own, which is restricted or killed: `child.js DRIVER JOB FILE…`, answers JSON. */
async function main([driverName, job, file = '', more = '']: string[]): Promise<unknown> {
  const options = { busyTimeout: 200 };
  const driver =
    driverName === 'native'
      ? createNativeDriver(options)
      : await createPortableDriver({ ...options, onSaveStep: (step) => stopAt(step, more) });
  if (driver === undefined) throw new Error('no native driver');
  switch (job) {
    case 'set-up':
      return { setUp: setUp(driver, file) };
    case 'try':
      return tryAll(driver, file);
    case 'fill':
      return fill(driver, file);
    case 'write-pair':
      return writePair(driver, file);
    default:
      throw new Error(`unknown job ${String(job)}`);
  }
}

function setUp(driver: SqliteDriver, file: string): string {
  const db = driver.open(file, { mode: 'create' });
  db.exec('CREATE TABLE t(content); INSERT INTO t VALUES(1)');
  db.close();
  return 'ok';
}

function tryAll(driver: SqliteDriver, file: string): Record<string, string> {
  return {
    read: outcome(() => {
      const db = driver.open(file, { mode: 'read' });
      db.prepare('SELECT count(*) FROM t').get();
      db.close();
    }),
    write: outcome(() => {
      const db = driver.open(file, { mode: 'write', allowPortableWrites: true });
      try {
        db.exec('INSERT INTO t VALUES(2)');
      } finally {
        db.close();
      }
    }),
    create: outcome(() => setUp(driver, path.join(path.dirname(file), 'new.db'))),
  };
}

function fill(driver: SqliteDriver, file: string): Record<string, unknown> {
  const db = driver.open(file, { mode: 'write', allowPortableWrites: true });
  const grow = outcome(() =>
    db.transaction(() => {
      for (let n = 0; n < 80; n++) db.prepare('INSERT INTO t VALUES(?)').run(new Uint8Array(100_000).fill(n));
    }),
  );
  const count = 'SELECT count(*) AS n FROM t';
  const rowsSeen = db.prepare(count).get<{ n: number }>()?.n;
  const other = driver.open(file, { mode: 'read' });
  const rowsOnDisk = other.prepare(count).get<{ n: number }>()?.n;
  other.close();
  const small = outcome(() => db.exec('INSERT INTO t VALUES(3)'));
  db.close();
  return { grow, rowsSeen, rowsOnDisk, small };
}

function writePair(driver: SqliteDriver, file: string): string {
  const db = driver.open(path.join(file, 'repository.db'), { mode: 'write', allowPortableWrites: true });
  db.attach(path.join(file, 'checkout.db'), 'localdb', 'write');
  db.transaction(() => db.exec('UPDATE main.t SET n = n + 1; UPDATE localdb.v SET n = n + 1'));
  db.close();
  return 'not killed';
}

function stopAt(step: SaveStep, wanted: string): void {
  if (step === wanted) process.kill(process.pid, 'SIGKILL');
}

function outcome(work: () => unknown): string {
  try {
    work();
    return 'ok';
  } catch (error) {
    return error instanceof EngineError ? error.code : String(error);
  }
}

void main(process.argv.slice(2)).then((answer) => process.stdout.write(JSON.stringify(answer)));
