import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { serveRepository } from '../../../src/engine/operations/serve';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Progress } from '../../../src/engine/progress';
import { XferFixture } from './xfer-fixture';

const PULL = { pull: true, push: false };
/** Of all bytes that travel. */
const EXACT = 0.01;

describe('What is said of the bytes to come', function () {
  this.timeout(60_000);
  let fixture: XferFixture;
  const closing: (() => Promise<void> | void)[] = [];
  beforeEach(async () => (fixture = await XferFixture.create()));
  afterEach(async () => {
    await stop();
    await fixture.remove();
  });

  async function stop(): Promise<void> {
    for (const close of closing.splice(0).reverse()) await close();
  }

  async function serveOurs(port = 0): Promise<{ url: string; port: number }> {
    const repository = fixture.open('server.fossil');
    const server = await serveRepository(repository, { port });
    closing.push(() => repository.close());
    closing.push(() => server.close());
    return { url: server.url, port: Number(new URL(server.url).port) };
  }

  /** Artifacts that can hardly be compressed, so that replies fill. */
  function add(count: number, size: number): void {
    const repository = fixture.open('server.fossil');
    repository.transaction(() => {
      for (let index = 0; index < count; index++) repository.blobs.put(utf8(randomBytes(size / 2).toString('hex')));
    });
    repository.config.set('max-download', '60000');
    repository.close();
  }

  function check(reports: readonly Progress[]): void {
    const fractions = reports.map(({ fraction }) => fraction);
    assert.deepEqual(
      fractions,
      [...fractions].sort((a, b) => a - b),
      'the bar never goes back',
    );
    assert.ok(
      fractions.slice(0, -1).every((fraction) => fraction <= 0.99),
      'nor says that all is done while work goes on',
    );
    assert.equal(fractions.at(-1), 1);
  }

  it('is exact for a pull from our own server, over several replies, and the pull asks for nothing', async () => {
    await fixture.newRepository('server.fossil');
    add(3, 100);
    const { url, port } = await serveOurs();
    await fixture.clone(url, 'clone.fossil');
    await stop();
    add(120, 4000);
    await serveOurs(port);
    const reports: Progress[] = [];
    const { bytesReceived, bytesSent, received, roundTrips } = await fixture.sync(url, 'clone.fossil', {
      ...PULL,
      onProgress: (progress) => reports.push(progress),
    });
    const truth = bytesReceived + bytesSent;
    // The artifacts and the cluster that names them.
    assert.equal(received, 121);
    assert.ok(roundTrips >= 5, String(roundTrips));
    assert.ok(bytesSent < 400 * roundTrips, String(bytesSent));
    check(reports);
    const estimates = reports.flatMap(({ estimate }) => estimate ?? []);
    assert.ok(estimates.length > 3);
    for (const { low, high, basis } of estimates) {
      assert.equal(basis, 'exact');
      assert.ok(Math.abs((low + high) / 2 / truth - 1) <= EXACT, `${low} of ${truth}`);
    }
    assert.ok(reports.some(({ rate }) => rate > 0));
    assert.deepEqual(await fixture.artifacts('clone.fossil'), await fixture.artifacts('server.fossil'));
  });
});
