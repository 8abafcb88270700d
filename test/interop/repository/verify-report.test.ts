import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { EngineError } from '../../../src/engine/errors';
import { rebuildRepository } from '../../../src/engine/operations/rebuild';
import { verifyRepository, type VerifyOutcome } from '../../../src/engine/operations/verify';
import { DERIVED_TABLES, PERMANENT_TABLES } from '../../../src/engine/repository/consistency';
import type { FindingKind } from '../../../src/engine/repository/finding';
import { generatedRepository } from '../../support/every-artifact/generated';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from '../cli/command-line';

/** A container (fossil.md 1.3) of six other bytes than those of any artifact. */
const FOREIGN_CONTAINER = "x'00000006789ccb48cdc9c9e70200084b021f'";
const UNKNOWN = '1234567890'.repeat(4);

/** The newest version of a file, which nothing is a delta of. */
const LEAF_FULL_TEXT = `(SELECT max(rid) FROM blob WHERE rid NOT IN (SELECT rid FROM delta)
  AND rid NOT IN (SELECT srcid FROM delta) AND rid IN (SELECT fid FROM mlink))`;
/** A full text that others are deltas of. */
const SOURCE = '(SELECT min(srcid) FROM delta WHERE srcid NOT IN (SELECT rid FROM delta))';
/** One that is a file. */
const SOURCE_FILE = `(SELECT min(srcid) FROM delta WHERE srcid NOT IN (SELECT rid FROM delta) AND srcid IN (SELECT fid FROM mlink))`;
/** A check-in with children that no delta needs. */
const OLD_CHECKIN = '(SELECT min(pid) FROM plink)';

/** Tables that name artifacts, and columns with which a row can be made; the first gets the rid that is not there. */
const ROW_TABLES: Record<string, string> = {
  delta: 'rid,srcid',
  private: 'rid',
  unclustered: 'rid',
  unsent: 'rid',
  leaf: 'rid',
  event: 'objid',
  plink: 'cid,pid',
  mlink: 'fid,mid',
  tagxref: 'rid,tagid',
  cherrypick: 'childid,parentid',
  attachment: 'attachid',
};

for (const driver of drivers) {
  describe(`the report of verify, with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
      await makeProject(fixture);
    });
    after(() => fixture.remove());

    async function report(file = fixture.repository): Promise<VerifyOutcome> {
      return verifyRepository(fixture.environment, file, { questions: noQuestions });
    }

    /** One value of the undamaged repository. */
    async function valueOf(sql: string): Promise<string> {
      const [quoted = ''] = await fixture.query(fixture.repository, `SELECT ${sql}`);
      return quoted.replaceAll("'", '');
    }

    /** The report on a copy in which SQL has done damage. */
    async function reportAfter(sql: string): Promise<VerifyOutcome> {
      const twin = await fixture.twin();
      try {
        damage(twin.repository, sql);
        return await report(twin.repository);
      } finally {
        await twin.remove();
      }
    }

    async function kindsAfter(sql: string): Promise<FindingKind[]> {
      const { findings } = await reportAfter(sql);
      for (const finding of findings) assert.match(finding.advice, /^(Restore|Run|Sync)/);
      return [...new Set(findings.map((finding) => finding.kind))].sort();
    }

    it('says that nothing is wrong where nothing is wrong', async () => {
      const outcome = await report();
      assert.deepEqual(outcome.findings, []);
      assert.deepEqual(outcome.phantoms, []);
      const artifacts = await valueOf('count(*) FROM blob WHERE size>=0');
      assert.equal(String(outcome.artifacts), artifacts);
      const bytes = await valueOf('sum(size) FROM blob');
      assert.equal(String(outcome.logicalBytes), bytes);
    });

    it('finds nothing wrong with any kind of artifact, as fossil has stored it and after a rebuild here', async () => {
      const file = path.join(fixture.directory, 'every.fossil');
      await fs.copyFile(await generatedRepository('every artifact'), file);
      assert.deepEqual((await report(file)).findings, []);
      await rebuildRepository(fixture.environment, { path: file }, { questions: allowingQuestions });
      const { findings, phantoms } = await report(file);
      assert.deepEqual(findings, []);
      assert.ok(phantoms.length > 0);
    });

    it('names an artifact whose content is not what its name says', async () => {
      const hash = await valueOf(`uuid FROM blob WHERE rid=${LEAF_FULL_TEXT}`);
      const { findings } = await reportAfter(
        `UPDATE blob SET content=${FOREIGN_CONTAINER}, size=6 WHERE rid=${LEAF_FULL_TEXT}`,
      );
      assert.deepEqual(
        findings.map(({ kind, artifact }) => ({ kind, artifact })),
        [{ kind: 'hash-mismatch', artifact: hash }],
      );
    });

    it('names an artifact that cannot be inflated', async () => {
      const kinds = await kindsAfter(
        `UPDATE blob SET content=CAST(substr(content,1,4)||x'00112233445566778899' AS BLOB) WHERE rid=${LEAF_FULL_TEXT}`,
      );
      assert.deepEqual(kinds, ['content-corrupt']);
    });

    it('reads content that is stored as text as the bytes that it is', async () => {
      assert.deepEqual(
        await kindsAfter(`UPDATE blob SET content=CAST('no container' AS TEXT) WHERE rid=${LEAF_FULL_TEXT}`),
        ['content-corrupt'],
      );
    });

    it('names a source that is damaged, and goes on to the others', async () => {
      const hash = await valueOf(`uuid FROM blob WHERE rid=${SOURCE}`);
      const { findings } = await reportAfter(
        `UPDATE blob SET content=CAST(substr(content,1,4)||x'00112233445566778899' AS BLOB) WHERE rid=${SOURCE}`,
      );
      assert.ok(findings.some(({ kind, artifact }) => kind === 'content-corrupt' && artifact === hash));
    });

    it('names each artifact that cannot be read as its name says, whatever it builds on, and no other, as fossil does', async () => {
      const twin = await fixture.twin();
      try {
        const changed = `CAST(replace(CAST(content(uuid) AS TEXT), 'line 50 ', 'LINE 50 ') AS BLOB)`;
        await twin.fossil(
          twin.directory,
          ...['sql', '-R', twin.repository, `UPDATE blob SET content=compress(${changed}) WHERE rid=${SOURCE_FILE}`],
        );
        const wrong = (await report(twin.repository)).findings.map(({ artifact }) => artifact);
        const { stdout, stderr } = spawnSync('fossil', ['test-integrity', '-R', twin.repository], {
          env: { PATH: process.env['PATH'], HOME: twin.directory, USER: 'alice' },
          encoding: 'utf8',
        });
        const rids = [...`${stdout}${stderr}`.matchAll(/wrong hash on artifact (\d+)/g)].map((match) => match[1]);
        assert.ok(rids.length > 2);
        const theirs = await twin.query(twin.repository, `SELECT uuid FROM blob WHERE rid IN (${rids.join()})`);
        assert.deepEqual(wrong.map((hash) => `'${hash}'`).sort(), theirs.sort());
      } finally {
        await twin.remove();
      }
    });

    it('names an artifact that has lost its content', async () => {
      const kinds = await kindsAfter(`UPDATE blob SET content=NULL WHERE rid=${LEAF_FULL_TEXT}`);
      assert.ok(kinds.includes('content-missing'));
    });

    it('names deltas that lead back to themselves', async () => {
      const { findings } = await reportAfter(
        'REPLACE INTO delta(rid,srcid) SELECT srcid, rid FROM delta ORDER BY rid LIMIT 1',
      );
      const loop = findings.filter((finding) => finding.kind === 'delta-loop');
      assert.equal(loop.length, 2);
    });

    it('names a delta whose source is gone', async () => {
      const kinds = await kindsAfter('UPDATE delta SET srcid=999999 WHERE rid=(SELECT min(rid) FROM delta)');
      assert.ok(kinds.includes('delta-source-missing'));
    });

    it('names a delta whose source never came', async () => {
      const hash = await valueOf('uuid FROM blob WHERE rid=(SELECT min(rid) FROM delta)');
      const { findings } = await reportAfter(
        `INSERT INTO blob(rid,rcvid,size,uuid) VALUES(999999,0,-1,'${UNKNOWN}');
         INSERT INTO phantom VALUES(999999);
         UPDATE delta SET srcid=999999 WHERE rid=(SELECT min(rid) FROM delta)`,
      );
      assert.ok(findings.some(({ kind, artifact }) => kind === 'delta-unresolved' && artifact === hash));
    });

    it('names an artifact whose size is told wrongly', async () => {
      const { findings } = await reportAfter(`UPDATE blob SET size=size+1 WHERE rid=${LEAF_FULL_TEXT}`);
      assert.deepEqual(
        findings.map((finding) => finding.kind),
        ['size-wrong'],
      );
    });

    it('names what the phantom table says wrongly', async () => {
      assert.deepEqual(await kindsAfter(`INSERT INTO phantom VALUES(${LEAF_FULL_TEXT})`), ['phantom-wrong']);
      assert.deepEqual(await kindsAfter(`INSERT INTO blob(rcvid,size,uuid) VALUES(0,-1,'${UNKNOWN}')`), [
        'phantom-wrong',
      ]);
    });

    it('names a name that cannot be one', async () => {
      const kinds = await kindsAfter(`UPDATE blob SET uuid=upper(uuid) WHERE rid=${LEAF_FULL_TEXT}`);
      assert.ok(kinds.includes('name-malformed'));
    });

    for (const [table, columns] of Object.entries(ROW_TABLES)) {
      it(`names table ${table} when it speaks of artifacts that are not there`, async () => {
        const { findings } = await reportAfter(
          `INSERT INTO ${table}(${columns}) VALUES(999999${',7'.repeat(columns.split(',').length - 1)})`,
        );
        const dangling = findings.filter((finding) => finding.kind === 'dangling-rows');
        assert.deepEqual(
          dangling.map((finding) => finding.table),
          [table],
        );
        assert.match(dangling[0]?.advice ?? '', /trilobite rebuild/);
      });
    }

    for (const [tables, advice] of [
      [DERIVED_TABLES, 'Run "trilobite rebuild".'],
      [['unsent'], 'Run "trilobite rebuild", which makes it empty.'],
      [PERMANENT_TABLES, 'Restore a backup, or clone again from a server that has it.'],
    ] as const) {
      it(`names table ${tables.join(', ')} when it is gone`, async () => {
        for (const table of tables) {
          const { findings } = await reportAfter(`DROP TABLE ${table}`);
          assert.deepEqual(findings, [
            { kind: 'table-incomplete', table, problem: `Table ${table} is missing.`, advice },
          ]);
        }
      });
    }

    for (const [sql, table, problem] of [
      [
        'DELETE FROM event WHERE objid=(SELECT max(mid) FROM mlink)',
        'event',
        /^1 check-in is missing from the timeline/,
      ],
      [
        'DELETE FROM plink WHERE rowid=(SELECT max(rowid) FROM plink)',
        'plink',
        /^1 check-in is not linked to all parents/,
      ],
      ['DELETE FROM mlink', 'mlink', /^The history of files is missing/],
      [
        'DELETE FROM filename WHERE fnid=(SELECT max(fnid) FROM mlink)',
        'filename',
        /^Table filename lacks 1 name that table mlink/,
      ],
      [
        'DELETE FROM tagxref WHERE rowid=(SELECT min(rowid) FROM tagxref)',
        'tagxref',
        /^1 tag that check-ins set on themselves is missing/,
      ],
      [
        'DELETE FROM leaf WHERE rid=(SELECT min(rid) FROM leaf)',
        'leaf',
        /^1 check-in is wrongly listed, or not listed/,
      ],
      ['INSERT INTO leaf SELECT min(pid) FROM plink', 'leaf', /^1 check-in is wrongly listed, or not listed/],
    ] as const) {
      it(`names table ${table} after ${sql.split(' WHERE')[0]}`, async () => {
        const { findings } = await reportAfter(sql);
        const [finding] = findings.filter((each) => each.table === table);
        assert.match(finding?.problem ?? '', problem);
        assert.deepEqual([finding?.kind, finding?.advice], ['table-incomplete', 'Run "trilobite rebuild".']);
      });
    }

    it('does not call unknown what may have been shunned', async () => {
      const { findings } = await reportAfter(
        `UPDATE blob SET uuid='${UNKNOWN}' WHERE rid=${OLD_CHECKIN}; DROP TABLE shun`,
      );
      assert.ok(findings.every(({ kind }) => kind !== 'unknown-reference'));
    });

    it('names an artifact that is referred to and not listed as missing', async () => {
      const parent = await valueOf(`uuid FROM blob WHERE rid=${OLD_CHECKIN}`);
      const { findings } = await reportAfter(`UPDATE blob SET uuid='${UNKNOWN}' WHERE rid=${OLD_CHECKIN}`);
      assert.ok(findings.some(({ kind, artifact }) => kind === 'unknown-reference' && artifact === parent));
    });

    it('looks again for what was wrong while somebody wrote, and says that somebody did', async () => {
      const twin = await fixture.twin();
      try {
        damage(twin.repository, 'INSERT INTO leaf VALUES(999999)');
        let writes = 0;
        const whileReading = (sql: string): Promise<VerifyOutcome> =>
          verifyRepository(twin.environment, twin.repository, {
            questions: noQuestions,
            onProgress: () => {
              if (writes++ === 0) damage(twin.repository, sql);
            },
          });
        const { findings, isChanged } = await whileReading('DELETE FROM leaf WHERE rid=999999');
        assert.deepEqual([findings, isChanged], [[], false]);
        writes = 0;
        assert.equal((await whileReading('UPDATE config SET mtime=mtime+1')).isChanged, true);
      } finally {
        await twin.remove();
      }
    });

    it('tells phantoms by name, and does not call them wrong', async () => {
      const { findings, phantoms } = await reportAfter(
        `INSERT INTO blob(rid,rcvid,size,uuid) VALUES(999999,0,-1,'${UNKNOWN}'); INSERT INTO phantom VALUES(999999)`,
      );
      assert.deepEqual(findings, []);
      assert.deepEqual(phantoms, [UNKNOWN]);
    });

    it('names foreign bytes behind the end of the file', async () => {
      const twin = await fixture.twin();
      await fs.appendFile(twin.repository, Buffer.alloc(1000, 'x'));
      const { findings } = await report(twin.repository);
      assert.deepEqual(
        findings.map((finding) => finding.kind),
        ['file-damaged'],
      );
      assert.match(findings[0]?.problem ?? '', /1000 foreign bytes/);
      await twin.remove();
    });

    it('names a file with damaged pages, or refuses it, but never finds it whole', async () => {
      const pages = Math.floor((await fs.stat(fixture.repository)).size / 4096);
      for (let page = 2; page < pages; page += Math.max(1, Math.floor(pages / 8))) {
        const twin = await fixture.twin();
        const file = await fs.open(twin.repository, 'r+');
        await file.write(Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
        await file.close();
        const found = await report(twin.repository).then(
          (outcome) => outcome.findings.length,
          (error: unknown) => (error instanceof EngineError && error.code !== 'internal' ? 1 : 0),
        );
        assert.ok(found > 0, `page ${page} of ${pages}`);
        await twin.remove();
      }
    });

    it('is printed with what to do, as JSON on demand, and makes the command fail', async () => {
      const line = await CommandLine.create(driver);
      const file = line.path('damaged.fossil');
      await fs.copyFile(fixture.repository, file);
      assert.equal((await line.run(['verify', file])).exitCode, 0);
      damage(file, `INSERT INTO leaf VALUES(999999)`);
      const ending = await line.run(['verify', '-R', file]);
      assert.equal(ending.exitCode, 1);
      assert.match(ending.output, /^1 row of table leaf speaks of artifacts .* Run "trilobite rebuild"\.$/m);
      const json = await line.run(['verify', file, '--json']);
      assert.equal(json.exitCode, 1);
      const outcome = JSON.parse(json.output) as VerifyOutcome;
      assert.equal(outcome.findings[0]?.kind, 'dangling-rows');
      await line.remove();
    });
  });
}

const noQuestions = {
  credentials: () => Promise.resolve(undefined),
  userName: () => Promise.resolve(undefined),
  allowPortableWrites: () => Promise.resolve(false),
};

const allowingQuestions = { ...noQuestions, allowPortableWrites: () => Promise.resolve(true) };

async function makeProject(fixture: FossilFixture): Promise<void> {
  const root = await fixture.fossilOpen();
  const text = (from: number): string =>
    Array.from({ length: 60 + from }, (_, line) => `line ${from + line} of a file that is long enough\n`).join('');
  for (let version = 1; version <= 4; version++) {
    await fixture.fossilCommit(root, `version ${version}`, {
      'a.txt': text(version),
      'b.txt': 'version\n'.repeat(version),
    });
  }
  await fixture.fossil(root, 'tag', 'add', 'v1', 'trunk');
}

/** Lets `fossil sql` change a repository in ways that no command of Fossil would. */
function damage(repository: string, sql: string): void {
  const { stderr } = spawnSync('fossil', ['sql', '--no-repository', repository], {
    env: { PATH: process.env['PATH'], HOME: path.dirname(repository), USER: 'alice' },
    input: `${sql};\n`,
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
}
