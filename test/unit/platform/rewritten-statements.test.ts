import assert from 'node:assert/strict';
import { isBuiltin } from 'node:module';
import type * as Sqlite from 'node:sqlite';
import { NativeStatement } from '../../../src/engine/platform/native-statement';
import { CachedStatement, type RawStatement, type StatementOwner } from '../../../src/engine/platform/statement-cache';
import type { Statement } from '../../../src/engine/platform/sqlite';

const SQL = 'SELECT ?1 AS a, ?2 AS b';

/** Uses a statement often, with texts that are no UTF-8 at either place or at both. */
function useOften(statement: Statement): void {
  for (let round = 0; round < 20; round++) {
    statement.run('\udcff', 'b');
    statement.get('a', '\udcff');
    statement.all('\udcff', `${round}\udcff`);
    assert.equal([...statement.iterate('\udcff', 'b')].length, 1);
    statement.get('a', 'b');
  }
}

describe('A statement that takes texts that are no UTF-8', () => {
  it('is prepared once for each form it needs', () => {
    const prepared: string[] = [];
    const raw: RawStatement = {
      run: () => ({ changes: 0, lastInsertRowid: 0 }),
      get: () => undefined,
      all: () => [],
      iterate: () => [{}].values(),
    };
    const owner: StatementOwner = {
      generation: 1,
      prepareRaw: (sql) => (prepared.push(sql), raw),
      use: (_sql, work) => work(),
      beginIteration: (_sql, work) => work(),
      endIteration: () => undefined,
    };
    useOften(new CachedStatement(owner, SQL));
    assert.equal(prepared.length, 4);
    assert.equal(new Set(prepared).size, 4);
  });

  if (isBuiltin('node:sqlite')) {
    it('is prepared by node:sqlite once for each form, and once more to iterate', () => {
      const sqlite = process.getBuiltinModule('node:sqlite');
      let prepared = 0;
      class CountingConnection extends sqlite.DatabaseSync {
        override prepare(sql: string): Sqlite.StatementSync {
          prepared++;
          return super.prepare(sql);
        }
      }
      const connection = new CountingConnection(':memory:');
      try {
        useOften(new NativeStatement(connection, SQL, ':memory:'));
        assert.equal(prepared, 5);
      } finally {
        connection.close();
      }
    });
  }
});
