import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { serveRepository } from '../../../src/engine/operations/serve';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Progress } from '../../../src/engine/progress';
import { UnversionedFiles } from '../../../src/engine/repository/unversioned';
import { httpTransport } from '../../../src/engine/transport/http';
import { synchronize, type SyncOptions } from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import { UnversionedClient } from '../../../src/engine/xfer/unversioned-client';
import { addBob, XferFixture } from './xfer-fixture';

const PULL = { pull: true, push: false };
const PUSH = { pull: false, push: true };
/** Of all bytes that travel. */
const EXACT = 0.01;

describe('What is said of the bytes to come', function () {
  this.timeout(60_000);
  let fixture: XferFixture;
  const closing: (() => Promise<void> | void)[] = [];
  beforeEach(async () => (fixture = (await XferFixture.create()).withSlowTime()));
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

  /** Artifacts that can hardly be compressed, so that messages fill. */
  function add(count: number, size: number, options: { to?: string; isUnsent?: boolean } = {}): void {
    const { to = 'server.fossil', isUnsent = false } = options;
    const repository = fixture.open(to);
    repository.transaction(() => {
      for (let index = 0; index < count; index++) {
        repository.blobs.put(utf8(randomBytes(size / 2).toString('hex')), { isUnsent });
      }
    });
    repository.close();
  }

  /** Messages or replies hold so many bytes. */
  function setLimit(name: string, setting: 'max-upload' | 'max-download', bytes: number): void {
    const repository = fixture.open(name);
    repository.config.set(setting, String(bytes));
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

  /** Runs a sync of `client.fossil`. @returns its reports, and the bytes that travelled */
  async function watch(url: string, options: SyncOptions): Promise<{ reports: Progress[]; truth: number }> {
    const reports: Progress[] = [];
    const onProgress = (progress: Progress): void => void reports.push(progress);
    const { bytesReceived, bytesSent } = await fixture.sync(url, 'client.fossil', { ...options, onProgress });
    check(reports);
    return { reports, truth: bytesReceived + bytesSent };
  }

  /** The first estimate once this share of the bytes has travelled, while there are more to come. */
  function estimateAt(reports: readonly Progress[], truth: number, share: number): { low: number; high: number } {
    const report = reports.slice(0, -1).find(({ bytes, estimate }) => estimate && bytes.done >= share * truth);
    assert.ok(report?.estimate, `something is said of the total at ${share * 100} %`);
    return report.estimate;
  }

  function assertWithin({ low, high }: { low: number; high: number }, truth: number, error: number): void {
    const predicted = (low + high) / 2;
    assert.ok(Math.abs(predicted / truth - 1) <= error, `${predicted} instead of ${truth}`);
  }

  function assertRangesHold(reports: readonly Progress[], truth: number): void {
    const ranges = reports.slice(0, -1).flatMap(({ estimate }) => estimate ?? []);
    assert.ok(ranges.length >= 3, `${ranges.length} ranges`);
    for (const { low, high } of ranges) {
      assert.ok(low * (1 - EXACT) <= truth && truth <= high * (1 + EXACT), `${low} to ${high}, and not ${truth}`);
      assert.ok(high <= 5 * low + 2, `${low} to ${high} says nothing`);
    }
  }

  it('is exact for a pull from our own server, over several replies, and the pull asks for nothing', async () => {
    await fixture.newRepository('server.fossil');
    add(3, 100);
    const { url, port } = await serveOurs();
    await fixture.clone(url, 'clone.fossil');
    await stop();
    setLimit('server.fossil', 'max-download', 60_000);
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

  it('holds for a pull from fossil, and is exact as soon as the reply with the content has begun', async () => {
    await fixture.newRepository('server.fossil');
    add(90, 3000);
    const url = await fixture.serve('server.fossil');
    await fixture.clone(url, 'client.fossil');
    add(400, 4000);
    const { reports, truth } = await watch(url, PULL);
    assert.ok(truth > 800_000, String(truth));
    assertRangesHold(reports, truth);
    assertWithin(estimateAt(reports, truth, 0.1), truth, 0.25);
    assertWithin(estimateAt(reports, truth, 0.25), truth, 0.1);
    assertWithin(estimateAt(reports, truth, 0.5), truth, 0.05);
    assert.ok(
      reports.some(({ rate, eta }) => rate > 0 && eta !== undefined && Number.isFinite(eta)),
      'rate and time left are told',
    );
    assert.deepEqual(await fixture.artifacts('client.fossil'), await fixture.artifacts('server.fossil'));
  });

  for (const kind of ['fossil', 'our own server'] as const) {
    const serve = async (): Promise<string> => {
      if (kind === 'fossil') return fixture.serve('server.fossil', 'bob:bobpw');
      return (await serveOurs()).url.replace('://', '://bob:bobpw@');
    };

    it(`is exact for a push to ${kind} from the first message on`, async () => {
      await fixture.newRepository('server.fossil');
      await addBob(fixture, 'server.fossil', 'gioy');
      const url = await serve();
      await fixture.clone(url, 'client.fossil');
      // Messages hold less, so that there are many of them without much to measure.
      setLimit('client.fossil', 'max-upload', 80_000);
      add(100, 4000, { to: 'client.fossil', isUnsent: true });
      const { reports, truth } = await watch(url, PUSH);
      assert.ok(truth > 200_000, String(truth));
      assert.ok((reports.at(-1)?.roundTrips ?? 0) >= 5);
      for (const share of [0, 0.1, 0.25, 0.5]) assertWithin(estimateAt(reports, truth, share), truth, EXACT);
      assert.equal(reports[0]?.bytes.done, 0);
      assert.ok(reports[0].estimate, 'the total is known before anything has been sent');
      assertRangesHold(reports, truth);
      assert.deepEqual(await fixture.artifacts('server.fossil'), await fixture.artifacts('client.fossil'));
    });

    it(`is known of unversioned files before their first byte travels from or to ${kind}`, async () => {
      await fixture.newRepository('server.fossil');
      await addBob(fixture, 'server.fossil', 'gioy');
      const url = await serve();
      await fixture.clone(url, 'client.fossil');
      await stop();
      addFiles('server.fossil', 0);
      addFiles('client.fossil', 1);
      const again = kind === 'fossil' ? url : await serve();
      const repository = fixture.open('client.fossil');
      const reports: Progress[] = [];
      const { bytesReceived, bytesSent } = await synchronize(
        repository,
        httpTransport({ variables: {} }),
        parseRemote(again),
        {
          ...{ pull: false, push: false, parts: [new UnversionedClient(repository)] },
          onProgress: (progress) => reports.push(progress),
        },
      ).finally(() => repository.close());
      const truth = bytesReceived + bytesSent;
      check(reports);
      assert.ok(truth > 500_000, String(truth));
      assertRangesHold(reports, truth);
      const first = reports.find(({ estimate }) => estimate !== undefined);
      assert.ok(first !== undefined && first.bytes.done < 0.05 * truth, JSON.stringify(first));
      if (kind === 'our own server')
        for (const share of [0, 0.1, 0.25]) assertWithin(estimateAt(reports, truth, share), truth, EXACT);
      assertWithin(estimateAt(reports, truth, 0.5), truth, 0.05);
    });
  }

  /** Five files that can be compressed by half, one that cannot, and many that are much like each other. */
  function addFiles(name: string, which: number): void {
    const repository = fixture.open(name);
    repository.transaction(() => {
      const files = new UnversionedFiles(repository);
      for (let index = 0; index < 5; index++) {
        files.add(`text-${which}-${index}.txt`, utf8(randomBytes(50_000).toString('hex')), 1_700_000_000);
      }
      files.add(`packed-${which}.zip`, randomBytes(60_000), 1_700_000_000);
      const inAll = randomBytes(3000).toString('hex');
      for (let index = 0; index < 20; index++) {
        const content = utf8(`${inAll}${randomBytes(1000).toString('hex')}`);
        files.add(`alike-${which}-${index}.txt`, content, 1_700_000_000);
      }
    });
    repository.close();
  }
});
