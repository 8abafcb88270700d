import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { CrosslinkSession } from '../../../src/engine/repository/crosslink-session';
import { HASH_POLICIES } from '../../../src/engine/repository/hash-policy';
import { receiveArtifact } from '../../../src/engine/repository/receive';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from '../cli/command-line';

for (const driver of drivers) {
  describe(`hash policies with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let root: string;
    let original: FossilFixture;
    before(async () => {
      original = await FossilFixture.create(driver);
      await original.fossilOpen();
    });
    beforeEach(async () => {
      fixture = await original.twin();
      root = path.join(fixture.directory, 'work');
    });
    afterEach(() => fixture.remove());
    after(() => original.remove());

    /** Stores a text with `fossil`. */
    async function fossilPut(text: string, twin = fixture): Promise<void> {
      const file = path.join(twin.directory, 'content');
      await fs.writeFile(file, text);
      await twin.fossil(path.join(twin.directory, path.basename(root)), 'test-content-put', file);
    }

    async function names(file = fixture.repository): Promise<string[]> {
      return fixture.query(file, 'SELECT uuid FROM blob WHERE rid>1 ORDER BY uuid');
    }

    async function policyInFossil(file = fixture.repository): Promise<string> {
      return (await fixture.fossil(fixture.directory, 'hash-policy', '-R', file)).trim();
    }

    for (const before of ['sha1', 'sha3']) {
      for (const after of HASH_POLICIES) {
        it(`names content as fossil does under ${after}, with content from ${before}`, async () => {
          await fixture.fossil(root, 'hash-policy', before);
          await fossilPut('known\n');
          await fixture.fossil(root, 'hash-policy', after);
          const twin = await fixture.twin();
          await fossilPut('known\n', twin);
          await fossilPut('new\n', twin);
          fixture.inTransaction(({ blobs }) => {
            blobs.put(utf8('known\n'));
            blobs.put(utf8('new\n'));
          });
          assert.deepEqual(await names(), await names(twin.repository));
          assert.equal(await policyInFossil(), await policyInFossil(twin.repository));
          await fixture.fossil(root, 'test-integrity');
          await twin.remove();
        });
      }
    }

    it('turns from auto to sha3 with the first artifact of a SHA-3 name', async () => {
      await fixture.query(
        fixture.repository,
        "DELETE FROM blob WHERE length(uuid)=64; UPDATE config SET value=1 WHERE name='hash-policy'",
      );
      const content = utf8('from elsewhere\n');
      fixture.inTransaction((repository) => {
        assert.equal(repository.blobs.put(utf8('made here\n')).hash.length, 40);
        const name = repository.environment.hash.hex('sha3-256', content) as Hash;
        const session = new CrosslinkSession(repository, { isBulk: true });
        receiveArtifact(repository, session, { hash: name, payload: content, isPrivate: false });
        session.end();
        assert.equal(repository.blobs.put(utf8('made later\n')).hash.length, 64);
      });
      assert.equal(await policyInFossil(), 'sha3');
    });

    it('refuses SHA-1 names from others under shun-sha1, and neither asks for them nor keeps their place', () => {
      fixture.inTransaction((repository) => {
        repository.blobs.hashPolicy.choose('shun-sha1');
        const content = utf8('from elsewhere\n');
        const sha1 = repository.environment.hash.hex('sha1', content) as Hash;
        const sha3 = repository.environment.hash.hex('sha3-256', content) as Hash;
        const session = new CrosslinkSession(repository, { isBulk: true });
        const receive = (hash: Hash): unknown =>
          receiveArtifact(repository, session, { hash, payload: content, isPrivate: false });
        assert.equal(receive(sha1), undefined);
        assert.notEqual(receive(sha3), undefined);
        assert.equal(repository.blobs.rid(sha1), undefined);
        assert.equal(repository.blobs.ridOrPhantom('12'.repeat(20) as Hash), 0);
        session.end();
      });
    });

    it('is what the names suggest where none is chosen', async () => {
      await fixture.query(fixture.repository, "DELETE FROM config WHERE name='hash-policy'");
      assert.equal(
        fixture.inTransaction(({ blobs }) => blobs.hashPolicy.name),
        'sha3',
      );
      await fixture.query(fixture.repository, 'UPDATE blob SET uuid=substr(uuid,1,40)');
      assert.equal(
        fixture.inTransaction(({ blobs }) => blobs.hashPolicy.name),
        'auto',
      );
      assert.equal(await policyInFossil(), 'auto');
    });

    it('is shown and chosen on the command line', async () => {
      const line = await CommandLine.create(driver);
      for (const policy of ['sha1', 'sha3-only', 'shun-sha1', 'sha3']) {
        assert.equal(await line.succeed(['hash-policy', policy, '-R', fixture.repository]), `${policy}\n`);
        assert.equal(await policyInFossil(), policy);
        assert.equal(await line.succeed(['hash-policy', '-R', fixture.repository]), `${policy}\n`);
      }
      assert.equal(await line.succeed(['hash-policy', 'auto', '-R', fixture.repository]), 'sha3\n');
      const wrong = await line.run(['hash-policy', 'md5', '-R', fixture.repository]);
      assert.match(wrong.complaints, /no hash policy "md5"/);
      await line.remove();
    });
  });
}
