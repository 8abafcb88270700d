import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { largeHistory, shapeOfScale, type HistoryShape } from '../../bench/large-history';
import { medianOf, type Figure } from '../../bench/measure';

describe('the large history of the bench', function () {
  this.timeout(30_000);

  it('is the same for the same shape, and another for another seed', () => {
    const digest = (shape: HistoryShape): string => {
      const hash = createHash('sha1');
      for (const command of largeHistory(shape)) hash.update(command);
      return hash.digest('hex');
    };
    const told = digest(shapeOfScale(0.003));
    assert.equal(digest(shapeOfScale(0.003)), told);
    assert.notEqual(digest(shapeOfScale(0.003, 2)), told);
  });

  it('has as many check-ins as asked for, with branches, merges, removals and tags', () => {
    const shape = shapeOfScale(0.02);
    const counts = { checkins: 0, branches: 0, merges: 0, removals: 0, tags: 0 };
    for (const command of largeHistory(shape)) {
      if (command.subarray(0, 5).toString() === 'blob\n') continue;
      const text = command.toString();
      if (text.startsWith('commit ')) counts.checkins++;
      if (text.startsWith('commit refs/heads/topic-')) counts.branches++;
      if (/^merge :\d+$/m.test(text)) counts.merges++;
      if (/^D \S+$/m.test(text)) counts.removals++;
      if (text.startsWith('tag ')) counts.tags++;
    }
    assert.equal(counts.checkins, shape.checkins);
    for (const [what, count] of Object.entries(counts)) assert.ok(count > 0, `no ${what}`);
  });
});

describe('the median of runs', () => {
  it('is the middle one, or between the two in the middle', () => {
    const runs = (...seconds: number[]): Record<Figure, number>[] =>
      seconds.map((one) => ({ seconds: one, processorSeconds: 0, kilobytes: 0 }));
    assert.equal(medianOf(runs(9, 1, 2), 'seconds'), 2);
    assert.equal(medianOf(runs(1, 4, 2, 9), 'seconds'), 3);
  });
});
