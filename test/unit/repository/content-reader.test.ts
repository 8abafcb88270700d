import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { ContentReader } from '../../../src/engine/repository/content-reader';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Seeded } from '../../support/seeded';

const VERSIONS = 120;
/** Room for a few versions: what is kept goes again all the time. */
const CACHE_BYTES = 64 * 1024;

describe('Reading along a chain of deltas with little memory', () => {
  it('never frees what somebody still has', async () => {
    const seed = 11;
    const seeded = new Seeded(seed);
    const directory = await mkdtemp(join(tmpdir(), 'trilobite-chain-'));
    const environment = await createNodeEnvironment({ homeDirectory: directory, variables: {} });
    const repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester' });
    try {
      const { blobs } = repository;
      const contents = new Map<Rid, string>();
      const lines = Array.from({ length: 400 }, (_, line) => `line ${line}, ${seeded.below(1e9)}`);
      repository.transaction(() => {
        let former: Rid | undefined;
        for (let version = 0; version < VERSIONS; version++) {
          lines[seeded.below(lines.length)] = `edited in version ${version}`;
          const { rid } = blobs.put(Buffer.from(lines.join('\n')));
          contents.set(rid, lines.join('\n'));
          if (former !== undefined) assert.ok(blobs.deltify(former, [rid]));
          former = rid;
        }
      });
      const reader = new ContentReader(repository.db, environment.zlib, CACHE_BYTES);
      const rids = [...contents.keys()];
      const held: { rid: Rid; content: Uint8Array }[] = [];
      for (let step = 0; step < 600; step++) {
        // The full text that all the others lead to is asked for often.
        const rid = rids[seeded.below(4) === 0 ? rids.length - 1 : seeded.below(rids.length)] as Rid;
        const choice = seeded.below(10);
        if (choice === 0) reader.remember(rid, Buffer.from(contents.get(rid) ?? ''));
        else if (choice === 1) reader.forget(rid);
        const content = choice === 2 ? reader.remembered(rid) : choice < 6 ? reader.readApart(rid) : reader.read(rid);
        if (content === undefined) continue;
        held.push({ rid, content });
        const { rid: other, content: former } = held[seeded.below(held.length)] ?? { rid, content };
        assert.equal(Buffer.from(former).toString(), contents.get(other), `step ${step}, seed ${seed}`);
      }
      for (const { rid, content } of held)
        assert.equal(Buffer.from(content).toString(), contents.get(rid), `seed ${seed}`);
    } finally {
      repository.close();
      await rm(directory, { recursive: true });
    }
  });
});
