import assert from 'node:assert/strict';
import type { Progress } from '../../../src/engine/progress';
import { forecastClone } from '../../../src/engine/xfer/clone-forecast';
import { estimate, NOTHING } from '../../../src/engine/xfer/estimate';
import { ProgressMeter } from '../../../src/engine/xfer/progress-meter';
import { readStatistics } from '../../../src/engine/xfer/server-statistics';

describe('The statistics of a server', () => {
  it('are read as far as they are usable, and a refusal tells nothing', () => {
    const payload = {
      repositorySize: 4751360,
      blobCount: 5406,
      deltaCount: 4815,
      projectCode: '0f76edff28fb75878901fd51766eb496de911d90',
    };
    assert.deepEqual(readStatistics({ payload }), {
      projectCode: '0f76edff28fb75878901fd51766eb496de911d90',
      artifacts: 5406,
      deltas: 4815,
      repositorySize: 4751360,
    });
    for (const answer of [
      undefined,
      7,
      { resultCode: 'FOSSIL-2002' },
      { payload: { blobCount: '5', projectCode: 'x', repositorySize: -1 } },
    ])
      assert.deepEqual(readStatistics(answer), {});
  });
});

describe('The estimate of a transfer', () => {
  const likely = { bytes: 1000, deviation: 300, basis: 'server-statistics' } as const;

  it('adds what is ahead to what has come, and its range narrows with what is ahead', () => {
    assert.deepEqual(estimate(500, [likely, NOTHING]), {
      share: 1 / 3,
      range: { low: 1200, high: 1800, basis: 'server-statistics' },
    });
    assert.deepEqual(estimate(5000, [{ ...likely, bytes: 10, deviation: 3 }]).range, {
      low: 5007,
      high: 5013,
      basis: 'server-statistics',
    });
  });

  it('is at most five times its low end at the high one, and never below what has come', () => {
    const { range } = estimate(100, [{ ...likely, deviation: 1e6 }]);
    assert.ok(range !== undefined && range.high <= 5 * range.low + 2, JSON.stringify(range));
    assert.equal(estimate(900, [{ ...likely, bytes: 100, deviation: 500 }]).range?.low, 900);
  });

  it('is exact when all that is ahead is, and tells no total while a part of it is unknown', () => {
    const exact = { bytes: 40, deviation: 0, basis: 'exact' } as const;
    assert.deepEqual(estimate(60, [exact, NOTHING]).range, { low: 100, high: 100, basis: 'exact' });
    assert.equal(estimate(60, [exact, undefined]).range, undefined);
  });
});

describe('What a clone still brings', () => {
  /** The figures of a real repository; the clone brings 22.4 MB. */
  const statistics = { artifacts: 37_664, deltas: 35_400, repositorySize: 33_280_000 };
  const begin = { before: 0, artifacts: 0, bytes: 0, overhead: 0, isComplete: false };

  it('follows from the size of the file before anything has come', () => {
    const { bytes, deviation } = forecastClone(begin, statistics, undefined) ?? assert.fail();
    assert.ok(Math.abs(bytes / 22.4e6 - 1) < 0.1, String(bytes));
    assert.ok(deviation > 0.1 * bytes && deviation < 0.6 * bytes);
  });

  it('follows from what has come, more and more, when the file holds much else', () => {
    const bloated = { ...statistics, repositorySize: 66_000_000 };
    const errors = [0.1, 0.5, 0.9, 0.99].map((share) => {
      const facts = { ...begin, artifacts: 37_664 * share, bytes: 22.4e6 * share };
      const { bytes, deviation } = forecastClone(facts, bloated, undefined) ?? assert.fail();
      assert.ok(bytes - deviation <= 22.4e6 * (1 - share), `${share}`);
      return Math.abs(facts.bytes + bytes - 22.4e6);
    });
    assert.deepEqual(
      errors,
      [...errors].sort((a, b) => b - a),
    );
    assert.ok((errors.at(-1) ?? Infinity) < 0.01 * 22.4e6);
  });

  it('leaves out what an interrupted clone had brought', () => {
    const half = forecastClone({ ...begin, before: 18_832 }, statistics, undefined) ?? assert.fail();
    assert.ok(half.bytes > 10e6 && half.bytes < 12e6, String(half.bytes));
  });

  it('is the rest of a reply that is shorter than a full one', () => {
    const reply = { length: 2_000_000, received: 500_000 };
    const { bytes, deviation } = forecastClone({ ...begin, bytes: 500_000, reply }, {}, undefined) ?? assert.fail();
    assert.equal(bytes, 1_500_000);
    assert.ok(deviation < 0.05 * bytes);
  });

  it('is unknown where nobody tells, exact where the server has told, and nothing at the end', () => {
    assert.equal(forecastClone(begin, {}, undefined), undefined);
    assert.equal(
      forecastClone({ ...begin, artifacts: 12 }, { artifacts: 10, repositorySize: 5 }, undefined),
      undefined,
    );
    const told = { artifacts: 100, bytes: 1000 };
    assert.deepEqual(forecastClone({ ...begin, bytes: 450, overhead: 50 }, statistics, told), {
      bytes: 600,
      deviation: 0,
      basis: 'exact',
    });
    assert.equal(forecastClone({ ...begin, isComplete: true }, statistics, undefined)?.bytes, 0);
  });
});

describe('The progress meter', () => {
  const clockAt = { now: 0 };
  const clock = { now: () => clockAt.now, sleep: () => Promise.resolve(), yield: () => Promise.resolve() };

  it('never falls, stays below the end until it is reached, and then tells the truth', () => {
    const reports: Progress[] = [];
    const meter = new ProgressMeter(clock, (progress) => reports.push(progress));
    for (const fraction of [0, 0.5, 0.3, 0.8, 1.7]) {
      clockAt.now += 1000;
      meter.update({ phase: 'receive', bytes: { done: clockAt.now } }, fraction);
    }
    meter.finish('finish', 12);
    assert.deepEqual(
      reports.map((progress) => progress.fraction),
      [0, 0.5, 0.5, 0.8, 0.99, 1],
    );
    assert.deepEqual(reports.at(-1)?.artifacts, { done: 12, total: 12 });
    assert.equal(reports.at(-2)?.rate, 1000);
  });

  it('does not report faster than ten times a second unless the bar moves visibly', () => {
    let reports = 0;
    const meter = new ProgressMeter(clock, () => reports++);
    for (let step = 0; step < 1000; step++) {
      clockAt.now += 1;
      meter.update({ phase: 'receive' }, step / 100_000);
    }
    assert.ok(reports >= 9 && reports <= 12, String(reports));
    meter.update({}, 0.5);
    assert.ok(reports >= 10);
  });
});
