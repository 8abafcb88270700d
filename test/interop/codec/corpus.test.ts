import assert from 'node:assert/strict';
import { formatArtifact } from '../../../src/engine/artifact/format';
import { parseArtifact } from '../../../src/engine/artifact/parse';
import type { Artifact, TagCard } from '../../../src/engine/artifact/types';
import { hasName } from '../../../src/engine/codec/artifact-name';
import { createDelta } from '../../../src/engine/codec/delta-create';
import type { Hash } from '../../../src/engine/identifiers';
import type { Hashing } from '../../../src/engine/platform/hash';
import { createNodeHashing } from '../../../src/engine/platform/hash-node';
import { Corpus, corpusPath } from '../../support/corpus';
import { drivers } from '../checkout/fossil-fixture';

/** Of the larger repository's deltas one in this many is made again. */
const SAMPLE = 20;

/** What Fossil's own crosslinking says about a repository, in the terms that parsing alone can tell. */
interface Facts {
  checkins: number;
  controls: number;
  clusters: number;
  parents: number;
  tags: number;
}

for (const { name, sample } of [
  { name: 'svn-scm.fossil', sample: 1 },
  // The driver has no part in this: the large one is read on one Node.
  ...(drivers.includes('native') ? [{ name: 'automerge-repo.fossil', sample: SAMPLE }] : []),
]) {
  describe(`the repository ${name}`, function () {
    this.timeout(300_000);
    const path = corpusPath(name);
    let hashing: Hashing;
    let corpus: Corpus;

    before(async function () {
      if (path === undefined) {
        this.skip();
      }
      hashing = await createNodeHashing();
      corpus = await Corpus.open(path);
    });

    after(() => {
      if (path !== undefined) corpus.close();
    });

    it('expands to what its names say, from deltas as we make them, and parses as fossil crosslinked it', () => {
      const facts: Omit<Facts, 'tags'> = { checkins: 0, controls: 0, clusters: 0, parents: 0 };
      // A later tag of the same name replaces an earlier one of the same artifact.
      const tagged = new Set<string>();
      let remade = 0;
      for (const { rid, name, content, delta } of corpus.artifacts()) {
        assert.ok(hasName(hashing, content, name as Hash), name);
        if (delta && rid % sample === 0) {
          assert.ok(Buffer.from(createDelta(delta.source, content)).equals(delta.bytes), `another delta of ${name}`);
          remade++;
        }
        const artifact = parseArtifact(content, hashing);
        if (!artifact) continue;
        count(facts, artifact);
        for (const tag of tagsOf(artifact)) tagged.add(`${tag.target === '*' ? name : tag.target} ${tag.name}`);
        assert.equal(withoutFraction(formatArtifact(artifact, hashing)), withoutFraction(content));
      }
      assert.ok(remade > 1000, `only ${remade} deltas made again`);
      assert.deepEqual({ ...facts, tags: tagged.size }, crosslinked(corpus));
    });
  });
}

function count(facts: Omit<Facts, 'tags'>, artifact: Artifact): void {
  switch (artifact.type) {
    case 'checkin':
      facts.checkins++;
      facts.parents += artifact.parents.length;
      break;
    case 'control':
      facts.controls++;
      break;
    case 'cluster':
      facts.clusters++;
      break;
    default:
      assert.fail(`unexpected ${artifact.type}`);
  }
}

function tagsOf(artifact: Artifact): TagCard[] {
  return artifact.type === 'checkin' || artifact.type === 'control' ? artifact.tags : [];
}

function crosslinked(corpus: Corpus): Facts {
  const number = (query: string): number => Number(corpus.rows(query)[0]?.[0]);
  return {
    checkins: number(`SELECT count(*) FROM event WHERE type='ci'`),
    controls: number(`SELECT count(*) FROM event WHERE type='g'`),
    clusters: number(`SELECT count(*) FROM tagxref WHERE tagid=7`),
    parents: number(`SELECT count(*) FROM plink`),
    tags: number(`SELECT count(*) FROM tagxref WHERE srcid<>0 AND tagid<>7`),
  };
}

/** Imports have stamps without a fraction, which no commit has: the writer adds it, so the checksum differs as well. */
function withoutFraction(artifact: Uint8Array): string {
  return Buffer.from(artifact)
    .toString('latin1')
    .replace(/^(D \S{19})\.000$/m, '$1')
    .replace(/^Z .*\n$/m, '');
}
