import assert from 'node:assert/strict';
import { EngineError } from '../../../src/engine/errors';
import type { Hash } from '../../../src/engine/identifiers';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { CrosslinkSession } from '../../../src/engine/repository/crosslink-session';
import { rebuild, type Rebuild, type RebuildOptions } from '../../../src/engine/repository/rebuild';
import { receiveArtifact } from '../../../src/engine/repository/receive';
import { Repository } from '../../../src/engine/repository/repository';
import { shun } from '../../../src/engine/repository/shun';
import { sealed } from '../../support/artifact-text';
import { derivedTables } from '../../support/derived-tables';
import { GENERATED_KINDS, generatedRepository } from '../../support/every-artifact/generated';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { drivers } from '../checkout/fossil-fixture';
import { differences } from './parity-differences';
import { withoutFudge } from './parity-exceptions';
import { rebuiltTables } from './parity-reference';
import { artifactsOf, copyOf, receiveBySteps } from './repository-copies';

for (const driver of drivers) {
  describe(`rebuild with the ${driver} driver`, function () {
    this.timeout(120_000);
    let sandbox: FossilSandbox;
    let environment: Environment;
    beforeEach(async () => {
      sandbox = await FossilSandbox.create();
      const variables = { HOME: sandbox.directory, USER: 'tester' };
      environment = await createNodeEnvironment({ driver, homeDirectory: sandbox.directory, variables });
    });
    afterEach(() => sandbox.remove());

    const open = (file: string): Repository => Repository.open(environment, file, { allowPortableWrites: true });
    const rebuildFile = async (file: string, options: Partial<RebuildOptions> = {}): Promise<Rebuild> => {
      const repository = open(file);
      try {
        return await rebuild(repository, { user: 'tester', ...options });
      } finally {
        repository.close();
      }
    };
    const everything = async (): Promise<string> =>
      copyOf(await generatedRepository('every artifact'), sandbox.path('every.fossil'));

    for (const kind of GENERATED_KINDS) {
      it(`makes the tables that fossil rebuild makes: ${kind}`, async () => {
        const file = await copyOf(await generatedRepository(kind), sandbox.path('ours.fossil'));
        const theirs = await rebuiltTables(sandbox, file);
        await sandbox.sql(file, 'DELETE FROM event; DELETE FROM mlink; DELETE FROM tagxref; CREATE TABLE stray(x);');
        await rebuildFile(file);
        const ours = await derivedTables(file);
        assert.equal(differences(withoutFudge(ours), withoutFudge(theirs)).join('\n'), '');
        const stray = await sandbox.sql(file, "SELECT count(*) FROM sqlite_schema WHERE name='stray';");
        assert.deepEqual(stray, ['0']);
        await sandbox.fossil(['test-integrity', '-R', file]);
      });
    }

    it('removes what is shunned, and what was a delta of it stays readable', async () => {
      const file = await everything();
      const repository = open(file);
      const victim = repository.db
        .prepare(
          `SELECT uuid FROM blob JOIN delta ON delta.srcid=blob.rid
            WHERE blob.rid IN (SELECT fid FROM mlink) AND blob.rid NOT IN (SELECT rid FROM private) ORDER BY blob.rid`,
        )
        .get<{ uuid: Hash }>()?.uuid;
      assert.ok(victim);
      repository.transaction(() => shun(repository, [victim]));
      repository.close();
      const theirs = await rebuiltTables(sandbox, await copyOf(file, sandbox.path('theirs.fossil')));
      const { removed } = await rebuildFile(file);
      assert.ok(removed > 0);
      const ours = await derivedTables(file);
      assert.equal(differences(withoutFudge(ours), withoutFudge(theirs)).join('\n'), '');
      assert.ok(!ours.blob.some((row) => row.includes(victim)));
      await sandbox.fossil(['test-integrity', '-R', file]);
    });

    it('ends although others never stop writing, and knows what they have put in, and removed, meanwhile', async () => {
      const artifacts = artifactsOf(environment, await everything());
      const middle = artifacts.length / 2;
      const file = sandbox.path('grown.fossil');
      await receiveBySteps(environment, [artifacts.slice(0, middle)], file);
      const writer = open(file);
      const addPage = (title: string): number =>
        writer.transaction(
          () => writer.blobs.put(sealed(`D 2026-01-02T03:04:05.678\nL ${title}\nU bob\nW 5\nhello\n`)).rid,
        );
      let written = 0;
      const write = (): void => {
        writer.transaction(() => writer.config.set('counter', String(++written)));
        if (written > 1) return;
        writer.transaction(() => {
          writer.db.prepare('DELETE FROM blob WHERE rid=?').run(former);
          writer.db.prepare('DELETE FROM unclustered WHERE rid=?').run(former);
          writer.blobs.forgetAll();
        });
        assert.equal(addPage('latter'), former, 'another artifact has the row');
        writer.transaction(() => {
          const session = new CrosslinkSession(writer, { isBulk: true });
          for (const artifact of artifacts.slice(middle)) receiveArtifact(writer, session, artifact);
          session.end();
        });
      };
      const former = addPage('former');
      try {
        const { artifacts: count } = await rebuildFile(file, {
          onProgress: ({ phase }) => {
            if (phase === 'verify') write();
          },
        });
        assert.equal(count, writer.blobs.count() - writer.blobs.danglingDeltas().length);
      } finally {
        writer.close();
      }
      const ours = await derivedTables(file);
      const theirs = await rebuiltTables(sandbox, await copyOf(file, sandbox.path('theirs.fossil')));
      assert.equal(differences(withoutFudge(ours), withoutFudge(theirs)).join('\n'), '');
      await sandbox.fossil(['test-integrity', '--quiet', '-R', file]);
    });

    it('leaves all as it was when it is stopped in the middle', async () => {
      const file = await everything();
      const before = await derivedTables(file);
      const stop = new EngineError('cancelled', 'Stopped.');
      const stopping = rebuildFile(file, {
        onProgress: ({ phase, done, total }) => {
          if (phase === 'crosslink' && done > total / 2) throw stop;
        },
      });
      await assert.rejects(stopping, stop);
      assert.deepEqual(await derivedTables(file), before);
    });

    it('gives up on a damaged artifact, and with force leaves it out', async () => {
      const file = await everything();
      const repository = open(file);
      const { uuid } = repository.db
        .prepare(
          "SELECT uuid FROM blob JOIN event ON objid=rid WHERE type='w' AND rid NOT IN (SELECT srcid FROM delta)",
        )
        .get<{ uuid: Hash }>() ?? { uuid: '' as Hash };
      repository.transaction(() =>
        repository.db
          .prepare('UPDATE blob SET content=(SELECT content FROM blob WHERE size>100 LIMIT 1) WHERE uuid=?')
          .run(uuid),
      );
      repository.transaction(() =>
        repository.db.prepare('DELETE FROM delta WHERE rid=(SELECT rid FROM blob WHERE uuid=?)').run(uuid),
      );
      repository.close();
      const before = await derivedTables(file);
      await assert.rejects(
        rebuildFile(file),
        (error) =>
          error instanceof EngineError &&
          ['hash-mismatch', 'content-corrupt'].includes(error.code) &&
          error.message.includes(uuid),
      );
      assert.deepEqual(await derivedTables(file), before);
      const { wrong } = await rebuildFile(file, { ignoreDamage: true });
      assert.deepEqual(
        wrong.map(({ hash }) => hash),
        [uuid],
      );
    });

    it('tags the first check-in of a project whose main branch no tag names', async () => {
      const file = await everything();
      await sandbox.sql(file, "REPLACE INTO config(name,value,mtime) VALUES('main-branch','other',now());");
      await rebuildFile(file);
      const added = await sandbox.sql(
        file,
        "SELECT tagtype, value FROM tagxref JOIN tag USING(tagid) WHERE tagname IN ('sym-other','branch') AND value IS NOT 'trunk' AND srcid>0 AND rid=(SELECT min(objid) FROM event WHERE type='ci');",
      );
      assert.deepEqual(added.sort(), ['2|', '2|other']);
      const ours = await derivedTables(file);
      assert.equal(differences(withoutFudge(ours), withoutFudge(await rebuiltTables(sandbox, file))).join('\n'), '');
    });
  });
}
