import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { UnversionedFiles } from '../../../src/engine/repository/unversioned';
import { unversionedStanding } from '../../../src/engine/repository/unversioned-standing';
import type { Card, UnversionedEntry } from '../../../src/engine/xfer/card';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import { UnversionedClient } from '../../../src/engine/xfer/unversioned-client';

const ROUND = { number: 1, isPulling: false, isPushing: false, maxBytes: 1000 };

describe('How an unversioned file stands to that of the other side', () => {
  const cases: [ours: [number, string?] | undefined, theirs: [number, string?], standing: string][] = [
    [undefined, [5, 'a'], 'unknown'],
    [undefined, [5], 'unknown'],
    [[4, 'b'], [5, 'a'], 'theirs'],
    [[6, 'a'], [5, 'b'], 'ours'],
    [[5, 'a'], [5, 'b'], 'theirs'],
    [[5, 'b'], [5, 'a'], 'ours'],
    [[4, 'a'], [5, 'a'], 'their-time'],
    [[5, 'a'], [5, 'a'], 'identical'],
    [[6, 'a'], [5, 'a'], 'our-time'],
    [[5], [5, 'a'], 'theirs'],
    [[5, 'a'], [5], 'ours'],
    [[4], [5], 'their-time'],
    [[6], [5], 'our-time'],
  ];
  const state = ([mtime, hash]: [number, string?]): { mtime: number; hash?: string } =>
    hash === undefined ? { mtime } : { mtime, hash };
  for (const [ours, theirs, standing] of cases) {
    it(`${JSON.stringify(ours ?? null)} to ${JSON.stringify(theirs)}: ${standing}`, () => {
      assert.equal(unversionedStanding(ours && state(ours), state(theirs)), standing);
    });
  }
});

describe('The unversioned files of a client against a server that does as it likes', () => {
  let directory: string;
  let environment: Environment;
  let repository: Repository;
  let part: UnversionedClient;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-unversioned-'));
    environment = await createNodeEnvironment({ homeDirectory: directory, variables: { HOME: directory } });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
    repository.transaction(() => new UnversionedFiles(repository).add('ours', utf8('ours'), 10));
    part = new UnversionedClient(repository);
  });
  afterEach(async () => {
    repository.close();
    await environment.pool.close();
    await rm(directory, { recursive: true });
  });

  const entryOf = (name: string, mtime: number, text: string): UnversionedEntry & { hash: Hash } => ({
    name,
    mtime,
    hash: environment.hash.hex('sha3-256', utf8(text)) as Hash,
    size: utf8(text).length,
  });
  const igot = (name: string, mtime: number, text: string): Card => ({ kind: 'uvigot', ...entryOf(name, mtime, text) });
  const file = (name: string, mtime: number, text: string): Card => ({
    kind: 'uvfile',
    ...entryOf(name, mtime, text),
    content: utf8(text),
  });
  const pushOk: Card = { kind: 'pragma', name: 'uv-push-ok', parameters: [] };

  /** One round. @returns the lines of the message, without payloads that end in no line feed, and whether another is wanted */
  function round(...reply: Card[]): { lines: string[]; goesOn: boolean } {
    const message = new MessageWriter();
    part.compose(message, ROUND);
    for (const card of reply) part.take(card);
    const goesOn = part.digest();
    return { lines: textOf(message.bytes()).split('\n').slice(0, -1), goesOn };
  }
  const contentOf = (name: string): string => textOf(new UnversionedFiles(repository).content(name) ?? utf8('none'));

  it('asks once for a difference, and is content when there is none', () => {
    const { lines, goesOn } = round();
    const digest = new UnversionedFiles(repository).digest();
    assert.deepEqual(lines, ['pragma trilobite-uv-sizes 1', `pragma uv-hash ${digest}`]);
    assert.equal(goesOn, false);
    assert.deepEqual(round().lines, []);
  });

  it('asks again when the first message was refused and is composed anew', () => {
    part.compose(new MessageWriter(), ROUND);
    assert.equal(round().lines.length, 2);
  });

  it('takes no file that it has not asked for', () => {
    round(pushOk, file('ours', 99, 'forced on us'), file('new', 99, 'forced on us'));
    assert.deepEqual([contentOf('ours'), contentOf('new')], ['ours', 'none']);
  });

  it('does not wait for ever for what is announced and never sent, and keeps what it has', () => {
    let rounds = 1;
    assert.equal(round(pushOk, igot('ours', 99, 'never')).goesOn, true);
    for (; round(igot('ours', 99, 'never')).goesOn; rounds++) assert.ok(rounds < 20, 'it goes on and on');
    assert.deepEqual(part.outcome.missing, ['ours']);
    assert.equal(contentOf('ours'), 'ours');
  });

  it('gives up what the server neither sends nor names again', () => {
    round(pushOk, igot('theirs', 99, 'gone'), igot('ours', 10, 'ours'));
    assert.deepEqual(round(), { lines: ['uvgimme theirs'], goesOn: false });
    assert.deepEqual(part.outcome.missing, ['theirs']);
  });

  it('takes a file in an older state than it has announced for what it is', () => {
    round(pushOk, igot('ours', 99, 'newer'));
    round(file('ours', 5, 'older'));
    assert.equal(contentOf('ours'), 'ours');
  });

  it('refuses content of another hash before anything of the reply is stored', () => {
    round(pushOk, igot('ours', 99, 'newer'));
    part.compose(new MessageWriter(), ROUND);
    const forged = { ...entryOf('ours', 99, 'newer'), kind: 'uvfile' as const, content: utf8('forged') };
    assert.throws(() => part.take(forged), { code: 'hash-mismatch' });
    assert.equal(contentOf('ours'), 'ours');
  });

  it('sends one file beyond the soft size of a message, and the rest with the next', () => {
    repository.transaction(() => {
      for (const name of ['a', 'b', 'c']) new UnversionedFiles(repository).add(name, utf8(`${'x'.repeat(700)}\n`), 10);
    });
    round(pushOk, igot('ours', 10, 'ours'));
    const cards = (lines: string[]): string[] => lines.filter((text) => text.startsWith('uvfile'));
    const second = round();
    assert.deepEqual([cards(second.lines).length, second.goesOn], [2, true]);
    const third = round();
    assert.deepEqual([cards(third.lines).length, third.goesOn], [1, false]);
    const { artifacts, bytes, ahead } = part.progress();
    assert.deepEqual(
      [artifacts, bytes],
      [
        { done: 3, total: 3 },
        { done: 2103, total: 2103 },
      ],
    );
    assert.equal(ahead?.outgoing.wire, 0);
  });
});
