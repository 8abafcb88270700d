import assert from 'node:assert/strict';
import { packContainer } from '../../../src/engine/codec/container';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { type VerifyInput, verifyTask } from '../../../src/engine/repository/verify-task';

describe('What builds on an artifact that is wrong', () => {
  it('is judged the same whether it is read with that or by itself', async () => {
    const environment = await createNodeEnvironment({ driver: 'portable', variables: {} });
    const { hash, zlib } = environment;
    const nameOf = (content: Uint8Array): Hash => hash.hex('sha3-256', content) as Hash;
    const block = (name: string): string => `${name} block of a text that is long enough for a delta\n`.repeat(20);
    const right = utf8(block('first') + block('second'));
    const wrong = utf8(block('first') + block('SECOND'));
    // The one takes what is wrong, the other nothing of it.
    const heirs = [`${block('second')}one\n`, `${block('first')}two\n`].map(utf8);
    const deltas = heirs.map((content) => ({
      hash: nameOf(content),
      container: packContainer(zlib, createDelta(right, content)),
    }));
    const source = { hash: nameOf(right), container: packContainer(zlib, wrong) };
    const verdicts = (
      stored: readonly { hash: Hash; container: Uint8Array }[],
      bases: VerifyInput['bases'],
    ): [Hash | undefined, string][] => {
      const items = stored.map(({ hash: name, container }) => ({
        ...{ hash: name, length: container.length },
        ...(name === source.hash ? {} : { source: bases.length > 0 ? { base: 0 } : { item: 0 } }),
      }));
      const containers = Uint8Array.from(stored.flatMap(({ container }) => [...container]));
      const output = verifyTask.run({ items, containers, bases, compares: false }, { hash, zlib });
      assert.deepEqual(
        output.sizes.map((size) => size < 0),
        items.map((_, item) => output.wrong.some((one) => one.item === item)),
      );
      return output.wrong.map(({ item, code }) => [items[item]?.hash, code]);
    };
    const together = verdicts([source, ...deltas], []);
    const apart = verdicts(deltas, [{ hash: source.hash, content: wrong }]);
    const [first] = deltas;
    assert.deepEqual(
      apart.map(([name]) => name),
      [first?.hash],
    );
    assert.deepEqual(together, [[source.hash, 'hash-mismatch'], ...apart]);
    const unreadable = { hash: source.hash, container: utf8('no container') };
    const lost = deltas.map(({ hash: name }) => [name, 'content-corrupt']);
    assert.deepEqual(verdicts([unreadable, ...deltas], []), [[source.hash, 'content-corrupt'], ...lost]);
    assert.deepEqual(verdicts(deltas, [undefined]), lost);
  });
});
