import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Artifact } from '../../../src/engine/artifact/types';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { CrosslinkSession } from '../../../src/engine/repository/crosslink-session';
import { overrideInReadingOrder } from '../../../src/engine/repository/overrides';
import { receiveArtifact } from '../../../src/engine/repository/receive';
import type { Repository } from '../../../src/engine/repository/repository';
import { Composer } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';

const CHECKINS = 12;

describe('What edits say of check-ins', () => {
  let directory: string;
  let repository: Repository;
  let composer: Composer;
  const rids: Rid[] = [];
  const checkins: Hash[] = [];
  const receive = (artifact: Artifact): Hash => {
    const hash = composer.add(artifact);
    const { bytes: payload } = composer.artifacts.find((one) => one.hash === hash) ?? assert.fail();
    repository.transaction(() => {
      const session = new CrosslinkSession(repository, { isBulk: false });
      rids.push(receiveArtifact(repository, session, { hash, payload, isPrivate: false }) ?? assert.fail());
      session.end();
    });
    return hash;
  };
  const checkin = (parent?: Hash): Hash => {
    const comment = `check-in ${checkins.length} behind [${parent ?? ''}], ${'the same words as in all others, '.repeat(9)}`;
    const common = { user: 'alice', cherrypicks: [], tags: [], files: [] };
    const parents = parent === undefined ? [] : [parent];
    return receive({ type: 'checkin', date: composer.next(), comment, parents, ...common });
  };
  const written = (): number => {
    const row = repository.db.prepare('SELECT total_changes() AS changes').get<{ changes: number }>();
    return row?.changes ?? assert.fail();
  };
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-overrides-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
    composer = new Composer(environment.hash, new Seeded(1), Date.UTC(2022, 5, 7));
    for (let index = 0; index < CHECKINS; index++) {
      const target = checkin(checkins.at(-1));
      checkins.push(target);
      const edit = (sign: '+' | '-', name: string, value?: string): void => {
        const tag = { sign, name, target, ...(value === undefined ? {} : { value }) };
        receive({ type: 'control', date: composer.next(), tags: [tag], user: 'bob' });
      };
      edit('+', 'comment', `edited [${target}]`);
      if (index % 3 === 0) edit('-', 'comment');
      edit('+', 'user', 'carol');
      edit('+', 'bgcolor', '#abc');
      if (index % 2 === 0) edit('+', 'date', '2021-01-01 00:00:00');
    }
  });
  after(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  it('is asked anew only where it stands between the former and the new place of what a child moves', () => {
    const euser = (target: Rid): unknown =>
      repository.db.prepare('SELECT euser FROM event WHERE objid=?').get<{ euser: string }>(target)?.euser;
    const [before, tip] = checkins.slice(-2).map((hash) => repository.blobs.rid(hash) ?? assert.fail());
    assert.ok(before !== undefined && tip !== undefined);
    repository.transaction(() => repository.db.exec("UPDATE event SET euser='somebody else' WHERE type='ci'"));
    checkins.push(checkin(checkins.at(-1)));
    const delta = repository.db.prepare('SELECT srcid FROM delta WHERE rid=?').get<{ srcid: Rid }>(tip);
    assert.equal(delta?.srcid, repository.blobs.rid(checkins.at(-1) ?? assert.fail()));
    assert.deepEqual([before, tip].map(euser), ['somebody else', 'carol']);
  });

  it('is written only where it does not stand already', () => {
    const all = new Set(rids);
    repository.transaction(() => overrideInReadingOrder(repository, all, new Set()));
    const before = written();
    repository.transaction(() => overrideInReadingOrder(repository, all, new Set()));
    assert.equal(written() - before, 0);
    repository.transaction(() => repository.db.exec("UPDATE event SET euser='somebody else' WHERE type='ci'"));
    const changed = written();
    repository.transaction(() => overrideInReadingOrder(repository, all, new Set()));
    assert.equal(written() - changed, CHECKINS);
  });
});
