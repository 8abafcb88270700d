import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { Rid } from '../../../src/engine/identifiers';
import { compressAll } from '../../../src/engine/repository/compress';
import { Repository } from '../../../src/engine/repository/repository';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';

const SEED = 20_260_101;

for (const driver of drivers) {
  describe(`storing artifacts as deltas of each other, with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let root: string;
    beforeEach(async () => {
      fixture = await FossilFixture.create(driver);
      root = await fixture.fossilOpen();
    });
    afterEach(() => fixture.remove());

    function open(file = fixture.repository): Repository {
      return Repository.open(fixture.environment, file, { allowPortableWrites: true });
    }

    /** Puts contents in with `fossil`. @returns their rids */
    async function putAll(contents: readonly Uint8Array[]): Promise<Rid[]> {
      const rids: Rid[] = [];
      for (const content of contents) {
        const file = path.join(fixture.directory, 'content');
        await fs.writeFile(file, content);
        const output = await fixture.fossil(root, 'test-content-put', file);
        rids.push(Number(/inserted as record (\d+)/.exec(output)?.[1]) as Rid);
      }
      return rids;
    }

    async function deltas(file = fixture.repository): Promise<string[]> {
      return fixture.query(
        file,
        `SELECT b.uuid, s.uuid, b.size FROM delta JOIN blob b ON b.rid=delta.rid JOIN blob s ON s.rid=delta.srcid ORDER BY 1`,
      );
    }

    it(`does what fossil does, step by step (seed ${SEED})`, async () => {
      const seeded = new Seeded(SEED);
      const first = seeded.sourceText(120);
      const versions = [first];
      for (let i = 1; i < 9; i++) versions.push(seeded.mutated(versions[i - 1] ?? first, 4));
      const noise = [seeded.bytes(400), seeded.bytes(49), seeded.bytes(50), seeded.sourceText(1)];
      const rids = await putAll([...versions, ...noise]);
      const hidden = rids.filter((_, index) => index % 4 === 3);
      await fixture.query(fixture.repository, `INSERT INTO private VALUES${hidden.map((rid) => `(${rid})`).join(',')}`);
      const twin = await fixture.twin();
      const twinRoot = path.join(twin.directory, 'work');
      const steps = Array.from({ length: 40 }, () => ({
        target: seeded.pick(rids),
        sources: Array.from({ length: 1 + seeded.below(3) }, () => seeded.pick(rids)),
        force: seeded.below(3) === 0,
      }));
      const repository = open();
      for (const { target, sources, force } of steps) {
        const chosen = force ? sources.slice(0, 1) : sources;
        await twin.fossil(
          twinRoot,
          'test-content-deltify',
          String(target),
          ...chosen.map(String),
          ...(force ? ['--force'] : []),
        );
        repository.transaction(() => repository.blobs.deltify(target, chosen, { force }));
      }
      repository.close();
      const ours = await deltas();
      assert.deepEqual(ours, await deltas(twin.repository));
      assert.ok(ours.length > 3);
      await fixture.fossil(root, 'test-integrity');
      await twin.remove();
    });

    it('leaves short artifacts, and those that gain little, as they are', async () => {
      const seeded = new Seeded(1);
      const text = seeded.sourceText(50);
      const noise = seeded.bytes(1000);
      const mixed = Uint8Array.from([...noise.subarray(0, 200), ...text.subarray(0, 800)]);
      const [long, short, twice, random, similar] = await putAll([
        text,
        text.subarray(0, 49),
        Uint8Array.from([...text, 33]),
        noise,
        mixed,
      ]);
      assert.ok(long && short && twice && random && similar);
      const repository = open();
      const saved = (target: Rid, source: Rid): number =>
        repository.transaction(() => repository.blobs.deltify(target, [source]));
      assert.equal(saved(short, long), 0);
      assert.equal(saved(long, short), 0);
      assert.equal(saved(random, similar), 0, 'the delta would be 75 % and more');
      assert.ok(saved(long, twice) > 0);
      assert.equal(saved(long, twice), 0, 'it is a delta already');
      repository.close();
    });

    it('never makes a public artifact a delta of a private one', async () => {
      const text = new Seeded(2).sourceText(60);
      const [open1, hidden, hidden2] = await putAll([
        text,
        Uint8Array.from([...text, 1]),
        Uint8Array.from([...text, 2]),
      ]);
      assert.ok(open1 && hidden && hidden2);
      const repository = open();
      repository.transaction(() => {
        repository.db.prepare('INSERT INTO private VALUES(?),(?)').run(hidden, hidden2);
        assert.equal(repository.blobs.deltify(open1, [hidden]), 0);
        assert.ok(repository.blobs.deltify(hidden, [hidden2]) > 0);
        assert.ok(repository.blobs.deltify(hidden2, [open1]) > 0);
      });
      repository.close();
    });

    it('makes a source full text when its own chain runs through the target, and takes it the next time', async () => {
      const text = new Seeded(3).sourceText(60);
      const [a, b, c] = await putAll([text, Uint8Array.from([...text, 1]), Uint8Array.from([...text, 2])]);
      assert.ok(a && b && c);
      const repository = open();
      repository.transaction(() => {
        assert.ok(repository.blobs.deltify(b, [a]) > 0);
        assert.ok(repository.blobs.deltify(c, [b]) > 0);
        assert.equal(repository.blobs.deltify(a, [c]), 0);
        assert.ok(repository.blobs.deltify(a, [c]) > 0);
      });
      const rows = repository.db.prepare('SELECT rid, srcid FROM delta WHERE rid IN (?,?,?) ORDER BY rid').all(a, b, c);
      assert.deepEqual(
        rows.map((row) => ({ ...row })),
        [
          { rid: a, srcid: c },
          { rid: b, srcid: a },
        ],
      );
      repository.close();
      await fixture.fossil(root, 'test-integrity');
    });

    it('leaves newer versions that came as deltas of older ones so, a dozen links from a full text at the most', async () => {
      const text = new Seeded(5).sourceText(60);
      const rids = await putAll(Array.from({ length: 30 }, (_, index) => Uint8Array.from([...text, 65 + index])));
      const repository = open();
      repository.transaction(() => {
        for (const [index, rid] of rids.entries()) {
          const former = rids[index - 1];
          if (former === undefined) continue;
          assert.ok(repository.blobs.deltify(rid, [former]) > 0, 'as it arrives');
          repository.blobs.deltifyFormer(former, rid);
        }
      });
      const sources = new Map(
        repository.db
          .prepare('SELECT rid, srcid FROM delta')
          .all<{ rid: Rid; srcid: Rid }>()
          .map(({ rid, srcid }) => [rid, srcid]),
      );
      const depths = rids.map((rid) => {
        let depth = 0;
        for (let source = sources.get(rid); source !== undefined; source = sources.get(source)) depth++;
        return depth;
      });
      assert.equal(Math.max(...depths), 12);
      assert.equal(depths.filter((depth) => depth === 0).length, 3, 'of thirty versions three are full texts');
      repository.close();
      await fixture.fossil(root, 'test-integrity');
    });

    it('finds the deltas that fossil rebuild --compress finds', async () => {
      const seeded = new Seeded(4);
      let text = seeded.sourceText(80);
      for (let version = 0; version < 6; version++) {
        text = seeded.mutated(text, 3);
        const grown = Buffer.concat([text, Buffer.alloc(version, '#')]).toString('latin1');
        const branch = version === 3 ? ['--branch', 'side'] : [];
        await fixture.fossilCommit(
          root,
          `version ${version}`,
          { 'a.txt': grown, [`b${version % 2}.txt`]: grown },
          ...branch,
        );
      }
      const rids = (await fixture.query(fixture.repository, 'SELECT rid FROM delta')).map((rid) => Number(rid) as Rid);
      const repository = open();
      repository.transaction(() => {
        for (const rid of rids) repository.blobs.expand(rid);
      });
      repository.close();
      assert.deepEqual(await deltas(), []);
      const twin = await fixture.twin();
      await twin.fossil(twin.directory, 'rebuild', '--compress-only', twin.repository);
      const again = open();
      const { deltas: count, bytes } = again.transaction(() => compressAll(again));
      again.close();
      const found = await deltas();
      assert.deepEqual(found, await deltas(twin.repository));
      assert.equal(found.length, count);
      assert.ok(bytes > 0 && count > 5);
      await fixture.fossil(root, 'test-integrity');
      await twin.remove();
    });
  });
}
