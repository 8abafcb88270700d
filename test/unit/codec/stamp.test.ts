import assert from 'node:assert/strict';
import { formatStamp, fromJulianDay, parseStamp, toJulianDay } from '../../../src/engine/codec/julian-day';
import { forSeeds } from '../../support/seeded';

const MOMENT = Date.UTC(2026, 10, 20, 18, 8, 50) + 123;

describe('julian day', () => {
  it('is what SQLite computes', () => {
    assert.equal(toJulianDay(0), 2440587.5);
    assert.equal(toJulianDay(Date.UTC(2000, 0, 1, 12)), 2451545);
  });

  it('comes back to the millisecond', () => {
    forSeeds(500, (seeded) => {
      const moment = seeded.below(2 ** 31) * 1000 + seeded.below(1000);
      assert.equal(fromJulianDay(toJulianDay(moment)), moment);
    });
  });
});

describe('stamp', () => {
  it('has milliseconds when written and is read with or without', () => {
    assert.equal(formatStamp(MOMENT), '2026-11-20T18:08:50.123');
    assert.equal(parseStamp('2026-11-20T18:08:50.123'), MOMENT);
    assert.equal(parseStamp('2026-11-20T18:08:50'), MOMENT - 123);
  });

  it('comes back from its text', () => {
    forSeeds(500, (seeded) => {
      const moment = seeded.below(2 ** 32) * 1000 + seeded.below(1000);
      assert.equal(parseStamp(formatStamp(moment)), moment);
    });
  });

  it('rolls a day beyond the end of its month over, as SQLite does', () => {
    assert.equal(parseStamp('2023-02-31T00:00:00'), Date.UTC(2023, 2, 3));
  });

  for (const text of [
    '',
    'now',
    '2020-13-01T00:00:00',
    '2020-01-32',
    '2020-01-01T25:00:00',
    '2020-01-01T00:60:00',
    '2020-01-01T00:00:60',
    '2020-1-1',
    '2020-01-01x',
    '0',
    '-1',
    'abc',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseStamp(text), undefined);
    });
  }
});
