import assert from 'node:assert/strict';
import { progressLine } from '../../../src/cli/progress-line';
import type { Progress } from '../../../src/engine/progress';

describe('the line of progress on a terminal', () => {
  const begin: Progress = {
    phase: 'receive',
    fraction: 0.5,
    artifacts: { done: 0 },
    bytes: { done: 0 },
    roundTrips: 0,
    rate: 0,
  };
  const line = (progress: Partial<Progress>, width = 120): string => progressLine({ ...begin, ...progress }, width);

  it('names what it counts, whether or not the total is known', () => {
    assert.match(line({ artifacts: { done: 5 } }), /50 % {2}Receiving, 5 artifacts$/);
    assert.match(line({ artifacts: { done: 1, total: 37_664 } }), /Receiving, 1 of 37,664 artifacts$/);
    assert.match(line({ phase: 'write-files', artifacts: { done: 1, total: 1 } }), /Writing files, 1 of 1 file$/);
  });

  it('tells bytes against their range, rate and time left', () => {
    const estimate = { low: 30_000_000, high: 36_000_000, basis: 'sequence' } as const;
    const text = line({ bytes: { done: 12_000_000 }, estimate, rate: 2_100_000, eta: 10.2 });
    assert.match(text, /Receiving, 12 MB of 30–36 MB, 2\.1 MB\/s, 11 seconds left$/);
    assert.match(line({ bytes: { done: 40_000_000 }, estimate }), /Receiving, 40 MB$/);
  });

  it('stays within the width of the terminal, without a bar where that is narrow', () => {
    assert.equal(line({ artifacts: { done: 5 } }, 40), ' 50 % Receiving, 5 artifacts');
    assert.equal(line({ artifacts: { done: 5 } }, 20).length, 19);
  });
});
