import assert from 'node:assert/strict';
import { RefreshScheduler, type Delay } from '../../../src/vscode/checkout/refresh-scheduler';

/** Time that passes when the test says so. */
class ManualTimer {
  private now = 0;
  private timers: { at: number; work: () => void }[] = [];

  readonly delay: Delay = (work, milliseconds) => {
    const timer = { at: this.now + milliseconds, work };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((other) => other !== timer));
  };

  pass(milliseconds: number): void {
    this.now += milliseconds;
    const due = this.timers.filter(({ at }) => at <= this.now);
    this.timers = this.timers.filter(({ at }) => at > this.now);
    for (const { work } of due) work();
  }
}

describe('the refresh after changes', () => {
  let timer: ManualTimer;
  let running: (() => void)[];
  let refreshes: number;
  let scheduler: RefreshScheduler;

  beforeEach(() => {
    timer = new ManualTimer();
    running = [];
    refreshes = 0;
    scheduler = new RefreshScheduler(() => {
      refreshes++;
      return new Promise((resolve) => running.push(resolve));
    }, timer.delay);
  });

  async function finish(): Promise<void> {
    running.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  it('comes once, after the files have been quiet', () => {
    for (let change = 0; change < 5; change++) {
      scheduler.notice();
      timer.pass(100);
    }
    assert.equal(refreshes, 0);
    timer.pass(200);
    assert.equal(refreshes, 1);
  });

  it('does not wait for ever while files keep changing', () => {
    for (let change = 0; change < 30; change++) {
      scheduler.notice();
      timer.pass(100);
    }
    assert.equal(refreshes, 1);
  });

  it('never runs twice at once, and runs again for what came meanwhile', async () => {
    const first = scheduler.now();
    let isSecondDone = false;
    const second = scheduler.now().then(() => (isSecondDone = true));
    void scheduler.now();
    assert.equal(refreshes, 1);
    await finish();
    await first;
    assert.equal(refreshes, 2);
    assert.equal(isSecondDone, false);
    await finish();
    await second;
    assert.equal(refreshes, 2);
  });

  it('does nothing after it was disposed', async () => {
    scheduler.notice();
    scheduler.dispose();
    timer.pass(10_000);
    scheduler.notice();
    timer.pass(10_000);
    await scheduler.now();
    assert.equal(refreshes, 0);
  });
});
