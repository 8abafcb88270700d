import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { memoryTransport } from '../../../src/engine/transport/memory';
import { cloneInto, synchronize } from '../../../src/engine/xfer/client';
import type { CardCounts } from '../../../src/engine/xfer/card-tally';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import type { RequestCompleted, XferEvent } from '../../../src/engine/xfer/observer';
import { parseRemote } from '../../../src/engine/xfer/remote';
import { handleXfer, streamXfer } from '../../../src/engine/xfer/server';
import { messageInMemory } from '../../../src/engine/xfer/message-source';

const DEBUG = 'application/x-fossil-debug';
const remote = parseRemote('http://example.org/');

describe('Whoever listens to a server', () => {
  let directory: string;
  let server: Repository;
  let events: XferEvent[];
  const onEvent = (event: XferEvent): void => void events.push(event);

  beforeEach(async () => {
    events = [];
    directory = await mkdtemp(join(tmpdir(), 'trilobite-observer-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    server = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
    server.db.prepare("UPDATE user SET cap='gio' WHERE login='nobody'").run();
  });
  afterEach(async () => {
    server.close();
    await rm(directory, { recursive: true });
  });

  const nameOf = (text: string): Hash => server.environment.hash.hex('sha3-256', utf8(text)) as Hash;
  const ask = (message: MessageWriter): RequestCompleted => {
    const options = { onEvent, clientAddress: '192.0.2.1' };
    handleXfer(server, { contentType: DEBUG, body: message.bytes() }, options);
    const last = events.at(-1);
    assert.ok(last?.type === 'request-completed');
    return last;
  };

  it('hears of each message and its answer, with the cards of both', () => {
    const message = new MessageWriter()
      .card('pull', 'x', server.projectCode ?? '')
      .card('push', 'x', server.projectCode ?? '')
      .file(nameOf('a'), utf8('a'))
      .file(nameOf('b'), utf8('b'))
      .card('gimme', nameOf('c'));
    const { operation, status, received, sent, errors, request } = ask(message);
    assert.deepEqual([operation, status, errors], ['sync', 200, []]);
    assert.deepEqual(received.cards, {
      byKeyword: { pull: 1, push: 1, file: 2, gimme: 1 },
      files: 2,
      deltas: 0,
      igots: 0,
      gimmes: 1,
    });
    assert.equal(received.bytes, message.bytes().length);
    assert.deepEqual(sent.cards.byKeyword, { igot: 1, '#': 1 });
    assert.equal(request.clientAddress, '192.0.2.1');
    assert.equal(request.projectCode, server.projectCode);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['request-started', 'request-completed'],
    );
  });

  it('hears what was refused, and that a page replaces the reply', () => {
    server.db.prepare("UPDATE user SET cap='o' WHERE login='nobody'").run();
    const refused = ask(new MessageWriter().card('push', 'x', server.projectCode ?? ''));
    assert.deepEqual([refused.operation, refused.errors], ['push', ['not authorized to write']]);
    server.db.prepare("UPDATE user SET cap='oi' WHERE login='nobody'").run();
    const forged = ask(new MessageWriter().card('push', 'x', server.projectCode ?? '').file(nameOf('a'), utf8('b')));
    assert.deepEqual([forged.status, forged.sent.cards.byKeyword], [400, {}]);
  });

  it('hears what is asked for besides artifacts', () => {
    const operation = (message: MessageWriter): string => ask(message).operation;
    assert.equal(operation(new MessageWriter().pragma('uv-hash', '0'.repeat(40))), 'unversioned');
    assert.equal(operation(new MessageWriter().card('uvgimme', 'a.txt')), 'unversioned');
    assert.equal(operation(new MessageWriter().card('reqconfig', '/project')), 'configuration');
    assert.equal(operation(new MessageWriter().card('login', 'eve', '0'.repeat(40), '0'.repeat(40))), 'login');
    assert.equal(operation(new MessageWriter().pragma('client-version', 22100, 20230226, 192424)), 'other');
  });

  it('hears the end of a clone when its reply has been sent, with every artifact counted', () => {
    const message = new MessageWriter()
      .card('pragma', 'client-version', 22100, 20230226, 192424)
      .card('clone', 3, 1)
      .bytes();
    const response = streamXfer(server, { contentType: DEBUG, message: messageInMemory(message) }, { onEvent });
    assert.deepEqual(
      events.map(({ type }) => type),
      ['request-started'],
    );
    const bytes = [...response.pieces()].reduce((sum, piece) => sum + piece.length, 0);
    response.close();
    response.close();
    const [, completed, ...more] = events;
    assert.ok(completed?.type === 'request-completed' && more.length === 0);
    assert.deepEqual([completed.operation, completed.sent.bytes], ['clone', bytes]);
    assert.equal(completed.sent.cards.files, 1);
  });

  it('hears of a client in the same process what the client itself tells', async () => {
    const { environment } = server;
    const client = createRepository(environment, join(directory, 'b.fossil'), {
      adminUser: 'tester',
      withInitialCheckin: false,
      projectCode: null,
      isPrivate: true,
    });
    try {
      const transport = memoryTransport({ xfer: (request) => handleXfer(server, request, { onEvent }) });
      await cloneInto(client, transport, remote, { onEvent });
      client.transaction(() => client.blobs.put(utf8('mine')));
      const push = { pull: true, push: true, onEvent };
      await synchronize(client, transport, remote, push);
      const sent = events.filter((event) => event.type === 'round-completed').map((event) => event.sent.cards);
      const received = events
        .filter((event) => event.type === 'request-completed')
        .map((event) => event.received.cards);
      assert.ok(sent.length >= 3);
      assert.deepEqual(sent, received);
      const back = events.filter((event) => event.type === 'round-completed').map((event) => event.received.cards);
      const answered = events.filter((event) => event.type === 'request-completed').map((event) => event.sent.cards);
      // The line feed behind a container is no card that a server writes.
      assert.deepEqual(
        back.map(({ files, deltas, igots, gimmes }) => ({ files, deltas, igots, gimmes })),
        answered.map(({ files, deltas, igots, gimmes }) => ({ files, deltas, igots, gimmes })),
      );
      const ends = events.filter((event) => event.type === 'session-completed');
      const sum = (counts: readonly CardCounts[], keyword: string): number =>
        counts.reduce((total, { byKeyword }) => total + (byKeyword[keyword] ?? 0), 0);
      for (const keyword of ['file', 'cfile', 'igot', 'gimme', 'pull', 'clone', '#']) {
        assert.equal(
          sum(
            ends.map(({ sent: cards }) => cards),
            keyword,
          ),
          sum(sent, keyword),
          keyword,
        );
        assert.equal(
          sum(
            ends.map(({ received: cards }) => cards),
            keyword,
          ),
          sum(back, keyword),
          keyword,
        );
      }
      // A clone learns on its way of which project it is.
      assert.deepEqual([ends[0]?.session.projectCode, ends[0]?.projectCode], [undefined, server.projectCode]);
      assert.deepEqual(
        ends.map(({ errors }) => errors),
        [[], []],
      );
      server.db.prepare("UPDATE user SET cap='o' WHERE login='nobody'").run();
      await assert.rejects(synchronize(client, transport, remote, { pull: false, push: true, onEvent }));
      const refused = events.at(-1);
      assert.ok(refused?.type === 'session-completed');
      assert.deepEqual(refused.errors, ['not authorized to write']);
      const operations = events.filter((event) => event.type === 'session-started');
      assert.deepEqual(
        operations.map(({ session }) => session.operation),
        ['clone', 'sync', 'push'],
      );
    } finally {
      client.close();
    }
  });
});
