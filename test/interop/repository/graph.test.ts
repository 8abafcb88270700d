import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { changesBetween, renamesBetween } from '../../../src/engine/repository/checkin-changes';
import { filesOfCheckin } from '../../../src/engine/repository/checkin-files';
import { checkinPath, type PathOptions } from '../../../src/engine/repository/checkin-path';
import { commonAncestor } from '../../../src/engine/repository/common-ancestor';
import { Repository } from '../../../src/engine/repository/repository';
import { leavesBelow } from '../../../src/engine/repository/versions';
import { randomHistory } from '../../support/random-history';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';

const SEEDS = [1, 2];

for (const driver of drivers) {
  for (const seed of SEEDS) {
    describe(`the graph of check-ins, seed ${seed}, with the ${driver} driver`, () => {
      let fixture: FossilFixture;
      let root: string;
      let repository: Repository;
      let checkins: { rid: Rid; hash: Hash }[];
      const seeded = new Seeded(seed);

      before(async () => {
        fixture = await FossilFixture.create(driver);
        const stream = `${fixture.directory}/stream`;
        await fs.writeFile(stream, randomHistory(seed, 90));
        await fixture.fossil(fixture.directory, 'import', '--git', '--force', fixture.repository, stream);
        root = await fixture.fossilOpen();
        repository = Repository.open(fixture.environment, fixture.repository, { mode: 'read' });
        checkins = repository.db
          .prepare("SELECT rid, uuid AS hash FROM event JOIN blob ON rid=objid WHERE type='ci' ORDER BY rid")
          .all<{ rid: Rid; hash: Hash }>();
        const count = (sql: string): number => repository.db.prepare(sql).get<{ n: number }>()?.n ?? 0;
        assert.ok(checkins.length > 80 && count('SELECT count(*) AS n FROM plink WHERE NOT isprim') > 10);
      });
      after(async () => {
        repository.close();
        await fixture.remove();
      });

      const pairs = (count: number): (readonly [{ rid: Rid; hash: Hash }, { rid: Rid; hash: Hash }])[] =>
        Array.from({ length: count }, () => [seeded.pick(checkins), seeded.pick(checkins)] as const).filter(
          ([a, b]) => a.rid !== b.rid,
        );

      it('has the common ancestors that a merge in Fossil starts from', async () => {
        for (const [a, b] of pairs(15)) {
          const c = seeded.pick(checkins.filter(({ rid }) => rid !== a.rid));
          for (const others of [[b], [b, c]]) {
            for (const options of [{}, { ignoresMerges: true }]) {
              const flags = 'ignoresMerges' in options ? ['--ignore-merges'] : [];
              const names = [a, ...others].map(({ hash }) => hash);
              const theirs = await fixture.fossil(root, 'merge-base', ...flags, ...names);
              const ours = commonAncestor(
                repository,
                a.rid,
                others.map(({ rid }) => rid),
                options,
              );
              const expected =
                ours === undefined ? 'No common ancestor found.' : `pivot=${repository.blobs.hash(ours)}`;
              assert.equal(expected, theirs.trim(), names.join(' '));
            }
          }
        }
      });

      it('has the shortest paths that Fossil finds', async () => {
        const variants: readonly [PathOptions, string[]][] = [
          [{}, []],
          [{ primaryOnly: true }, ['--no-merge']],
          [{ oneWay: true }, ['--one-way']],
          [{ oneWay: true, primaryOnly: true }, ['--one-way', '--no-merge']],
        ];
        let found = 0;
        for (const [a, b] of pairs(15)) {
          for (const [options, flags] of variants) {
            const theirs = await fixture
              .fossil(root, 'test-shortest-path', ...flags, a.hash, b.hash)
              .catch((error: unknown) =>
                String(error).includes('no path from') ? '' : Promise.reject(error as Error),
              );
            const ours = checkinPath(repository, a.rid, b.rid, options) ?? [];
            assert.deepEqual(
              ours.map(describeStep),
              theirs.split('\n').slice(0, -1).map(readStep),
              `${a.hash} ${b.hash}`,
            );
            found += ours.length;
          }
        }
        assert.ok(found > 50);
      });

      it('has the leaves below each check-in that Fossil finds', async () => {
        for (const { rid, hash } of checkins.slice(0, 15)) {
          const theirs = await fixture.fossil(root, 'descendants', hash, '-W', '0');
          const expected = [...theirs.matchAll(/^\d\d:\d\d:\d\d \[([0-9a-f]+)\]/gm)].map((match) => match[1]);
          const ours = leavesBelow(repository, rid).map((leaf) => leaf.hash.slice(0, 10));
          assert.deepEqual(ours.sort(), expected.sort(), hash);
        }
      });
    });
  }

  describe(`files between check-ins with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let root: string;
    let repository: Repository;
    let checkins: { rid: Rid; hash: Hash }[];
    const seeded = new Seeded(5);

    before(async () => {
      fixture = await FossilFixture.create(driver);
      root = await fixture.fossilOpen();
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      await fixture.fossilCommit(root, 'start', Object.fromEntries(names.map((name) => [name, `${name}\n`])));
      for (let serial = 0; serial < 18; serial++) {
        if (serial % 6 === 5) await fixture.fossil(root, 'update', seeded.pick(['root:current', 'trunk']));
        const managed = (await fixture.fossil(root, 'ls')).trim().split('\n');
        const kind = serial % 3;
        const from = seeded.pick(managed);
        if (kind === 0) await fixture.fossil(root, 'mv', '--hard', from, `n${serial}`);
        if (kind === 1) await fixture.fossil(root, 'rm', '--hard', from);
        const edited = seeded.pick(managed.filter((name) => name !== from));
        const added =
          kind === 1 ? `m${serial}` : seeded.pick(names.filter((name) => !managed.includes(name)).concat(`o${serial}`));
        const files = { [edited]: `edit ${'.'.repeat(serial)}\n`, [added]: `new ${serial}\n` };
        await fixture.fossilCommit(
          root,
          `check-in ${serial}`,
          files,
          '--allow-fork',
          ...(serial % 6 === 5 ? ['--branch', `b${serial}`] : []),
        );
      }
      repository = Repository.open(fixture.environment, fixture.repository, { mode: 'read' });
      checkins = repository.db
        .prepare("SELECT rid, uuid AS hash FROM event JOIN blob ON rid=objid WHERE type='ci' ORDER BY rid")
        .all<{ rid: Rid; hash: Hash }>();
    });
    after(async () => {
      repository.close();
      await fixture.remove();
    });

    it('change their names as Fossil says, forward along primary parents', async () => {
      let renames = 0;
      for (const a of checkins) {
        for (const b of checkins.filter(({ rid }) => rid > a.rid && seeded.below(3) === 0)) {
          const theirs = await fixture.fossil(root, 'test-name-changes', a.hash, b.hash);
          const expected = [...theirs.matchAll(/^\[(.*)\] -> \[(.*)\]$/gm)]
            .map(([, from = '', to = '']) => [from, to])
            .filter(([from, to]) => from !== to);
          if (checkinPath(repository, a.rid, b.rid, { primaryOnly: true, oneWay: true }) === undefined) continue;
          const inBoth = ([from = '']: string[]): boolean => filesAt(repository, a.rid).has(from);
          const ours = [...renamesBetween(repository, a.rid, b.rid)].filter(inBoth);
          assert.deepEqual(ours.sort(), expected.filter(inBoth).sort(), `${a.hash} ${b.hash}`);
          renames += ours.length;
        }
      }
      assert.ok(renames > 5, `${renames} renames`);
    });

    it('change as told: what changesBetween says turns the one set of files into the other, both ways', () => {
      let renames = 0;
      for (const a of checkins) {
        for (const b of checkins) {
          for (const followsRenames of [true, false]) {
            const files = filesAt(repository, a.rid);
            const changes = changesBetween(repository, a.rid, b.rid, { followsRenames });
            for (const change of changes) {
              if (change.formerHash !== undefined)
                assert.equal(files.get(change.formerPath ?? change.path), change.formerHash);
              if (change.change === 'added') assert.equal(change.formerHash, undefined);
              if (change.change === 'renamed') renames++;
            }
            for (const { formerPath, change, path } of changes) {
              if (formerPath !== undefined) files.delete(formerPath);
              if (change === 'deleted') files.delete(path);
            }
            for (const { hash, path } of changes) if (hash !== undefined) files.set(path, hash);
            assert.deepEqual(files, filesAt(repository, b.rid), `${a.hash} ${b.hash}`);
            assert.equal(new Set(changes.map(({ path }) => path)).size, changes.length);
          }
        }
      }
      assert.ok(renames > 20);
    });
  });
}

function filesAt(repository: Repository, rid: Rid): Map<string, Hash> {
  return new Map(filesOfCheckin(repository, rid).map(({ name, hash }) => [name, hash]));
}

function describeStep({ rid, isFromParent }: { rid: Rid; isFromParent: boolean }, at: number): [number, string] {
  return [rid, at === 0 ? '' : isFromParent ? 'parent' : 'child'];
}

/** A line such as `   1:   293 3c58633eccac 2020-09-14 14:06:09 is a child of`. */
function readStep(text: string, at: number, lines: readonly string[]): [number, string] {
  const rid = Number(/^ *\d+: +(\d+)/.exec(text)?.[1]);
  return [rid, at === 0 ? '' : (/ is a (\w+) of$/.exec(lines[at - 1] ?? '')?.[1] ?? 'none')];
}
