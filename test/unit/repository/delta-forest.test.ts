import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packContainer } from '../../../src/engine/codec/container';
import { createDelta } from '../../../src/engine/codec/delta-create';
import type { Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { DeltaForest, type VerifyBatch } from '../../../src/engine/repository/delta-forest';
import type { Repository } from '../../../src/engine/repository/repository';
import { Seeded } from '../../support/seeded';

/** Of random bytes: none of them gets shorter in a delta or a container. */
const CONTENT_BYTES = 200_000;
/** Of the chain: with what branches off, more than two batches hold. */
const VERSIONS = 40;

describe('The batches of a long tree of deltas', () => {
  const seeded = new Seeded(11);
  let directory: string;
  let repository: Repository;
  const contents = new Map<Rid, Uint8Array>();
  let batches: VerifyBatch[];

  const randomContent = (): Uint8Array => {
    const words = new Uint32Array(CONTENT_BYTES / 4);
    for (let at = 0, word = 1 + seeded.below(2 ** 31); at < words.length; at++) {
      word ^= word << 13;
      word ^= word >>> 17;
      words[at] = word ^= word << 5;
    }
    return new Uint8Array(words.buffer);
  };
  const putDelta = (source: Rid): Rid => {
    const content = randomContent();
    const { rid } = repository.blobs.put(content);
    // It takes nothing from its source.
    const container = packContainer(repository.environment.zlib, createDelta(new Uint8Array(), content));
    repository.db.prepare('UPDATE blob SET content=? WHERE rid=?').run(container, rid);
    repository.db.prepare('INSERT INTO delta(rid,srcid) VALUES(?,?)').run(rid, source);
    contents.set(rid, content);
    return rid;
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-forest-'));
    const environment = await createNodeEnvironment({ homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester' });
    repository.transaction(() => {
      const root = randomContent();
      let rid = repository.blobs.put(root).rid;
      contents.set(rid, root);
      for (let version = 1; version < VERSIONS; version++) {
        const next = putDelta(rid);
        const branch = putDelta(rid);
        if (version % 2 === 0) putDelta(branch);
        rid = next;
      }
    });
    batches = [...new DeltaForest(repository).batches(false)].map((batch) => ({ ...batch }));
  });
  after(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  it('hold every artifact once', () => {
    const rids = batches.flatMap((batch) => batch.rids).filter((rid) => contents.has(rid));
    assert.deepEqual(
      [...rids].sort((a, b) => a - b),
      [...contents.keys()].sort((a, b) => a - b),
    );
    assert.ok(batches.length > 2);
  });

  it('hold each source before its deltas, or its content', () => {
    for (const { rids, input } of batches) {
      input.items.forEach(({ source }, index) => {
        const rid = rids[index];
        const row = repository.db.prepare('SELECT srcid FROM delta WHERE rid=?').get<{ srcid: Rid }>(rid ?? 0);
        if (source === undefined) assert.equal(row, undefined);
        else if ('item' in source) assert.ok(source.item < index && rids[source.item] === row?.srcid);
        else assert.deepEqual(input.bases[source.base]?.content, contents.get(row?.srcid as Rid));
      });
    }
  });

  it('build on little that others hold: what branches off stands beside what it branches off from', () => {
    const bases = batches.map(({ input }) => input.bases.length);
    assert.ok(
      bases.every((count) => count <= 2),
      `contents that each batch builds on: ${bases.join(', ')}`,
    );
  });
});
