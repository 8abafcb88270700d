import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import { handleXfer } from '../../../src/engine/xfer/server';
import { measuringTransactions } from '../../kill/measuring-environment';

const PLAIN = 'application/x-fossil-debug';

describe('A message of somebody who may push', () => {
  let directory: string;
  let repository: Repository;
  let known: Hash;
  let transactions = 0;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-reads-'));
    const made = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const environment = measuringTransactions(made, () => transactions++);
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
    repository.db.prepare("UPDATE user SET cap='giox' WHERE login='nobody'").run();
    known = repository.transaction(() => repository.blobs.put(utf8('known')).hash);
  });
  afterEach(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  const nameOf = (text: string): Hash => repository.environment.hash.hex('sha3-256', utf8(text)) as Hash;
  const begin = (): MessageWriter => {
    const code = repository.projectCode ?? '';
    return new MessageWriter().card('pull', 'x', code).card('push', 'x', code);
  };
  /** @returns the reply, and how many transactions the message took */
  function answer(message: MessageWriter): { text: string; taken: number } {
    transactions = 0;
    const { body } = handleXfer(repository, { contentType: PLAIN, body: message.bytes() });
    return { text: textOf(body), taken: transactions };
  }

  it('that brings nothing new begins no transaction, so it waits for nobody who writes', () => {
    const { text, taken } = answer(begin().card('igot', known));
    assert.equal(taken, 0);
    assert.match(text, /^igot /m);
    assert.doesNotMatch(text, new RegExp(known));
    assert.match(text, / errors 0\n$/);
  });

  it('that brings an artifact or the name of one takes one', () => {
    assert.equal(answer(begin().card('igot', known).file(nameOf('new'), utf8('new'))).taken, 1);
    assert.ok(repository.blobs.isReadable(repository.blobs.rid(nameOf('new')) ?? assert.fail()));
    const { text, taken } = answer(begin().card('igot', nameOf('newer')));
    assert.equal(taken, 1);
    assert.match(text, new RegExp(`^gimme ${nameOf('newer')}$`, 'm'));
  });

  it('that says of a private artifact that it is public takes one', () => {
    repository.transaction(() => repository.blobs.put(utf8('secret'), { isPrivate: true }));
    assert.equal(answer(begin().card('igot', nameOf('secret'))).taken, 1);
  });

  it('keeps nothing of it where the first of its artifacts is wrong', () => {
    const { text } = answer(begin().file(nameOf('other'), utf8('wrong')).file(nameOf('right'), utf8('right')));
    assert.match(text, /does not match its name/);
    assert.equal(repository.blobs.rid(nameOf('right')), undefined);
  });
});
