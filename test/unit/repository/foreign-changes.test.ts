import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createNativeDriver } from '../../../src/engine/platform/sqlite-native';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Repository } from '../../../src/engine/repository/repository';
import { acceptShunned, removeShunned, shun } from '../../../src/engine/repository/shun';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import { CLIENT_VERSION } from '../../../src/engine/xfer/protocol-version';
import { handleXfer } from '../../../src/engine/xfer/server';

const drivers = createNativeDriver() === undefined ? (['portable'] as const) : (['portable', 'native'] as const);

describe('A repository that somebody else writes into', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-foreign-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('has another version each time, and is not read from memory, also where the driver reads the file anew', async () => {
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const file = join(directory, 'a.fossil');
    createRepository(environment, file, { adminUser: 'tester', isPrivate: true }).close();
    const reader = Repository.open(environment, file, { mode: 'read' });
    const writer = Repository.open(environment, file, { allowPortableWrites: true });
    try {
      const versions = new Set([reader.version]);
      let former: { rid: number; text: string } | undefined;
      for (const text of ['one', 'two', 'three']) {
        const { rid, hash } = writer.transaction(() => writer.blobs.put(utf8(text)));
        versions.add(reader.version);
        assert.deepEqual(
          reader.snapshot(() => reader.blobs.content(rid)),
          utf8(text),
        );
        if (former !== undefined) assert.equal(rid, former.rid, 'the row is used again');
        former = { rid, text };
        writer.transaction(() => {
          shun(writer, [hash]);
          removeShunned(writer);
          acceptShunned(writer, [hash]);
        });
      }
      assert.equal(versions.size, 4);
    } finally {
      writer.close();
      reader.close();
    }
  });

  for (const driver of drivers) {
    it(`is answered from as it is now, message by message, with the ${driver} driver`, async () => {
      const environment = await createNodeEnvironment({ driver, homeDirectory: directory, variables: {} });
      const file = join(directory, 'a.fossil');
      createRepository(environment, file, { adminUser: 'tester' }).close();
      const server = Repository.open(environment, file, { mode: 'read' });
      const writer = Repository.open(environment, file, { allowPortableWrites: true });
      const pulled = (...names: Hash[]): string => {
        const message = new MessageWriter().pragma('client-version', ...CLIENT_VERSION);
        message.card('pull', 'x', server.projectCode ?? '');
        for (const name of names) message.card('gimme', name);
        const { body } = handleXfer(server, { contentType: 'application/x-fossil-debug', body: message.bytes() });
        return textOf(body);
      };
      try {
        writer.transaction(() => {
          writer.db.exec("UPDATE user SET cap='go' WHERE login='nobody'");
        });
        const secret = writer.transaction(() => writer.blobs.put(utf8('a secret')));
        const before = pulled(secret.hash);
        assert.match(before, /\na secret/);
        writer.transaction(() => {
          shun(writer, [secret.hash]);
          removeShunned(writer);
          acceptShunned(writer, [secret.hash]);
        });
        const other = writer.transaction(() => writer.blobs.put(utf8('no secret at all')));
        assert.equal(other.rid, secret.rid, 'the row is used again');
        const after = pulled(secret.hash, other.hash);
        assert.doesNotMatch(after, /a secret/);
        assert.match(after, new RegExp(`file ${other.hash} 16\nno secret at all`));
        assert.doesNotMatch(after, new RegExp(`(file|igot) ${secret.hash}`));
      } finally {
        writer.close();
        server.close();
      }
    });
  }
});
