import assert from 'node:assert/strict';
import type { Progress } from '../../../src/engine/progress';
import { estimate, readStatistics } from '../../../src/engine/xfer/estimate';
import { ProgressMeter } from '../../../src/engine/xfer/progress-meter';

describe('The estimate of a transfer', () => {
  it('reads what a server tells of itself, and nothing from a refusal', () => {
    const payload = {
      repositorySize: 4751360,
      blobCount: 5406,
      projectCode: '0f76edff28fb75878901fd51766eb496de911d90',
    };
    assert.deepEqual(readStatistics({ payload }), {
      projectCode: '0f76edff28fb75878901fd51766eb496de911d90',
      artifacts: 5406,
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

  it('narrows from the size of the file to what has come', () => {
    const totals = { artifacts: 1000, repositorySize: 10_000_000 };
    const early = estimate({ artifacts: 10, bytes: 70_000, isComplete: false }, totals);
    const late = estimate({ artifacts: 990, bytes: 6_930_000, isComplete: false }, totals);
    assert.equal(early.range.basis, 'server-statistics');
    assert.ok(early.range.low < 7_000_000 && early.range.high > 7_000_000);
    assert.ok(late.range.high - late.range.low < 0.1 * (early.range.high - early.range.low));
    assert.ok(late.range.low >= 6_930_000);
    assert.ok(early.share < 0.05 && late.share > 0.9);
  });

  it('goes on by the slope where the server tells nothing, and is exact at the end', () => {
    const shares = [0, 1, 5, 10, 40].map(
      (megabytes) => estimate({ artifacts: 1, bytes: megabytes * 1e6, isComplete: false }, {}).share,
    );
    assert.deepEqual(
      shares,
      [...shares].sort((a, b) => a - b),
    );
    assert.ok(shares.every((share) => share < 1));
    const end = estimate({ artifacts: 5, bytes: 77, isComplete: true }, {});
    assert.deepEqual(end, { share: 1, artifacts: 5, range: { low: 77, high: 77, basis: 'exact' } });
  });

  it('does not trust statistics that what has come disproves', () => {
    const { share, range } = estimate(
      { artifacts: 11, bytes: 1000, isComplete: false },
      { artifacts: 10, repositorySize: 5 },
    );
    assert.equal(range.basis, 'sequence');
    assert.ok(share < 1);
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
