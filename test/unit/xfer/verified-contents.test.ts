import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { DeltaWriter } from '../../../src/engine/codec/delta-writer';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import type { FileCard } from '../../../src/engine/xfer/card';
import type { ReadableCards } from '../../../src/engine/xfer/request-reader';
import { atOnce } from '../../../src/engine/xfer/turns';
import { VerifiedContents } from '../../../src/engine/xfer/verified-contents';

const MEGABYTE = 1024 * 1024;

describe('What a message brings, verified before it is stored', () => {
  let directory: string;
  let repository: Repository;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-verified-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
  });
  afterEach(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  const nameOf = (content: Uint8Array): Hash => repository.environment.hash.hex('sha3-256', content) as Hash;
  const content = (word: string, bytes = 1000): Uint8Array => Buffer.alloc(bytes, word);
  const whole = (payload: Uint8Array): FileCard => ({ kind: 'file', hash: nameOf(payload), payload });
  const delta = (source: Uint8Array, target: Uint8Array): FileCard => ({
    kind: 'file',
    hash: nameOf(target),
    deltaSource: nameOf(source),
    payload: createDelta(source, target),
  });
  /** A delta by which some more bytes follow. */
  function longer(source: Uint8Array): FileCard {
    const target = Buffer.concat([source, first]);
    const writer = new DeltaWriter(target);
    writer.copy(0, source.length);
    writer.insert(source.length, first.length);
    return { kind: 'file', hash: nameOf(target), deltaSource: nameOf(source), payload: writer.finish() };
  }
  function* read(cards: readonly FileCard[]): ReadableCards {
    for (const card of cards) yield { card, end: 0 };
    return undefined;
  }
  /** @returns whether each is held; undefined where the message is not to be taken apart */
  function held(cards: readonly FileCard[]): boolean[] | undefined {
    const verified = atOnce(VerifiedContents.of(repository, read(cards), { isOther: () => false }));
    const areHeld = verified && cards.map(({ hash }) => verified.take(hash) !== undefined);
    verified?.forget();
    return areHeld;
  }
  const [first, second, third] = ['first', 'second', 'third'].map((word) => content(word)) as [Buffer, Buffer, Buffer];

  it('is found in whatever order deltas and their sources stand', () => {
    assert.deepEqual(held([delta(second, third), delta(first, second), whole(first)]), [true, true, true]);
    assert.deepEqual(held([whole(first), delta(first, second), delta(second, third)]), [true, true, true]);
  });

  it('leaves out what waits for something that is not there, and what builds on that', () => {
    assert.deepEqual(held([delta(second, third), whole(content('other')), delta(first, second)]), [false, true, false]);
  });

  it('is none where anything is wrong, or goes round in a circle', () => {
    assert.equal(held([whole(first), { ...whole(second), payload: third }]), undefined);
    assert.equal(held([{ ...delta(first, second), hash: nameOf(third) }, whole(first)]), undefined);
    assert.equal(held([delta(third, second), delta(second, third)]), undefined);
  });

  it('is held as long as there is room, and nothing is taken for right that builds on what is not', () => {
    const [older, newer] = [content('a', 35 * MEGABYTE), content('b', 30 * MEGABYTE)];
    const large = [older, newer].map(whole);
    assert.deepEqual(held([...large, longer(newer)]), [false, true, true]);
    assert.equal(held([...large, longer(older)]), undefined);
  });
});
