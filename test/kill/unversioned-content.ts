import assert from 'node:assert/strict';
import { nameOf } from '../../src/engine/codec/artifact-name';
import { UnversionedFiles } from '../../src/engine/repository/unversioned';
import { Seeded } from '../support/seeded';
import type { KillPlace } from './kill-place';

export type Side = 'ours' | 'theirs';

const FILES = 8;
/** Two make more than one reply holds. */
const BYTES = 6000;
const MTIME = 1_700_000_000;

function contentOf(side: Side, number: number): Uint8Array {
  return new Seeded(number + (side === 'ours' ? 0 : FILES)).bytes(BYTES);
}

export function addUnversioned(place: KillPlace, file: string, side: Side): Promise<void> {
  return place.open(file, (repository) =>
    repository.transaction(() => {
      const files = new UnversionedFiles(repository);
      for (let number = 0; number < FILES; number++) {
        const content = contentOf(side, number);
        const hash = nameOf(repository.environment.hash, content, 'sha3-256');
        files.put({ name: `${side}${number}`, mtime: MTIME, hash }, content);
      }
      files.digest();
    }),
  );
}

/** Each file is there whole, or not at all; of some sides all are. */
export function holdsUnversioned(
  place: KillPlace,
  file: string,
  { all, some }: { all: readonly Side[]; some: readonly Side[] },
): Promise<void> {
  return place.open(file, (repository) => {
    const files = new UnversionedFiles(repository);
    for (const side of [...all, ...some]) {
      for (let number = 0; number < FILES; number++) {
        const name = `${side}${number}`;
        const isThere = files.find(name) !== undefined;
        if (!isThere && some.includes(side)) continue;
        assert.ok(isThere, `${name} is lost`);
        assert.deepEqual(files.content(name), contentOf(side, number), name);
      }
    }
  });
}

/** @returns bytes of the files that the repositories together lack of each other */
export async function unversionedBytes(place: KillPlace, files: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) {
    const here = await place.open(file, (repository) => new UnversionedFiles(repository).list().length);
    bytes += (2 * FILES - here) * BYTES;
  }
  return bytes;
}
