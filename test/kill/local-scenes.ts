import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import type { Scene } from './scene';

const COMMITS = 4;

export const commit: Scene = async (place, moment) => {
  const { sandbox } = place;
  const repository = await place.copyOfOrigin();
  const root = place.path('checkout');
  await fs.mkdir(root);
  await sandbox.fossil(['open', repository], { cwd: root });
  await fs.writeFile(`${root}/file.txt`, 'first\n');
  await sandbox.fossil(['add', 'file.txt'], { cwd: root });
  const ending = await place.run({ kind: 'commit', root, commits: COMMITS, label: 'edit' }, moment);
  await place.isIntact(repository);
  await place.isIntact(`${root}/.fslckout`);
  await place.acceptedByFossil(repository);
  await place.hasAll(repository, ending.acknowledged);
  await sandbox.fossil(['status'], { cwd: root });
  const checkedOut = await place.query(`${root}/.fslckout`, "SELECT value FROM vvar WHERE name='checkout-hash';");
  await place.hasAll(repository, [checkedOut]);
  // What was being committed is committed or still there to be: another run brings all of it home.
  await place.run({ kind: 'commit', root, commits: 1, label: 'afterwards' }, undefined);
  assert.equal(await sandbox.fossil(['changes'], { cwd: root }), '');
  await place.acceptedByFossil(repository);
  return ending;
};

export const rebuild: Scene = async (place, moment) => {
  const repository = await place.copyOfOrigin();
  const ending = await place.run({ kind: 'rebuild', path: repository }, moment);
  // The old tables or the new ones, never some of each: here they hold the same.
  await place.isLikeOrigin(repository);
  return ending;
};
