import assert from 'node:assert/strict';
import { parseStamp, toJulianDay } from '../../../src/engine/codec/julian-day';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { Seeded } from '../../support/seeded';

const RIGHT = [
  '2020-01-02T03:04:05.678',
  '2020-01-02T03:04:05',
  '2020-01-02',
  '-0001-01-01',
  '9999-12-31T23:59:59.999',
  '0000-02-31 24:59:59Z',
  '12:34',
  '2459000.5',
  '2020-01-02T03:04+05:30',
  '1.5e3',
];
const PIECES = ['0', '1', '9', '-', ':', '.', 'T', 'Z', ' ', '+', '\t', '\r', 'e', '20', '31', '60'];

/** Stamps a few edits away from right ones. */
function stampOf(seed: number): string {
  const seeded = new Seeded(seed);
  let stamp = seeded.pick(RIGHT);
  for (let edits = seeded.below(3); edits > 0; edits--) {
    const at = seeded.below(stamp.length + 1);
    stamp = stamp.slice(0, at) + seeded.pick(['', ...PIECES]) + stamp.slice(at + seeded.below(2));
  }
  return stamp;
}

describe('stamps and fossil', () => {
  let sandbox: FossilSandbox;

  before(async () => {
    sandbox = await FossilSandbox.create();
    await sandbox.fossil(['new', 'r.fossil']);
  });

  after(() => sandbox.remove());

  it('mean the same moment, or none', async () => {
    const stamps = Array.from({ length: 3000 }, (_, seed) => stampOf(seed));
    const queries = stamps.map(
      (stamp) => `SELECT printf('%!.17g', julianday(CAST(X'${Buffer.from(stamp).toString('hex')}' AS TEXT)));`,
    );
    const theirs = await sandbox.sql('r.fossil', queries.join('\n'));
    stamps.forEach((stamp, seed) => {
      const moment = parseStamp(stamp);
      // Their printf shows 0 for NULL, and a moment must come after zero.
      assert.equal(
        moment === undefined ? 0 : toJulianDay(moment),
        Number(theirs[seed]),
        `seed ${seed}: ${JSON.stringify(stamp)}`,
      );
    });
    assert.ok(stamps.filter((stamp) => parseStamp(stamp) !== undefined).length > 1000);
  });
});
