import assert from 'node:assert/strict';
import type { Progress } from '../../../src/engine/progress';
import { progressText } from '../../../src/vscode/interaction/progress-text';
import { english } from './english';

const begin: Progress = {
  phase: 'connect',
  fraction: 0,
  artifacts: { done: 0 },
  bytes: { done: 0 },
  roundTrips: 0,
  rate: 0,
};

describe('the text of a progress notification', () => {
  it('names the phase alone while nothing is known', () => {
    assert.equal(progressText(begin, english), 'Connecting');
  });

  it('tells artifacts, bytes against the estimate, rate and time left', () => {
    const progress: Progress = {
      ...begin,
      phase: 'receive',
      artifacts: { done: 3512, total: 37_664 },
      bytes: { done: 12_000_000 },
      estimate: { low: 30_000_000, high: 36_000_000, basis: 'sequence' },
      rate: 2_100_000,
      eta: 10.2,
    };
    assert.equal(
      progressText(progress, english),
      'Receiving: 3,512 of 37,664 artifacts, 12 MB of 30–36 MB, 2.1 MB/s, 10 s left',
    );
  });

  it('names the unit of both ends where they differ, and one figure where they read the same', () => {
    const receiving = (low: number, high: number): string =>
      progressText(
        { ...begin, phase: 'receive', bytes: { done: 1000 }, estimate: { low, high, basis: 'sequence' } },
        english,
      );
    assert.equal(receiving(900_000, 1_800_000), 'Receiving: 1 kB of 900 kB – 1.8 MB');
    assert.equal(receiving(1_801_000, 1_802_000), 'Receiving: 1 kB of 1.8 MB');
  });

  it('drops an estimate that has turned out too low', () => {
    const estimate = { low: 10, high: 1000, basis: 'sequence' } as const;
    const progress: Progress = { ...begin, phase: 'receive', bytes: { done: 2000 }, estimate };
    assert.equal(progressText(progress, english), 'Receiving: 2 kB');
  });

  it('tells nothing of the network once all has come and is verified', () => {
    const progress: Progress = {
      ...begin,
      phase: 'verify',
      artifacts: { done: 5, total: 10 },
      bytes: { done: 3000, total: 3000 },
      rate: 900,
      eta: 4,
    };
    assert.equal(progressText(progress, english), 'Verifying: 5 of 10 artifacts, 4 s left');
  });

  it('speaks of files while files are written, and of minutes when it takes long', () => {
    const progress: Progress = { ...begin, phase: 'write-files', artifacts: { done: 5, total: 10 }, eta: 125 };
    assert.equal(progressText(progress, english), 'Writing files: 5 of 10 files, 2 min left');
  });

  it('counts one artifact and one file as one', () => {
    const counted = (phase: Progress['phase'], artifacts: Progress['artifacts']): string =>
      progressText({ ...begin, phase, artifacts }, english);
    assert.equal(counted('receive', { done: 1 }), 'Receiving: 1 artifact');
    assert.equal(counted('receive', { done: 0, total: 1 }), 'Receiving: 0 of 1 artifact');
    assert.equal(counted('write-files', { done: 1, total: 1 }), 'Writing files: 1 of 1 file');
    assert.equal(counted('receive', { done: 1, total: 2 }), 'Receiving: 1 of 2 artifacts');
  });
});
