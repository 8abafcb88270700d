import assert from 'node:assert/strict';
import { throttleProgress } from '../../../src/host/throttle-progress';
import type { Progress } from '../../../src/engine/progress';

const report = (fraction: number, phase: Progress['phase'] = 'receive'): Progress => ({
  phase,
  fraction,
  artifacts: { done: 0 },
  bytes: { done: 0 },
  roundTrips: 0,
  rate: 0,
});

describe('progress on its way to the editor', () => {
  it('shows the last of what came within an interval, though nothing follows it', async () => {
    const shown: number[] = [];
    let stalled: (() => void) | undefined;
    const isShown = new Promise<void>((resolve) => (stalled = resolve));
    const listener = throttleProgress(
      ({ fraction }) => {
        shown.push(fraction);
        if (fraction === 0.3) stalled?.();
      },
      () => performance.now(),
    );
    for (const fraction of [0.1, 0.2, 0.3]) listener(report(fraction));
    assert.deepEqual(shown, [0.1]);
    await isShown;
    assert.deepEqual(shown, [0.1, 0.3]);
  });

  it('passes a new phase and the end at once, and nothing older after them', () => {
    const shown: number[] = [];
    const listener = throttleProgress(
      ({ fraction }) => shown.push(fraction),
      () => 0,
    );
    listener(report(0.1));
    listener(report(0.2));
    listener(report(0.3, 'verify'));
    listener(report(1, 'verify'));
    assert.deepEqual(shown, [0.1, 0.3, 1]);
  });
});
