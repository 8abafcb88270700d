import assert from 'node:assert/strict';
import { join } from 'node:path';
import { unpackContainer } from '../../../src/engine/codec/container';
import { hasCode } from '../../../src/engine/errors';
import type { Hash } from '../../../src/engine/identifiers';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { memoryTransport } from '../../../src/engine/transport/memory';
import { CheckinLockClient } from '../../../src/engine/xfer/checkin-lock-client';
import { cloneInto, synchronize } from '../../../src/engine/xfer/client';
import { exchangeConfig } from '../../../src/engine/xfer/config-run';
import { LinksClient } from '../../../src/engine/xfer/links-client';
import { PeekRun } from '../../../src/engine/xfer/peek-run';
import { parseRemote } from '../../../src/engine/xfer/remote';
import type { Transport } from '../../../src/engine/xfer/transport';
import { UnversionedClient } from '../../../src/engine/xfer/unversioned-client';
import { CARDS, isFor, type ChapterCard } from '../../support/card-chapter';
import { CardProject, changesBetween, labelled, LEAF } from '../../support/card-project';
import { CLIENT_ROWS } from './client-rows/all';
import type { ClientRow } from './client-rows/row';

const REMOTE = parseRemote('http://example.org/');
const VERSION = 'pragma server-version 22100 20230226 192424\n';
/** More than any row takes; a client that goes on for ever shall not hang the test. */
const MOST_ROUNDS = 30;

/** Chapter 2 of fossil.md, card by card. */
describe('What a client does with each card', () => {
  let project: CardProject;
  before(async () => {
    project = await CardProject.create();
  });
  after(() => project.remove());

  async function start(row: ClientRow): Promise<Repository> {
    if (row.during !== 'clone') return project.open(await project.copy(row.before));
    const path = join(project.directory, 'clone.fossil');
    await project.environment.fs.remove(path);
    const clone = createRepository(project.environment, path, {
      ...{ adminUser: 'tester', withInitialCheckin: false, projectCode: null, isPrivate: true },
    });
    // What the state of a repository is told by is there from the beginning.
    clone.db.exec('CREATE TABLE unversioned(name TEXT UNIQUE, mtime DATETIME, hash TEXT)');
    return clone;
  }

  /** @returns what the caller hears, as JSON */
  async function run(row: ClientRow, repository: Repository, transport: Transport): Promise<string> {
    const { during, withPrivate = false } = row;
    const none = { pull: false, push: false };
    switch (during) {
      case 'clone':
        await cloneInto(repository, transport, REMOTE, { withPrivate });
        return JSON.stringify({ project: repository.projectCode });
      case 'configuration':
        return JSON.stringify(
          await exchangeConfig(repository, transport, REMOTE, { area: 'skin', pull: true, push: false }),
        );
      case 'unversioned': {
        const part = new UnversionedClient(repository);
        await synchronize(repository, transport, REMOTE, { ...none, parts: [part] });
        return JSON.stringify(part.outcome);
      }
      case 'peek': {
        const session = await transport.open(REMOTE);
        return JSON.stringify(await new PeekRun(repository, session, {}).run());
      }
      case 'lock': {
        const part = new CheckinLockClient('c'.repeat(40), LEAF as Hash);
        await synchronize(repository, transport, REMOTE, { ...none, pull: true, parts: [part] });
        return JSON.stringify({ holder: part.holder, avoidsDeltaManifests: part.avoidsDeltaManifests });
      }
      case 'links': {
        await synchronize(repository, transport, REMOTE, { ...none, pull: true, parts: [new LinksClient(repository)] });
        const { mtime } =
          repository.db
            .prepare("SELECT max(mtime) AS mtime FROM config WHERE name GLOB 'link:*'")
            .get<{ mtime: number | null }>() ?? {};
        const isNow = Math.abs((mtime ?? 0) - Date.now() / 1000) < 600;
        return JSON.stringify({ youngestLink: isNow ? 'now' : mtime });
      }
      default: {
        const [pull, push] = [during !== 'push', during !== 'pull'];
        return JSON.stringify(await synchronize(repository, transport, REMOTE, { pull, push, withPrivate }));
      }
    }
  }

  async function check(row: ClientRow, says: string): Promise<void> {
    const repository = await start(row);
    try {
      const messages: string[] = [];
      const transport = memoryTransport({
        xfer: ({ body }) => {
          messages.push(Buffer.from(unpackContainer(project.environment.zlib, body)).toString('latin1'));
          if (messages.length > MOST_ROUNDS) throw new Error('goes on for ever');
          const trailer = `# timestamp ${new Date().toISOString().slice(0, 19)} errors 0\n`;
          const reply = (says.startsWith('<') ? '' : VERSION) + says;
          const text = [reply, row.then][messages.length - 1] ?? VERSION;
          return {
            status: 200,
            contentType: 'application/x-fossil-debug',
            body: Buffer.from(text + trailer, 'latin1'),
          };
        },
      });
      const before = project.state(repository);
      let heard: string;
      let code: string | undefined;
      try {
        heard = await run(row, repository, transport);
      } catch (error) {
        assert.ok(
          error instanceof Error && 'code' in error && hasCode(error, ...(row.ends === undefined ? [] : [row.ends])),
          String(error),
        );
        heard = error.message;
        code = row.ends;
        assert.match(heard, /^\P{Cc}{10,600}$/u);
      }
      assert.equal(code, row.ends, heard);
      if (row.tells !== undefined) assert.match(labelled(heard), row.tells);
      assert.deepEqual(changesBetween(before, project.state(repository)), row.changes ?? []);
      if (row.goesOn !== undefined) assert.match(labelled(messages[1] ?? ''), row.goesOn);
      if (row.isOver === true) assert.equal(messages.length, 1, messages[1]);
    } finally {
      repository.close();
    }
  }

  for (const row of CLIENT_ROWS) {
    it(`in a ${row.during}, ${row.card} ${row.rule}`, async () => {
      for (const says of row.says) await check(row, says);
    });
  }

  it('is told of every card of the chapter: as it should be, as it should not, and what is for servers', () => {
    const told = (card: ChapterCard, ...kinds: ClientRow['is'][]): boolean =>
      CLIENT_ROWS.some((row) => row.card === card && kinds.includes(row.is));
    for (const card of Object.keys(CARDS) as ChapterCard[]) {
      if (card === 'an unknown card') assert.ok(told(card, 'malformed') && told(card, 'oversized'), card);
      else if (!isFor(card, 'client')) assert.ok(told(card, 'misplaced'), card);
      else {
        assert.ok(told(card, 'fine'), card);
        const isFree = card === '#' || card === 'a blank line';
        assert.ok(isFree || told(card, 'malformed', 'misplaced', 'forbidden'), `${card}, malformed`);
      }
    }
    for (const card of ['file', 'cfile', 'file of a delta', 'uvfile', 'config'] as const)
      assert.ok(told(card, 'oversized'), `${card}, oversized`);
  });
});
