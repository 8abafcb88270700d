import assert from 'node:assert/strict';
import { formatArtifact } from '../../src/engine/artifact/format';
import { parseArtifact } from '../../src/engine/artifact/parse';
import type { Artifact, Checkin } from '../../src/engine/artifact/types';
import type { Hashing } from '../../src/engine/platform/hash';
import { mutatedArtifact } from '../support/artifact-mutations';
import { sealed } from '../support/artifact-text';
import type { Seeded } from '../support/seeded';
import type { FuzzTarget } from './fuzz-target';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const TOKENS = [
  'a',
  '0'.repeat(40),
  'f'.repeat(64),
  '*',
  '+x',
  '2020-01-01T00:00:00',
  'a/b',
  '',
  '\\s\\n',
  '99999999999999999999',
];
const FIRST_DATE = Date.parse('0000-01-01T00:00:00Z');
const LAST_DATE = Date.UTC(9999, 11, 31);

export function artifactTarget(hashing: Hashing): FuzzTarget {
  return {
    name: 'artifact',
    bound: 'no list or text of the result is longer than the artifact',
    tryOne(seeded) {
      const bytes = input(seeded);
      const before = Uint8Array.from(bytes);
      const artifact = parseArtifact(bytes, hashing);
      assert.deepEqual(bytes, before, 'the input was changed');
      if (artifact === undefined) return false;
      for (const value of Object.values(artifact)) {
        if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) {
          assert.ok(value.length <= bytes.length, `${value.length} of ${bytes.length} bytes`);
        }
      }
      if (!hasWritableDates(artifact)) return true;
      const formatted = formatArtifact(sorted(artifact), hashing);
      const again = parseArtifact(formatted, hashing);
      assert.ok(again, 'what was read cannot be written');
      assert.deepEqual(sorted(again), sorted(artifact), 'what was written says something else');
      assert.deepEqual(formatArtifact(sorted(again), hashing), formatted, 'writing is not stable');
      return true;
    },
  };
}

/** A Julian day number may be any; a stamp has four digits for its year. */
function hasWritableDates(artifact: Artifact): boolean {
  const dates = ['date' in artifact ? artifact.date : 0, artifact.type === 'technote' ? artifact.eventDate : 0];
  return dates.every((date) => date >= FIRST_DATE && date <= LAST_DATE);
}

/** Q-cards are read in any order and written in one; a name that is cut off by an encoded NUL is written as none. */
function sorted(read: Artifact): Artifact {
  const artifact = 'user' in read && read.user === '' ? { ...read, user: 'anonymous' } : read;
  if (artifact.type !== 'checkin') return artifact;
  const key = ({ sign, hash, base }: Checkin['cherrypicks'][number]): string => `${sign}${hash} ${base ?? ''}`;
  return { ...artifact, cherrypicks: [...artifact.cherrypicks].sort((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

function input(seeded: Seeded): Uint8Array {
  switch (seeded.below(10)) {
    case 0:
      return seeded.bytes(seeded.below(200));
    case 1:
      return sealed(cardsOf(seeded));
    case 2:
      return seeded.mutated(mutatedArtifact(seeded), 1 + seeded.below(4));
    default:
      return mutatedArtifact(seeded);
  }
}

/** Cards in or out of order, of tokens that are right for some other card. */
function cardsOf(seeded: Seeded): string {
  const letters = Array.from({ length: seeded.below(12) }, () => seeded.pick(LETTERS));
  if (seeded.below(4) > 0) letters.sort();
  const tokens = (): string => Array.from({ length: seeded.below(5) }, () => ` ${seeded.pick(TOKENS)}`).join('');
  return letters.map((letter) => `${letter}${tokens()}\n`).join('');
}
