import assert from 'node:assert/strict';
import { HeldTexts } from '../../../src/engine/git/held-texts';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { Seeded } from '../../support/seeded';

const LIMIT = 1000;

describe('Texts that are held back', () => {
  it('come out as they went in, the oldest when there is no room, and never more than are allowed', () => {
    const seeded = new Seeded(11);
    const texts = new HeldTexts(LIMIT);
    const held = new Map<Hash, { rid: Rid; content: Uint8Array }>();
    const evict = (hash: Hash, { rid, content }: { rid: Rid; content: Uint8Array }): void => {
      const [[oldest, expected] = []] = held;
      assert.equal(hash, oldest);
      assert.deepEqual({ rid, content: content.slice() }, expected);
      held.delete(hash);
    };
    for (let round = 1; round <= 2000; round++) {
      const [hash, rid] = [`text ${round}` as Hash, round as Rid];
      const content = Uint8Array.from({ length: seeded.below(LIMIT / 4) }, () => seeded.below(256));
      assert.ok(texts.canHold(content.length));
      texts.add(hash, rid, content, evict);
      held.set(hash, { rid, content });
      assert.equal(texts.nameOf(rid), hash);
      if (seeded.below(3) > 0) {
        const gone = seeded.pick([...held.keys()]);
        const number = held.get(gone)?.rid ?? (0 as Rid);
        held.delete(gone);
        texts.remove(gone);
        assert.deepEqual([texts.get(gone), texts.nameOf(number)], [undefined, undefined]);
      }
      for (const [name, expected] of held) assert.deepEqual(texts.get(name), expected);
      const bytes = [...held.values()].reduce((sum, text) => sum + text.content.length, 0);
      assert.ok(bytes <= LIMIT, `${bytes} bytes in round ${round}`);
    }
    assert.ok(held.size > 1);
    texts.clear(evict);
    assert.equal(held.size, 0);
    assert.equal(texts.canHold(LIMIT / 4 + 1), false);
  });
});
