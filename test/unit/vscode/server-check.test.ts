import assert from 'node:assert/strict';
import { EngineError } from '../../../src/engine/errors';
import type { PeekedArtifact, PeekOutcome } from '../../../src/engine/operations/peek';
import type { WorkspaceStatus } from '../../../src/engine/operations/status';
import { ServerCheck } from '../../../src/vscode/checkout/server-check';
import { serverCheckText } from '../../../src/vscode/views/server-check-text';
import { english } from './english';

const status: WorkspaceStatus = {
  root: '/work',
  repository: '/project.fossil',
  projectName: undefined,
  checkin: undefined,
  changes: [],
  extras: [],
  merges: [],
  remote: 'http://host/',
  outgoing: 0,
  incoming: 0,
  arrivals: 7,
  updateTarget: undefined,
  hashDigits: 10,
};

function found(...incoming: Omit<PeekedArtifact, 'hash'>[]): PeekOutcome {
  const named = incoming.map((artifact, index) => ({ hash: `${index}`, ...artifact }));
  return { url: 'http://host/', incoming: named, outgoing: [], roundTrips: 1, bytesReceived: 1, summary: '' };
}

const clock = (): string => '14:05';

describe('a check of the server', () => {
  let changes: number;
  let check: ServerCheck;
  const run = (look: () => Promise<PeekOutcome>): Promise<PeekOutcome> => check.run(status, look, () => 0);
  const text = (): { description: string; tooltip: string } => serverCheckText(check, clock, english);

  beforeEach(() => {
    changes = 0;
    check = new ServerCheck(() => changes++);
  });

  it('tells that it runs, and then what it has found and when', async () => {
    let finish: (outcome: PeekOutcome) => void = () => undefined;
    const running = run(() => new Promise((resolve) => (finish = resolve)));
    assert.deepEqual([check.isRunning, text().description, changes], [true, 'checking…', 1]);
    finish(found({ kind: 'checkin', size: 300 }, { kind: 'file', size: 700 }, { kind: 'wiki', size: 2000 }));
    await running;
    assert.deepEqual([check.isRunning, changes], [false, 2]);
    assert.equal(text().description, '1 check-in · 3 artifacts · 3 kB · 14:05');
    assert.match(text().tooltip, /^Checked at 14:05: http:\/\/host\/ has this, and none of it is here yet\./);
  });

  it('says so when there is nothing, and when not all sizes could be learnt', async () => {
    await run(() => Promise.resolve(found()));
    assert.equal(text().description, 'nothing new · 14:05');
    assert.match(text().tooltip, /everything that http:\/\/host\/ has is here/);
    await run(() => Promise.resolve(found({ size: 400 }, {})));
    assert.equal(text().description, '2 artifacts · at least 400 bytes · 14:05');
    await run(() => Promise.resolve(found({}, {})));
    assert.equal(text().description, '2 artifacts · 14:05');
  });

  it('keeps what an earlier one has found when the server cannot be reached, and gives the reason', async () => {
    await run(() => Promise.resolve(found({ kind: 'checkin', size: 300 })));
    const refused = new EngineError('connection-refused', 'host refused the connection.');
    await assert.rejects(
      run(() => Promise.reject(refused)),
      refused,
    );
    assert.equal(text().description, 'offline · 14:05 · 1 check-in · 1 artifact · 300 bytes');
    assert.match(text().tooltip, /^Tried at 14:05: host refused the connection\.\nChecked at 14:05/);
    await run(() => Promise.resolve(found()));
    assert.equal(text().description, 'nothing new · 14:05');
  });

  it('is not offline when the server was there and refused', async () => {
    const refused = new EngineError('not-authorized', 'You may not pull.');
    await assert.rejects(
      run(() => Promise.reject(refused)),
      refused,
    );
    assert.equal(text().description, 'could not be checked · 14:05');
  });

  it('has not failed when the user cancelled it', async () => {
    await assert.rejects(
      run(() => Promise.reject(new EngineError('cancelled', 'Cancelled.'))),
      { code: 'cancelled' },
    );
    assert.equal(check.hasResult, false);
  });

  it('is forgotten once something has come from elsewhere, or another server is the remote', async () => {
    await run(() => Promise.resolve(found({ kind: 'checkin' })));
    check.follow({ ...status, outgoing: 5, incoming: 3 });
    assert.equal(check.finding?.outcome.incoming.length, 1);
    check.follow({ ...status, arrivals: 8 });
    assert.equal(check.hasResult, false);
    await run(() => Promise.resolve(found({ kind: 'checkin' })));
    check.follow({ ...status, remote: 'http://other/' });
    assert.equal(check.hasResult, false);
  });

  it('that ends after a sync has brought what it saw tells nothing, whether the sync says so itself or the status does', async () => {
    const ends: ((outcome: PeekOutcome) => void)[] = [];
    const begun = (): Promise<PeekOutcome> => run(() => new Promise((resolve) => ends.push(resolve)));
    for (const overtake of [() => check.forget(), () => check.follow({ ...status, arrivals: 8 })]) {
      const running = begun();
      overtake();
      ends.pop()?.(found({ kind: 'checkin' }));
      await running;
      assert.equal(check.hasResult, false);
      // The next one holds again.
      await check.run(
        { ...status, arrivals: 8 },
        () => Promise.resolve(found({ kind: 'file' })),
        () => 0,
      );
      check.follow({ ...status, arrivals: 8 });
      assert.equal(check.finding?.outcome.incoming.length, 1);
      check.forget();
    }
  });

  it('holds though the status was not known when it began', async () => {
    await check.run(
      undefined,
      () => Promise.resolve(found({ kind: 'checkin' })),
      () => 0,
    );
    check.follow(status);
    assert.equal(check.finding?.outcome.incoming.length, 1);
    check.follow({ ...status, arrivals: 8 });
    assert.equal(check.hasResult, false);
  });
});
