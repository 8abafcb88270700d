import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { isReadLater, ReadingOrder } from '../../../src/engine/repository/reading-order';
import type { Repository } from '../../../src/engine/repository/repository';

const FAR = 2 ** 33;
const DELTAS = 150_000;

describe('The order in which a rebuild reads', () => {
  let directory: string;
  let repository: Repository;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-order-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
    const name = (text: string): string => `'${text.padEnd(40, '-')}'`;
    repository.db.exec(`
      INSERT INTO blob(rid,rcvid,size,uuid) VALUES(1000000,1,0,${name('first')}),(${FAR},1,0,${name('far')});
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<${DELTAS})
        INSERT INTO blob(rid,rcvid,size,uuid) SELECT 1000000+i, 1, 0, printf('%040d', i) FROM n;
      INSERT INTO delta(rid,srcid) SELECT rid, 1000000 FROM blob WHERE rid>1000000 AND rid<${FAR};
      INSERT INTO blob(rid,rcvid,size,uuid) VALUES(5000001,1,0,${name('a circle')}),(5000002,1,0,${name('the other half')});
      INSERT INTO delta(rid,srcid) VALUES(5000001,5000002),(5000002,5000001);`);
  });
  after(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  it('is found for rows that lie far apart, and for more deltas of one artifact than a call has arguments', () => {
    const order = new ReadingOrder(repository.db);
    const [first, delta, far] = [1_000_000, 1_000_001, FAR].map((rid) => order.positionOf(rid as Rid));
    assert.ok(first !== undefined && delta !== undefined && far !== undefined);
    assert.ok(0 < first && first < delta && delta < far, `${first} ${delta} ${far}`);
    assert.equal(new Set([...Array(100).keys()].map((i) => order.positionOf((1_000_001 + i) as Rid))).size, 100);
  });

  it('is the same whether chains of deltas are walked or all is read', () => {
    const rids = [1_000_001, 1_000_064, 1_000_002, 1_150_000, 1_100_000, 1_000_000, FAR].map((rid) => rid as Rid);
    const order = new ReadingOrder(repository.db);
    // One that has told positions walks no more.
    const isRead = (a: Rid, b: Rid): boolean => order.positionOf(a) > order.positionOf(b);
    rids.slice(1).forEach((a, index) => {
      const b = rids[index] ?? assert.fail();
      assert.equal(isReadLater(repository.db, a, b), isRead(a, b), `${a} ${b}`);
      assert.equal(isReadLater(repository.db, b, a), isRead(b, a), `${b} ${a}`);
    });
  });

  it('is told in time that does not grow with the square of what is asked', () => {
    const order = new ReadingOrder(repository.db);
    const read = new ReadingOrder(repository.db);
    for (let i = 1; i < DELTAS; i++) {
      const [a, b] = [(1_000_000 + i) as Rid, (1_000_001 + i) as Rid];
      assert.equal(order.isLater(a, b), read.positionOf(a) > read.positionOf(b), `${a} ${b}`);
    }
  });

  it('ends also where deltas run in a circle', () => {
    assert.equal(typeof isReadLater(repository.db, 5_000_001 as Rid, 1_000_000 as Rid), 'boolean');
  });
});
