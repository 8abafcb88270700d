import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packContainer } from '../../../src/engine/codec/container';
import { utf8 } from '../../../src/engine/codec/utf8';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { UnversionedFiles } from '../../../src/engine/repository/unversioned';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import { sizesTogether } from '../../../src/engine/xfer/unversioned-measure';
import { KnownShares, payloadsAhead } from '../../../src/engine/xfer/unversioned-size';
import { ToldSizes } from '../../../src/engine/xfer/unversioned-told';
import { Seeded } from '../../support/seeded';

const TIME = 1_700_000_000;

describe('The size of unversioned files in a message', () => {
  const seeded = new Seeded(11);
  let directory: string;
  let repository: Repository;
  let files: UnversionedFiles;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-unversioned-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'r.fossil'), { adminUser: 'tester', isPrivate: true });
    files = new UnversionedFiles(repository);
    const inAll = seeded.sourceText(150);
    repository.transaction(() => {
      for (let index = 0; index < 12; index++) {
        const content = new Uint8Array([...inAll, ...seeded.sourceText(20)]);
        files.add(`alike-${String(index).padStart(2, '0')}.ts`, content, TIME);
      }
      files.add('large.bin', seeded.bytes(600_000), TIME);
      files.add('packed.zip', seeded.bytes(30_000), TIME);
    });
  });
  after(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  const options = { messageBytes: 5_000_000, withRounds: false };
  const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

  it('is what they take together, which is less than each takes for itself', () => {
    const measured = files.list().filter(({ name }) => name !== 'large.bin');
    const message = new MessageWriter();
    for (const file of measured) message.unversionedFile(file, files.content(file.name));
    const truth = packContainer(repository.environment.zlib, message.bytes()).length;
    const sizes = sizesTogether(repository, files.list(), options);
    assert.ok(Math.abs(sum(sizes.values()) - truth) <= measured.length, `${sum(sizes.values())} of ${truth}`);
    const alike = measured.filter(({ name }) => name.startsWith('alike'));
    const alone = sum(alike.map(({ storedSize = 0 }) => storedSize));
    const together = sum(alike.map(({ name }) => sizes.get(name) ?? Number.NaN));
    assert.ok(together < 0.8 * alone, `${together} of ${alone}`);
    assert.ok(!sizes.has('large.bin'), 'what is large is left as it is stored');
    const packed = sizes.get('packed.zip') ?? Number.NaN;
    assert.ok(packed > 0.7 * 30_000, `what is like nothing else saves little: ${packed}`);
  });

  it('is told of a file behind the one before it, and of any other as it is stored', () => {
    const told = new ToldSizes();
    for (const [name, together] of ['a', 'b', 'c'].map((name) => [name, '400'] as const)) {
      told.take(['1', name, '1000', together]);
    }
    told.take(['1', 'old', '1000']);
    told.take(['2', 'a', '7', '7']);
    const wireOf = (...names: string[]): (number | undefined)[] =>
      told.of(names.map((name) => ({ name, size: 5000 }))).map(({ wire }) => wire);
    assert.deepEqual(wireOf('a', 'b', 'c'), [400, 400, 400]);
    assert.deepEqual(wireOf('a', 'c'), [400, undefined]);
    assert.deepEqual(wireOf('c', 'old', 'unknown'), [undefined, undefined, undefined]);
    assert.deepEqual(
      told.of([{ name: 'c', size: 5000 }]).map(({ packedSize }) => packedSize),
      [1000],
    );
  });

  it('is like that of others of its kind where nobody tells, and then not sure', () => {
    const known = new KnownShares([
      { name: 'a.ts', size: 40_000, storedSize: 8000 },
      { name: 'b.txt', size: 40_000, storedSize: 24_000 },
      { name: 'c.zip', size: 40_000, storedSize: 40_000 },
    ]);
    const wireOf = (name: string): { wire: number; deviation: number } =>
      payloadsAhead([{ name, size: 100_000 }], known);
    assert.ok(Math.abs(wireOf('new.TS').wire - 20_000) < 100, JSON.stringify(wireOf('new.ts')));
    assert.ok(Math.abs(wireOf('new.md').wire - 40_000) < 100, JSON.stringify(wireOf('new.md')));
    assert.ok(wireOf('new.zip').wire > 90_000);
    assert.ok(wireOf('new.ts').deviation > 0.2 * wireOf('new.ts').wire);
    assert.equal(payloadsAhead([{ name: 'new.ts', size: 100, wire: 40 }], known).wire, 40);
  });

  it('is measured of as many as time allows', () => {
    repository.transaction(() => {
      for (let index = 0; index < 6; index++) files.add(`zz-${index}`, utf8(`${index}`.padEnd(500_000, 'x')), TIME);
    });
    const sizes = sizesTogether(repository, files.list(), { ...options, messageBytes: 250_000 });
    const names = [...sizes.keys()].filter((name) => name.startsWith('zz-'));
    assert.ok(names.length >= 3 && names.length < 6, names.join(' '));
  });
});
