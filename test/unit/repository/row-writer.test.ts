import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import type { Database } from '../../../src/engine/platform/sqlite';
import { RowWriter } from '../../../src/engine/repository/row-writer';

describe('Rows that are written many at a time', () => {
  let directory: string;
  let db: Database;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-rows-'));
    const environment = await createNodeEnvironment({ homeDirectory: directory, variables: {} });
    db = environment.sqlite.open(join(directory, 'a.db'), { mode: 'create' });
    db.exec('CREATE TABLE t(a INTEGER, b)');
  });
  afterEach(async () => {
    db.close();
    await rm(directory, { recursive: true });
  });
  const rows = (): unknown[] => db.prepare('SELECT a, b, typeof(b) AS type FROM t ORDER BY rowid').all();

  for (const count of [0, 1, 2, 7, 63, 64, 65, 75, 200]) {
    it(`${count} of them stand in their order, with their values`, () => {
      const writer = new RowWriter(db, 'INSERT INTO t(a,b)', 2);
      const values = [null, 2.5, 7, 'text'];
      for (let row = 0; row < count; row++) writer.add(row, values[row % values.length] ?? null);
      assert.equal(rows().length, count - (count % 64));
      db.transaction(() => writer.flush());
      const types = ['null', 'real', 'integer', 'text'];
      assert.deepEqual(
        rows(),
        Array.from({ length: count }, (_, row) => ({
          a: row,
          b: values[row % values.length] ?? null,
          type: types[row % types.length],
        })),
      );
    });
  }

  it('are written once', () => {
    const writer = new RowWriter(db, 'INSERT INTO t(a,b)', 2);
    writer.add(1, 2);
    writer.flush();
    writer.add(3, 4);
    writer.flush();
    writer.flush();
    assert.equal(rows().length, 2);
  });
});
