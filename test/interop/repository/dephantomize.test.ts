import assert from 'node:assert/strict';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { commitCheckout } from '../../../src/engine/operations/commit';
import { CrosslinkSession } from '../../../src/engine/repository/crosslink-session';
import { receiveArtifact } from '../../../src/engine/repository/receive';
import { Repository } from '../../../src/engine/repository/repository';
import { derivedTables } from '../../support/derived-tables';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';

const SOURCE = 'a line that many know and that is long enough\n'.repeat(12);

for (const driver of drivers) {
  describe(`an artifact that others wait for, with the ${driver} driver`, () => {
    it('makes them whole also when a commit here brings it', async () => {
      const fixture = await FossilFixture.create(driver);
      try {
        const root = await fixture.fossilOpen();
        const { hash: hashing } = fixture.environment;
        const control = controlArtifact(
          await fixture.query(fixture.repository, 'SELECT uuid FROM blob WHERE rid=1'),
          SOURCE.length,
        );
        const withZ = utf8(`${control}Z ${hashing.hex('md5', utf8(control))}\n`);
        const source = hashing.hex('sha3-256', utf8(SOURCE)) as Hash;
        const waiting = hashing.hex('sha3-256', withZ) as Hash;
        const repository = Repository.open(fixture.environment, fixture.repository, { allowPortableWrites: true });
        repository.transaction(() => {
          const session = new CrosslinkSession(repository, { isBulk: true });
          const payload = createDelta(utf8(SOURCE), withZ);
          receiveArtifact(repository, session, { hash: waiting, deltaSource: source, payload, isPrivate: false });
          session.end();
          assert.equal(repository.blobs.danglingDeltas().length, 1);
        });
        repository.close();
        await fixture.write(root, { 'new.txt': SOURCE });
        await fixture.fossil(root, 'add', 'new.txt');
        await commitCheckout(fixture.environment, root, { message: 'brings it', user: 'alice' }, interaction);
        const tables = await derivedTables(fixture.repository);
        assert.ok(tables.tagxref.some((row) => row.includes('sym-waited')));
        assert.equal(tables.phantom.length, 0);
        await fixture.fossil(root, 'test-integrity');
      } finally {
        await fixture.remove();
      }
    });
  });
}

const interaction = {
  questions: {
    credentials: () => Promise.resolve(undefined),
    userName: () => Promise.resolve(undefined),
    allowPortableWrites: () => Promise.resolve(true),
  },
};

/** A control artifact that tags a check-in, without its Z-card. */
function controlArtifact(quoted: string[], padding: number): string {
  const target = (quoted[0] ?? '').replaceAll("'", '');
  return `D 2030-01-01T00:00:00.000\nT +sym-waited ${target} ${'x'.repeat(padding)}\nU bob\n`;
}
