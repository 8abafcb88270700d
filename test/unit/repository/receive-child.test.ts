import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { CrosslinkSession } from '../../../src/engine/repository/crosslink-session';
import { receiveArtifact } from '../../../src/engine/repository/receive';

describe('The next version of what has a long history', () => {
  it('is read by itself: that the one before becomes a delta of it reads none of them anew', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trilobite-child-'));
    try {
      const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
      const file = join(directory, 'a.fossil');
      const repository = createRepository(environment, file, { adminUser: 'tester', isPrivate: true });
      const text = Array.from({ length: 200 }, (_, index) => `line ${index * 7919}\n`).join('');
      let parent: Hash | undefined;
      for (let version = 1; version <= 12; version++) {
        const body = `${text}${version}\n`;
        const cards = [
          `D 2030-01-01T00:00:${String(version).padStart(2, '0')}.000\nL page\n`,
          parent === undefined ? '' : `P ${parent}\n`,
          `U bob\nW ${body.length}\n${body}\n`,
        ].join('');
        const payload = utf8(`${cards}Z ${environment.hash.hex('md5', utf8(cards))}\n`);
        const hash = environment.hash.hex('sha3-256', payload) as Hash;
        const linked = repository.transaction(() => {
          const session = new CrosslinkSession(repository, { isBulk: true });
          const rids: Rid[] = [];
          const link = session.link.bind(session);
          session.link = (rid, artifact) => {
            rids.push(rid);
            link(rid, artifact);
          };
          const rid = receiveArtifact(repository, session, { hash, payload, isPrivate: false });
          session.end();
          assert.deepEqual(rids, [rid]);
          return rid ?? assert.fail();
        });
        if (parent !== undefined) assert.equal(repository.blobs.stored((linked - 1) as Rid)?.source?.hash, hash);
        parent = hash;
      }
      repository.close();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
