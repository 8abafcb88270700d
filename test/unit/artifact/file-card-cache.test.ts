import assert from 'node:assert/strict';
import { FileCardCache } from '../../../src/engine/artifact/file-card-cache';
import { parseArtifact } from '../../../src/engine/artifact/parse';
import type { Hashing } from '../../../src/engine/platform/hash';
import { createNodeHashing } from '../../../src/engine/platform/hash-node';
import { mutatedArtifact } from '../../support/artifact-mutations';
import { SHA1, SHA3 } from '../../support/artifact-samples';
import { sealed } from '../../support/artifact-text';
import { forSeeds } from '../../support/seeded';

const HEAD = 'C x\nD 2020-01-02T03:04:05.678\n';

describe('F-cards that are taken over from earlier artifacts', () => {
  let hashing: Hashing;
  before(async () => {
    hashing = await createNodeHashing();
  });

  it('never change what an artifact says, or whether it is one', () => {
    forSeeds(20, (seeded) => {
      const cache = new FileCardCache();
      for (let count = 0; count < 200; count++) {
        const bytes = mutatedArtifact(seeded);
        assert.deepEqual(parseArtifact(bytes, hashing, cache), parseArtifact(bytes, hashing));
      }
    });
  });

  it('never change a history of manifests, whatever one changes in the files of another', () => {
    forSeeds(12, (seeded) => {
      const cache = new FileCardCache();
      let names = Array.from(
        { length: 1 + seeded.below(700) },
        (_, index) => `d/f${String(2 * index).padStart(5, '0')}`,
      );
      const hashes = new Map<string, string>();
      const hashOf = (name: string): string => hashes.get(name) ?? SHA1;
      for (let count = 0; count < 30; count++) {
        for (let edits = seeded.below(6); edits > 0; edits--) {
          const place = seeded.below(names.length);
          const name = names[place] ?? '';
          const kind = seeded.below(4);
          if (kind === 0) names = names.toSpliced(place, 1 + seeded.below(9));
          else if (kind === 1) names = [...new Set([...names, `${name}${seeded.below(4)}`])].sort();
          else hashes.set(name, seeded.below(2) === 0 ? SHA3 : SHA1);
        }
        const lines = names.map((name) => `F ${name} ${hashOf(name)}${seeded.below(400) === 0 ? ' x' : ''}\n`);
        // Names that are passed over, names beyond ASCII, comments beyond it, an order that is wrong, a card too many.
        if (seeded.below(8) === 0) lines.push(`F .fossil ${SHA1}\n`);
        if (seeded.below(8) === 0) lines.push(`F \u00e4 ${SHA1}\n`);
        if (seeded.below(4) !== 0) lines.sort();
        const head = seeded.below(4) === 0 ? HEAD.replace('x', '\u00fc') : HEAD;
        const bytes = sealed(`${head}${lines.join('')}${seeded.below(16) === 0 ? `G ${SHA1}\n` : ''}`);
        assert.deepEqual(parseArtifact(bytes, hashing, cache), parseArtifact(bytes, hashing));
      }
    });
  });

  it('are the same objects where the lines are the same', () => {
    const cache = new FileCardCache();
    const [before, after] = [SHA1, SHA3].map((hash) => {
      const artifact = parseArtifact(sealed(`${HEAD}F a ${SHA1}\nF b ${hash}\n`), hashing, cache);
      assert.equal(artifact?.type, 'checkin');
      return artifact.files;
    });
    assert.equal(before?.[0], after?.[0]);
    assert.notEqual(before?.[1], after?.[1]);
  });

  it('keep their order: the same lines the other way round are no check-in', () => {
    const cache = new FileCardCache();
    const [first, second] = [`F a ${SHA1}\n`, `F b ${SHA1}\n`];
    assert.ok(parseArtifact(sealed(`${HEAD}${first}${second}`), hashing, cache));
    assert.equal(parseArtifact(sealed(`${HEAD}${second}${first}`), hashing, cache), undefined);
    assert.equal(parseArtifact(sealed(`${HEAD}${first}${first}`), hashing, cache), undefined);
  });

  it('are forgotten when many others have come, and read again', () => {
    const cache = new FileCardCache();
    const names = Array.from({ length: 60_000 }, (_, index) => `F f${String(index).padStart(6, '0')} ${SHA1}\n`);
    const bytes = sealed(`${HEAD}${names.join('')}`);
    for (let round = 0; round < 2; round++) {
      const artifact = parseArtifact(bytes, hashing, cache);
      assert.deepEqual(artifact, parseArtifact(bytes, hashing));
    }
  });
});
