import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { hasCode } from '../../../src/engine/errors';
import type { Hash } from '../../../src/engine/identifiers';
import { CrosslinkSession } from '../../../src/engine/repository/crosslink-session';
import { type ReceivedArtifact, receiveArtifact } from '../../../src/engine/repository/receive';
import { startFossilServer } from '../../support/fossil-server';
import { COLLIDING, SHARED_SHA1 } from '../../support/sha1-collision';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from '../cli/command-line';

for (const driver of drivers) {
  describe(`content that was made to collide under SHA-1, with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let root: string;
    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      await fixture.fossil(fixture.directory, 'hash-policy', 'sha1', '-R', fixture.repository);
      root = await fixture.fossilOpen();
    });
    afterEach(() => fixture.remove());

    it('gets the names that fossil gives it', async () => {
      const ours = fixture.inTransaction(({ blobs }) => COLLIDING.map((bytes) => blobs.put(bytes).hash));
      const theirs = await Promise.all(
        COLLIDING.map(async (bytes, index) => {
          const file = path.join(fixture.directory, `file-${index}`);
          await fs.writeFile(file, bytes);
          return (await fixture.fossil(fixture.directory, 'sha1sum', file)).slice(0, 40);
        }),
      );
      assert.deepEqual(ours, theirs);
      await fixture.fossil(root, 'test-integrity');
    });

    it('is refused under the name that it shares, whole or as a delta', () => {
      const [first, second] = COLLIDING;
      const source = Uint8Array.from(first, (byte, index) => (index === 5 ? 0 : byte));
      const hashing = fixture.environment.hash;
      const receive = (artifact: Omit<ReceivedArtifact, 'isPrivate'>): void =>
        fixture.inTransaction((repository) => {
          const session = new CrosslinkSession(repository, { isBulk: true });
          receiveArtifact(repository, session, { ...artifact, isPrivate: false });
          session.end();
        });
      const shared = SHARED_SHA1 as Hash;
      const sourceName = hashing.hex('sha1', source) as Hash;
      receive({ hash: sourceName, payload: source });
      const isRefused = (error: unknown): boolean => hasCode(error, 'hash-mismatch');
      assert.throws(() => receive({ hash: shared, payload: first }), isRefused);
      assert.throws(() => receive({ hash: shared, payload: second }), isRefused);
      assert.throws(
        () => receive({ hash: shared, deltaSource: sourceName, payload: createDelta(source, first) }),
        isRefused,
      );
      assert.equal(
        fixture.inTransaction(({ blobs }) => blobs.rid(shared)),
        undefined,
      );
    });

    it('is cloned, verified and checked out where fossil has committed it', async () => {
      for (const [index, bytes] of COLLIDING.entries()) await fs.writeFile(path.join(root, `file-${index}.pdf`), bytes);
      await fixture.fossil(root, 'addremove');
      await fixture.fossil(root, 'commit', '-m', 'both', '--no-warnings', '--no-prompt');
      const line = await CommandLine.create(driver);
      const server = await startFossilServer(fixture.repository);
      try {
        await line.succeed(['clone', server.url, 'clone.fossil']);
        assert.match(await line.succeed(['verify', 'clone.fossil']), /Nothing is wrong/);
        await line.succeed(['open', 'clone.fossil', 'work']);
        for (const [index, bytes] of COLLIDING.entries())
          assert.deepEqual(Uint8Array.from(await fs.readFile(line.path('work', `file-${index}.pdf`))), bytes);
        assert.deepEqual(
          (JSON.parse(await line.succeed(['status', 'work', '--json'])) as { changes?: unknown[] }).changes ?? [],
          [],
        );
      } finally {
        await server.stop();
        await line.remove();
      }
    });
  });
}
