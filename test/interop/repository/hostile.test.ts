import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { formatArtifact } from '../../../src/engine/artifact/format';
import type { FileCard } from '../../../src/engine/artifact/types';
import { openCheckout } from '../../../src/engine/checkout/open-checkout';
import { updateCheckout } from '../../../src/engine/checkout/update';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { packContainer } from '../../../src/engine/codec/container';
import { hasCode } from '../../../src/engine/errors';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { verifyRepository } from '../../../src/engine/operations/verify';
import { CrosslinkSession } from '../../../src/engine/repository/crosslink-session';
import { receiveArtifact } from '../../../src/engine/repository/receive';
import type { Repository } from '../../../src/engine/repository/repository';
import { handleXfer } from '../../../src/engine/xfer/server';
import { treeOf } from '../checkout/fossil-fixture';
import { drivers } from '../checkout/fossil-fixture';
import { XferFixture } from '../xfer/xfer-fixture';
import { HOSTILE_REPOSITORIES } from './hostile-repositories';

/** Later than the first check-in of a new repository, so that opening takes what is received here. */
const DATE = Date.UTC(2100, 0, 1);
const NONE = {
  questions: {
    credentials: () => Promise.resolve(undefined),
    userName: () => Promise.resolve(undefined),
    allowPortableWrites: () => Promise.resolve(true),
  },
};

for (const driver of drivers) {
  describe(`Odd and hostile input with the ${driver} driver`, function () {
    this.timeout(120_000);
    let fixture: XferFixture;
    beforeEach(async () => (fixture = await XferFixture.create(driver)));
    afterEach(() => fixture.remove());

    for (const { name, sql, code, sentence } of HOSTILE_REPOSITORIES) {
      it(`a clone refuses ${name}; verifying such a repository tells of it`, async () => {
        await fixture.newRepository('server.fossil');
        await fixture.sandbox.sql(fixture.path('server.fossil'), sql);
        const clone = fixture.clone(await fixture.serve('server.fossil'), 'clone.fossil');
        await assert.rejects(clone, (error: unknown) => {
          assert.ok(hasCode(error, code), String(error));
          assert.match(error.message, sentence);
          return true;
        });
        const { findings } = await verifyRepository(fixture.environment, fixture.path('server.fossil'), NONE);
        assert.ok(findings.length > 0);
      });
    }

    it('takes a wrong announced size for what it is: the content decides', async () => {
      await fixture.newRepository('server.fossil');
      const [name] = await fixture.artifacts('server.fossil');
      await fixture.sandbox.sql(fixture.path('server.fossil'), 'UPDATE blob SET size=7;');
      const url = await fixture.serve('server.fossil');
      await fixture.clone(url, 'clone.fossil');
      const sizes = await fixture.sandbox.sql(
        fixture.path('clone.fossil'),
        'SELECT size=length(content(uuid)) FROM blob;',
      );
      assert.deepEqual(sizes, ['1']);
      assert.deepEqual(await fixture.artifacts('clone.fossil'), [name]);
    });

    it('tells of content in a row that says it has none', async () => {
      await fixture.newRepository('repository.fossil');
      await fixture.sandbox.sql(fixture.path('repository.fossil'), 'UPDATE blob SET size=-1;');
      const { findings } = await verifyRepository(fixture.environment, fixture.path('repository.fossil'), NONE);
      assert.ok(findings.length > 0);
      assert.deepEqual(
        await fixture.sandbox.sql(fixture.path('repository.fossil'), 'SELECT content IS NULL FROM blob;'),
        ['0'],
      );
    });

    it('reads a chain of 10,000 deltas, clones it and verifies it', async () => {
      const length = 10_000;
      await fixture.newRepository('server.fossil');
      const server = fixture.open('server.fossil');
      const last = addChain(server, length);
      const content = Buffer.from(server.blobs.content(last)).toString();
      assert.ok(content.endsWith(`line ${length - 1}\n`), content.slice(-40));
      server.close();
      await fixture.clone(await fixture.serve('server.fossil'), 'clone.fossil');
      const { artifacts, findings } = await verifyRepository(fixture.environment, fixture.path('clone.fossil'), NONE);
      assert.deepEqual([artifacts, findings], [length + 1, []]);
    });

    it('takes a check-in of 100,000 files, with the rows that fossil rebuild makes', async () => {
      await fixture.newRepository('large.fossil');
      const repository = fixture.open('large.fossil');
      receiveCheckin(repository, {
        files: Array.from({ length: 100_000 }, (_, number) => ({
          name: `dir${String(number % 100).padStart(2, '0')}/file${String(number).padStart(6, '0')}`,
          content: `content ${number % 50}\n`,
        })),
      });
      repository.close();
      const tables =
        'SELECT count(*), count(DISTINCT fid), count(DISTINCT fnid) FROM mlink; SELECT count(*) FROM filename; SELECT count(*) FROM event;';
      const ours = await fixture.sandbox.sql(fixture.path('large.fossil'), tables);
      await fixture.fossil('rebuild', fixture.path('large.fossil'));
      assert.deepEqual(ours, await fixture.sandbox.sql(fixture.path('large.fossil'), tables));
      assert.equal(ours[0], '100000|50|100000');
    });

    it('receives nothing that is not what its name says, and a server says so', async () => {
      await fixture.newRepository('server.fossil');
      await fixture.fossil('user', 'capabilities', 'nobody', 'giox', '-R', fixture.path('server.fossil'));
      const server = fixture.open('server.fossil');
      const before = server.blobs.count();
      const header = `pragma client-version 22100 20230226 192424\npush 0 ${server.projectCode ?? ''}\n`;
      const payloads = [
        `file ${'a'.repeat(40)} 5\nwrong`,
        `file ${'a'.repeat(40)} ${'b'.repeat(39)} 5\nwrong`,
        `cfile ${'a'.repeat(40)} 5 9\n\0\0\0\x05wrong`,
        `cfile ${'a'.repeat(40)} 4294967295 5\nwrong`,
        `file ${'a'.repeat(40)} 99999\nshort`,
        `file ${'a'.repeat(40)} -5\nshort`,
      ];
      for (const payload of payloads) {
        const body = Buffer.from(header + payload, 'latin1');
        const reply = handleXfer(server, { contentType: 'application/x-fossil-uncompressed', body });
        const text = Buffer.from(reply.body).toString();
        assert.ok(reply.status === 400 || /^error /m.test(text), `${payload}: ${reply.status} ${text}`);
      }
      assert.equal(server.blobs.count(), before);
      server.close();
      await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path('server.fossil'));
    });

    it('opens file names as fossil does, however odd, and nothing outside of the checkout', async () => {
      const names = [
        ...[
          'A.txt',
          'a.txt',
          'back\\slash',
          '..\\..\\out',
          'C:\\x',
          'con',
          'nul.txt',
          '-rf',
          '~',
          '$HOME',
          'dot./x',
          'tab\there',
        ],
        ...[
          'new\nline',
          '\u202egnp.exe',
          '😀',
          '.fslckout',
          'sub/_FOSSIL_',
          'sub/.fslckout-wal',
          '....',
          '...',
          'a/.../b',
        ],
      ];
      await fixture.newRepository('odd.fossil');
      const repository = fixture.open('odd.fossil');
      receiveCheckin(repository, { files: names.map((name) => ({ name, content: `${name}\n` })) });
      repository.close();
      const theirs = fixture.path('theirs');
      await fs.mkdir(theirs);
      await fixture.sandbox.fossil(['open', fixture.path('odd.fossil')], { cwd: theirs });
      const around = (await fs.readdir(fixture.sandbox.directory)).sort();
      const ours = fixture.path('ours');
      (
        await openCheckout(fixture.environment, fixture.path('odd.fossil'), ours, { allowPortableWrites: true })
      ).close();
      assert.deepEqual(await treeOf(ours), await treeOf(theirs));
      assert.ok(existsSync(path.join(ours, '..\\..\\out')));
      assert.deepEqual((await fs.readdir(fixture.sandbox.directory)).sort(), [...around, 'ours'].sort());
      assert.equal(await fixture.sandbox.fossil(['changes'], { cwd: ours }), '');
    });

    it('refuses to open a name that is no UTF-8, and leaves nothing', async () => {
      await fixture.newRepository('latin.fossil');
      const repository = fixture.open('latin.fossil');
      receiveCheckin(repository, { files: [{ name: 'gr\udcfc\udcdfe.txt', content: 'x\n' }] });
      repository.close();
      const open = openCheckout(fixture.environment, fixture.path('latin.fossil'), fixture.path('ours'), {
        allowPortableWrites: true,
      });
      await assert.rejects(open, (error: unknown) => hasCode(error, 'file-name-refused'));
      assert.deepEqual(await fs.readdir(fixture.path('ours')), []);
    });

    for (const steps of ['one check-in', 'two check-ins'] as const) {
      it(`does not write through a link that leads outside, which comes with ${steps}`, async () => {
        await fs.mkdir(fixture.path('outside'));
        await fixture.newRepository('links.fossil');
        const repository = fixture.open('links.fossil');
        repository.transaction(() => repository.config.set('allow-symlinks', '1'));
        const link = { name: 'link', content: '../outside', permission: 'symlink' } as const;
        const below = { name: 'link/file', content: 'written outside\n' };
        const first = receiveCheckin(repository, { files: steps === 'one check-in' ? [link, below] : [link] });
        if (steps === 'two check-ins') receiveCheckin(repository, { files: [link, below], parent: first });
        const tip = repository.blobs.rid(repository.blobs.hash(newestCheckin(repository)));
        repository.close();
        const options = { allowPortableWrites: true, version: first };
        const opening = openCheckout(fixture.environment, fixture.path('links.fossil'), fixture.path('ours'), options);
        if (steps === 'one check-in') {
          await assert.rejects(opening, (error: unknown) => hasCode(error, 'file-access', 'would-merge'));
        } else {
          const checkout = await opening;
          assert.equal(await fs.readlink(fixture.path('ours/link')), '../outside');
          await assert.rejects(updateCheckout(checkout, tip ?? (0 as Rid)), (error: unknown) =>
            hasCode(error, 'file-access', 'would-merge'),
          );
          checkout.close();
        }
        assert.deepEqual(await fs.readdir(fixture.path('outside')), []);
      });
    }
  });
}

/** Stores texts, each a delta of the one before it: the reverse of what Fossil does, and as long as nobody stops it. @returns the last */
function addChain(repository: Repository, length: number): Rid {
  const { db, blobs, environment } = repository;
  return repository.transaction(() => {
    let text = Buffer.from('begin\n'.repeat(20));
    let source: Rid | undefined;
    for (let number = 0; number < length; number++) {
      const next = Buffer.from(`${'begin\n'.repeat(20)}line ${number}\n`);
      if (source === undefined) {
        source = blobs.put(next).rid;
      } else {
        const hash = environment.hash.hex('sha3-256', next);
        const container = packContainer(environment.zlib, createDelta(text, next));
        const { lastInsertRowid } = db
          .prepare('INSERT INTO blob(rcvid,size,uuid,content) VALUES(1,?,?,?)')
          .run(next.length, hash, container);
        db.prepare('INSERT INTO delta VALUES(?,?)').run(lastInsertRowid, source);
        db.prepare('INSERT INTO unclustered VALUES(?)').run(lastInsertRowid);
        source = lastInsertRowid as Rid;
      }
      text = next;
    }
    return source ?? (0 as Rid);
  });
}

/** Receives files and a check-in of them, as from a stranger. @returns the check-in's name */
function receiveCheckin(
  repository: Repository,
  checkin: { files: { name: string; content: string; permission?: FileCard['permission'] }[]; parent?: string },
): Hash {
  const { hash } = repository.environment;
  return repository.transaction(() => {
    const session = new CrosslinkSession(repository, { isBulk: true });
    const receive = (payload: Uint8Array): Hash => {
      const name = hash.hex('sha3-256', payload) as Hash;
      receiveArtifact(repository, session, { hash: name, payload, isPrivate: false });
      return name;
    };
    const names = new Map<string, Hash>();
    const files = checkin.files.map(({ name, content, permission }): FileCard => {
      const known = names.get(content) ?? receive(Buffer.from(content));
      names.set(content, known);
      return { name, hash: known, permission: permission ?? 'regular' };
    });
    const manifest = formatArtifact(
      {
        type: 'checkin',
        comment: 'a check-in',
        date: DATE + (checkin.parent === undefined ? 0 : 60_000),
        files,
        parents: checkin.parent === undefined ? [] : [checkin.parent as Hash],
        cherrypicks: [],
        tags: [
          { sign: '*', name: 'branch', target: '*', value: 'trunk' },
          { sign: '*', name: 'sym-trunk', target: '*' },
        ],
        user: 'mallory',
      },
      hash,
    );
    const name = receive(manifest);
    session.end();
    return name;
  });
}

function newestCheckin({ db }: Repository): Rid {
  const row = db
    .prepare("SELECT objid FROM event WHERE user='mallory' ORDER BY mtime DESC LIMIT 1")
    .get<{ objid: Rid }>();
  return row?.objid ?? (0 as Rid);
}
