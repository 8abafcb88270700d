import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { verifyRepository } from '../../../src/engine/operations/verify';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { ArtifactIds } from '../../../src/engine/repository/artifact-ids';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { rebuild } from '../../../src/engine/repository/rebuild';
import { Repository } from '../../../src/engine/repository/repository';
import { verifyArtifacts } from '../../../src/engine/repository/verify';
import { Seeded } from '../../support/seeded';

/** Two containers of this size do not go into one batch: each is read for itself. */
const ALONE = 700_000;
const NONE = {
  questions: {
    credentials: () => Promise.resolve(undefined),
    userName: () => Promise.resolve(undefined),
    allowPortableWrites: () => Promise.resolve(true),
  },
};

describe('Reading all artifacts', () => {
  const seeded = new Seeded(7);
  let directory: string;
  let environment: Environment;
  let repository: Repository;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-reading-'));
    environment = await createNodeEnvironment({ homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester' });
  });
  afterEach(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  const randomBytes = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = seeded.below(256);
    return bytes;
  };
  const put = (content: Uint8Array): Rid => repository.transaction(() => repository.blobs.put(content).rid);
  const extended = (content: Uint8Array): Uint8Array => Uint8Array.from(Buffer.concat([content, Buffer.from('more')]));
  const putMany = (): Rid[] => Array.from({ length: environment.pool.width + 4 }, () => put(randomBytes(ALONE)));
  const damage = (rid: Rid): void => {
    repository.transaction(() =>
      repository.db.prepare('UPDATE blob SET content=substr(content, 1, length(content)-500) WHERE rid=?').run(rid),
    );
  };
  const reopened = (): Repository => {
    repository.close();
    return (repository = Repository.open(environment, join(directory, 'a.fossil'), { allowPortableWrites: true }));
  };

  describe('while another program stores one that is read last as a delta and commits a new one', () => {
    let writer: Repository;
    let interfere: () => void;
    beforeEach(() => {
      putMany();
      const former = randomBytes(ALONE / 2);
      const [target, source] = [put(former), put(extended(former))];
      writer = Repository.open(environment, join(directory, 'a.fossil'), { allowPortableWrites: true });
      let isDone = false;
      interfere = () => {
        if (isDone) return;
        isDone = true;
        writer.transaction(() => {
          assert.ok(writer.blobs.deltify(target, [source]) > 0);
          writer.blobs.put(randomBytes(100));
        });
      };
    });
    afterEach(() => writer.close());

    it('a rebuild reads all again, and succeeds', async () => {
      const { artifacts, wrong } = await rebuild(repository, { user: 'tester', onProgress: interfere });
      assert.deepEqual(wrong, []);
      assert.equal(artifacts, writer.blobs.count());
    });

    it('a rebuild does not take what came for damaged, though something waits for its source', async () => {
      const { blobs } = repository;
      repository.transaction(() =>
        blobs.putDangling(
          'ab'.repeat(32) as Hash,
          Uint8Array.from(Buffer.from('3\n3:abc0;')),
          blobs.ridOrPhantom('cd'.repeat(32) as Hash),
        ),
      );
      assert.deepEqual((await rebuild(repository, { user: 'tester', onProgress: interfere })).wrong, []);
    });

    it('verifying finds nothing wrong', async () => {
      const { findings } = await verifyRepository(environment, join(directory, 'a.fossil'), {
        ...NONE,
        onProgress: interfere,
      });
      assert.deepEqual(findings, []);
    });
  });

  it('goes on where what is damaged was read before what builds on it, which nobody can read either', async () => {
    const former = randomBytes(2 * ALONE);
    const [source, target] = [put(former), put(extended(former))];
    const other = put(randomBytes(ALONE));
    assert.ok(repository.transaction(() => repository.blobs.deltify(target, [source])) > 0);
    damage(source);
    damage(other);
    const [damaged, dependent, last] = [source, target, other].map((rid) => repository.blobs.hash(rid));
    const unreadable = [damaged, dependent, last].sort();
    const { findings } = await verifyRepository(environment, reopened().path, NONE);
    assert.deepEqual(findings.map(({ artifact }) => artifact).sort(), unreadable);
    const { wrong } = await rebuild(repository, { user: 'tester', ignoreDamage: true });
    assert.deepEqual(wrong.map(({ hash }) => hash).sort(), unreadable);
  });

  it('ends with the first failure: nothing goes on behind it, and the workers rest', async () => {
    putMany();
    damage(put(randomBytes(2 * ALONE)));
    let [started, running, rests, verified] = [0, 0, 0, 0];
    let release = (): void => undefined;
    const hasFailed = new Promise<void>((resolve) => (release = resolve));
    const { pool } = environment;
    environment.pool = {
      ...pool,
      width: 2,
      rest: () => rests++,
      run: async (...task) => {
        running++;
        // The first batch is the damaged one; the others take longer.
        if (++started > 1) await hasFailed;
        try {
          return await pool.run(...task);
        } finally {
          running--;
        }
      },
    };
    const onWrong = (): void => {
      setImmediate(release);
      throw new Error('wrong');
    };
    const verifying = verifyArtifacts(repository, { onWrong, onVerified: () => verified++ });
    await assert.rejects(verifying, { message: 'wrong' });
    assert.deepEqual({ started, running, rests, verified }, { started: 3, running: 0, rests: 1, verified: 0 });
  });

  it('ends for many names that begin alike, of deltas that nobody has verified: each compared with all others would take minutes', () => {
    repository.transaction(() => {
      repository.db.exec(
        `DELETE FROM blob;
         WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM counted WHERE n<40000)
           INSERT INTO blob(rcvid,size,uuid,content) SELECT 1, 10, printf('deadbeef%056x', n), x'00' FROM counted`,
      );
    });
    const ids = new ArtifactIds(repository, { sizes: new Map(), names: undefined });
    assert.equal(ids.rid(`deadbeef${'1'.padStart(56, '0')}` as Hash), 1);
    assert.equal(ids.rid(`deadbeef${'9c40'.padStart(56, '0')}` as Hash), 40_000);
  });
});
