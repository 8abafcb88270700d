import assert from 'node:assert/strict';
import type { Progress } from '../../../src/engine/progress';
import { forecastClone } from '../../../src/engine/xfer/clone-forecast';
import { estimate, NOTHING } from '../../../src/engine/xfer/estimate';
import { forecastIncoming } from '../../../src/engine/xfer/incoming-forecast';
import { PayloadForecast } from '../../../src/engine/xfer/payload-forecast';
import { ProgressMeter } from '../../../src/engine/xfer/progress-meter';
import { readStatistics } from '../../../src/engine/xfer/server-statistics';
import { SizeSample } from '../../../src/engine/xfer/size-sample';
import type { PartProgress } from '../../../src/engine/xfer/sync-part';
import { usualOf } from '../../../src/engine/xfer/usual-size';
import type { WireSize } from '../../../src/engine/xfer/wire-size';
import { payloadsAhead } from '../../../src/engine/xfer/unversioned-size';

describe('The statistics of a server', () => {
  it('are read as far as they are usable, and a refusal tells nothing', () => {
    const payload = {
      repositorySize: 4751360,
      blobCount: 5406,
      deltaCount: 4815,
      checkinCount: 1590,
      projectCode: '0f76edff28fb75878901fd51766eb496de911d90',
    };
    assert.deepEqual(readStatistics({ payload }), {
      projectCode: '0f76edff28fb75878901fd51766eb496de911d90',
      artifacts: 5406,
      deltas: 4815,
      checkins: 1590,
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

describe('What a pull still brings', () => {
  const sample = new SizeSample();
  const usual = { value: 400, error: 160 };
  const named = {
    ...{ before: 5000, artifacts: 0, bytes: 0, clusters: 2, missing: 1000, nameLength: 64, sample, usual },
    ...{ isGrowing: true, hasGrown: true },
  };

  it('is what the artifacts here suggest while only names are known, and then what the reply is long', () => {
    const before = forecastIncoming(named, {}) ?? assert.fail();
    assert.ok(before.bytes > 400_000 && before.bytes < 460_000, String(before.bytes));
    assert.ok(before.deviation > 200_000);
    const reply = { asked: 1000, length: 234_000, received: 34_000 };
    assert.deepEqual(forecastIncoming({ ...named, reply }, {}), { bytes: 200_000, deviation: 0, basis: 'sequence' });
  });

  it('leans on a reply under way for what is asked for later, and is not sure of it', () => {
    const reply = { asked: 800, length: 160_000, received: 160_000 };
    const { bytes, deviation } = forecastIncoming({ ...named, reply }, {}) ?? assert.fail();
    assert.ok(bytes > 40_000 && bytes < 60_000, String(bytes));
    assert.ok(deviation > 4000 && deviation < 60_000, String(deviation));
  });

  it('is what a server told to be to come and has stopped to send by itself, and nothing of that is exact', () => {
    const stopped = { ...named, clusters: 0, missing: 0, isGrowing: false, hasGrown: false };
    assert.equal(forecastIncoming(stopped, {}), NOTHING);
    const { bytes, deviation, basis } = forecastIncoming({ ...stopped, promised: 1000 }, {}) ?? assert.fail();
    assert.ok(bytes > 400_000 && bytes < 600_000, String(bytes));
    assert.ok(deviation > 0.1 * bytes && basis !== 'exact', `${deviation} ${basis}`);
    const known = forecastIncoming({ ...stopped, missing: 1000, promised: 1000 }, {}) ?? assert.fail();
    assert.ok(known.bytes < bytes && known.deviation < deviation, 'names have come');
  });

  it('is not exact while it is unknown how much of what was asked for a reply brings', () => {
    const reply = { asked: 1000, length: 60_000, received: 60_000 };
    assert.notEqual(forecastIncoming({ ...named, reply }, {})?.basis, 'exact');
  });

  it('counts names once that come with the artifacts of the reply under way', () => {
    const statistics = { artifacts: 5000 + 2 + 1000 + 300 };
    // The cluster that names 300 more is among the 1000 that were asked for.
    const names = 300 * (64 / 1.9 + 3.6);
    const reply = { asked: 1000, length: 400_000 + names, received: 400_000 + names };
    const { bytes } = forecastIncoming({ ...named, reply }, statistics) ?? assert.fail();
    const [fewest, most] = [0.9, 1.1].map((share) => 300 * 400 * share + names) as [number, number];
    assert.ok(bytes > fewest && bytes < most, `${bytes} is not between ${fewest} and ${most}`);
  });

  it('does not expect as many of the rare large ones among the rest', () => {
    const even = new SizeSample();
    const uneven = new SizeSample();
    for (let index = 0; index < 2000; index++) {
      even.add(400);
      uneven.add(index % 400 === 0 ? 80_000 : 200);
    }
    assert.ok(even.likelyShare > 0.98 && even.likelyShare <= 1, String(even.likelyShare));
    assert.ok(uneven.likelyShare > 0.6 && uneven.likelyShare < 0.85, String(uneven.likelyShare));
    assert.ok(new SizeSample().likelyShare > 0.9);
  });

  it('counts the names in clusters that are on their way by their length', () => {
    const reply = { asked: 2, length: 36_000, received: 1000 };
    const facts = { ...named, clusters: 0, missing: 2, reply };
    const { bytes } = forecastIncoming(facts, {}) ?? assert.fail();
    assert.ok(bytes > 400_000 && bytes < 600_000, String(bytes));
    const told = forecastIncoming(facts, { artifacts: 6000 }) ?? assert.fail();
    assert.ok(Math.abs(told.bytes / bytes - 1) < 0.15, `${told.bytes} and ${bytes}`);
  });
});

describe('What the artifacts here tell of those that come', () => {
  const newest: WireSize[] = Array.from({ length: 300 }, (_, index) =>
    index % 3 === 0 ? { kind: 'checkin', bytes: 400 } : { kind: 'file', bytes: 700 },
  );

  it('is their mean where nothing is known of what comes', () => {
    const { value = 0 } = usualOf(newest) ?? {};
    assert.ok(value > 590 && value < 610, String(value));
    assert.equal(usualOf(newest.slice(0, 50)), undefined);
  });

  it('heeds how many are check-ins: what no check-in brings are tags and the like, which are small', () => {
    const usual = (checkins: number): number => usualOf(newest, { artifacts: 300, checkins })?.value ?? Number.NaN;
    assert.ok(Math.abs(usual(100) - 600) < 1, String(usual(100)));
    assert.ok(usual(0) < 150, String(usual(0)));
    assert.ok(Math.abs(usual(50) - (600 + usual(0)) / 2) < 1, String(usual(50)));
    assert.ok(Math.abs(usual(1000) - 400) < 1, String(usual(1000)));
  });

  it('is not so sure of tags that it would leave out the mean of all: a server may count other check-ins', () => {
    const usual = usualOf(newest, { artifacts: 300, checkins: 0 }) ?? assert.fail();
    assert.ok(usual.value + 2 * usual.error >= 600, JSON.stringify(usual));
  });
});

describe('What unversioned files still take', () => {
  const nothing = { plain: 0, wire: 0, deviation: 0 };
  const vague = { plain: 8_000_000, wire: 4_000_000, deviation: 2_600_000 };
  const partOf = (incoming: typeof vague): PartProgress => ({
    artifacts: { done: 0, total: 4 },
    bytes: { done: 0, total: incoming.plain },
    ahead: { incoming, outgoing: nothing },
  });

  it('is unknown before the other side has told what it has', () => {
    const { artifacts, bytes } = partOf(vague);
    assert.equal(
      new PayloadForecast().forecast([{ artifacts, bytes }], { bytesReceived: 0, reply: undefined }, true),
      undefined,
    );
  });

  it('follows from the length of the reply under way, and from what has come for what comes after', () => {
    const forecast = new PayloadForecast();
    const first = forecast.forecast([partOf(vague)], { bytesReceived: 500, reply: undefined }, true);
    assert.deepEqual(first, { bytes: 4_000_000, deviation: 2_600_000, basis: 'sequence' });
    const reply = { length: 1_000_000, received: 200_000 };
    const during = forecast.forecast([partOf(vague)], { bytesReceived: 200_500, reply }, true);
    assert.equal(during?.bytes, 800_000 + 600_000);
    const rest = { plain: 3_000_000, wire: 1_500_000, deviation: 1_000_000 };
    const after = forecast.forecast([partOf(rest)], { bytesReceived: 1_000_500, reply: undefined }, true);
    assert.equal(after?.bytes, 600_000);
  });

  it('is exact where both sides tell how large they are when they are compressed', () => {
    const told = payloadsAhead([{ name: 'a.txt', size: 1000, packedSize: 400 }]);
    assert.ok(told.wire >= 400 && told.wire < 500 && told.deviation <= 120, JSON.stringify(told));
    const [zip, text] = ['a.zip', 'a.txt'].map((name) => payloadsAhead([{ name, size: 1e6, packedSize: undefined }]));
    assert.ok((zip?.wire ?? 0) > 1.5 * (text?.wire ?? Infinity));
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
