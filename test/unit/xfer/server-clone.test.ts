import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import type { Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { messageInMemory } from '../../../src/engine/xfer/message-source';
import { streamXfer, type StreamedResponse } from '../../../src/engine/xfer/server';

/** Who tells none, or an old one, gets no SHA3 names. */
const VERSION = 'pragma client-version 22100 20230226 192424\n';

describe('The reply to a clone', () => {
  let directory: string;
  let repository: Repository;
  let rids: Rid[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-clone-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
    // Two versions of something long, so that the older can become a delta; and enough that it is read in several pieces.
    const noise = (): string => Buffer.from(environment.random.bytes(60_000)).toString('latin1');
    const versions = Array.from({ length: 20 }, () => noise()).flatMap((text) => [text, `${text} and more`]);
    rids = repository.transaction(() => versions.map((text) => repository.blobs.put(utf8(text)).rid));
  });
  afterEach(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  const ask = (cards: string): StreamedResponse =>
    streamXfer(repository, {
      contentType: 'application/x-fossil-debug',
      message: messageInMemory(utf8(VERSION + cards)),
    });
  /** All bytes, the time of day taken out. */
  function read(response: StreamedResponse, between: () => void = () => undefined): string {
    const pieces: Uint8Array[] = [];
    for (const piece of response.pieces()) {
      if (pieces.length === 1) between();
      pieces.push(piece);
    }
    response.close();
    const bytes = Buffer.concat(pieces);
    assert.equal(bytes.length, response.length);
    return bytes
      .toString('latin1')
      .replace(/^pragma server-version .*\n/, '')
      .replace(/timestamp \S+/, 'timestamp');
  }

  it('is as long as it says, and comes in pieces', () => {
    const response = ask('clone 3 1\n');
    const pieces = [...response.pieces()];
    assert.ok(pieces.length > 3, `${pieces.length} pieces`);
    assert.match(read(response), /^cfile [^]*\nclone_seqno 0\npush [0-9a-f]{40} [0-9a-f]{40}\n# timestamp errors 0\n$/);
  });

  it('is the same for whoever asks next, and another one once something is stored otherwise', () => {
    const first = read(ask('clone 3 1\n'));
    assert.equal(read(ask('clone 3 1\n')), first);
    const [older, newer] = rids;
    assert.ok(older !== undefined && newer !== undefined);
    repository.transaction(() => assert.ok(repository.blobs.deltify(older, [newer]) > 0));
    const second = read(ask('clone 3 1\n'));
    assert.ok(second.length < first.length - 50_000, `${second.length} of ${first.length}`);
    repository.transaction(() => repository.blobs.expand(older));
    assert.equal(read(ask('clone 3 1\n')).length, first.length);
  });

  it('holds what was there when it was asked for, whatever is stored while it is sent', () => {
    const before = read(ask('clone 3 1\n'));
    const during = read(ask('clone 3 1\n'), () =>
      repository.transaction(() => {
        for (let index = 0; index < rids.length; index += 2) {
          const [older, newer] = [rids[index], rids[index + 1]];
          if (older !== undefined && newer !== undefined) assert.ok(repository.blobs.deltify(older, [newer]) > 0);
        }
        repository.blobs.put(utf8('something new'));
      }),
    );
    assert.equal(during, before);
    const after = read(ask('clone 3 1\n'));
    assert.notEqual(after, before);
    assert.match(after, /\ncfile [0-9a-f]{64} [0-9a-f]{64} \d+ \d+\n/);
    // Nothing is kept once nobody needs it.
    assert.equal(repository.db.prepare('SELECT count(*) AS n FROM temp.replaced_content').get<{ n: number }>()?.n, 0);
  });

  it('is whole although the disk is full when what was kept for it is let go of, which the next reply makes good', () => {
    const before = read(ask('clone 3 1\n'));
    const response = ask('clone 3 1\n');
    repository.db.exec(
      `CREATE TEMP TRIGGER full BEFORE UPDATE ON temp.open_replies
         BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END`,
    );
    assert.equal(read(response), before);
    repository.db.exec('DROP TRIGGER temp.full');
    assert.equal(read(ask('clone 3 1\n')), before);
    assert.equal(repository.db.prepare('SELECT count FROM temp.open_replies').get<{ count: number }>()?.count, 0);
  });

  it('breaks off rather than send another length than it has promised', () => {
    const response = ask('clone 3 1\n');
    // Another program is not heard by this connection's trigger.
    repository.db.exec('DROP TRIGGER temp.content_replaced');
    assert.throws(
      () =>
        read(response, () =>
          repository.db.exec('UPDATE blob SET content=zeroblob(100) WHERE rid=(SELECT max(rid) FROM blob)'),
        ),
      /Another program has rewritten/,
    );
    response.close();
  });

  it('stops at its soft size, not one artifact later, and goes on there', () => {
    repository.config.set('max-download', '300000');
    const all: string[] = [];
    let rounds = 0;
    for (let next = '1'; next !== '0'; rounds++) {
      const text = read(ask(`clone 3 ${next}\n`));
      assert.ok(text.length < 300_000 + 70_000 * 2, `${text.length}`);
      assert.ok(rounds < 20, 'goes on for ever');
      all.push(...[...text.matchAll(/(?:^|\n)cfile ([0-9a-f]{64}) /g)].map(([, hash]) => hash ?? ''));
      next = /\nclone_seqno (\d+)\n/.exec(text)?.[1] ?? '';
    }
    assert.ok(rounds > 5);
    const stored = repository.db.prepare('SELECT uuid FROM blob ORDER BY rid').all<{ uuid: string }>();
    assert.deepEqual(
      all,
      stored.map(({ uuid }) => uuid),
    );
  });

  it('hides what is private or shunned, and what is stored as a delta of that travels whole', () => {
    const [older, newer] = rids;
    assert.ok(older !== undefined && newer !== undefined);
    const [hash, hidden] = [repository.blobs.hash(older), repository.blobs.hash(newer)];
    repository.transaction(() => assert.ok(repository.blobs.deltify(older, [newer]) > 0));
    for (const [hide, show] of [
      [`INSERT INTO private VALUES(${newer})`, 'DELETE FROM private'],
      [`INSERT INTO shun(uuid) VALUES('${hidden}')`, 'DELETE FROM shun'],
    ] as const) {
      repository.db.exec(hide);
      for (const version of [2, 3]) {
        const text = read(ask(`clone ${version} 1\n`));
        assert.ok(!text.includes(hidden));
        assert.match(text, new RegExp(`${version === 3 ? 'cfile' : 'file'} ${hash} \\d+`));
      }
      repository.db.exec(show);
    }
    assert.match(textOf(utf8(read(ask('clone 3 1\n')))), new RegExp(`cfile ${hash} ${hidden} `));
  });
});
