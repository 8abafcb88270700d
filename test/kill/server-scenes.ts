import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { freePort } from '../support/fossil-server';
import { Seeded } from '../support/seeded';
import {
  cloneHere,
  continueClone,
  exchangeRest,
  exchangeUnversionedHere,
  pushRest,
  syncHere,
  unsentOfOrigin,
} from './client-scenes';
import type { KillMoment } from './child-work';
import type { KillPlace } from './kill-place';
import type { ChildEnding } from './killed-child';
import type { Scene } from './scene';
import { addUnversioned } from './unversioned-content';

const PUSHES = 4;

export const serveClone: Scene = async (place, moment) => {
  const [served, file, port] = [await place.copyOfOrigin(), place.path('clone.fossil'), await freePort()];
  const ending = await visited(place, { served, port, phase: 'serve-clone' }, moment, (url) =>
    cloneHere(place, url, file),
  );
  await place.isLikeOrigin(served);
  if (!existsSync(file)) await serving(place, served, port, (url) => continueClone(place, url, file, 'clone-receive'));
  await place.isLikeOrigin(file);
  return ending;
};

export const servePull: Scene = async (place, moment) => {
  const [served, repository, port] = [await place.copyOfOrigin(), await place.emptyOfProject(), await freePort()];
  const before = await place.contents(repository);
  const visit = (url: string): Promise<unknown> => syncHere(place, 'pull', url, repository);
  const ending = await visited(place, { served, port, phase: 'serve-pull' }, moment, visit);
  await place.isIntact(repository);
  await place.acceptedByFossil(served);
  await place.hasAll(served, place.artifacts);
  const kept = (await place.contents(repository)) - before;
  const { received } = await serving(place, served, port, (url) => syncHere(place, 'pull', url, repository));
  assert.ok(received <= (await place.contents(served)) - kept, `${received} came, though ${kept} were there`);
  await place.acceptedByFossil(repository);
  await place.hasAll(repository, place.artifacts);
  return ending;
};

/** Check-ins and what belongs to them come in one push; what the client takes for sent is there. */
export const servePush: Scene = async (place, moment) => {
  const [served, repository, port] = [await place.emptyOfProject(), await unsentOfOrigin(place), await freePort()];
  const visit = (url: string): Promise<unknown> => syncHere(place, 'push', url, repository);
  const ending = await visited(place, { served, port, phase: 'serve-push' }, moment, visit);
  await place.isIntact(served);
  await serving(place, served, port, (url) => pushRest(place, repository, served, url));
  return ending;
};

/** Somebody pushes again and again, and each push that has returned is kept. */
export const servePushes: Scene = async (place, moment) => {
  const [served, repository, port] = [
    await place.copyOfOrigin(),
    await place.copyOfOrigin('ours.fossil'),
    await freePort(),
  ];
  const acknowledged: string[] = [];
  const seeded = new Seeded(7);
  const visit = async (url: string): Promise<void> => {
    for (let push = 0; push < PUSHES; push++) {
      const names = await place.open(repository, (ours) =>
        ours.transaction(() => [0, 1, 2].map(() => ours.blobs.put(seeded.bytes(500), { isUnsent: true }).hash)),
      );
      await syncHere(place, 'push', url, repository);
      acknowledged.push(...names);
    }
  };
  const ending = await visited(place, { served, port, phase: 'serve-pushes' }, moment, visit);
  await place.acceptedByFossil(served);
  await place.hasAll(served, acknowledged);
  return ending;
};

export const serveUnversioned: Scene = async (place, moment) => {
  const [served, repository, port] = [await place.emptyOfProject(), await place.copyOfOrigin(), await freePort()];
  await addUnversioned(place, repository, 'ours');
  await addUnversioned(place, served, 'theirs');
  const visit = (url: string): Promise<unknown> => exchangeUnversionedHere(place, url, repository);
  const ending = await visited(place, { served, port, phase: 'serve-uv' }, moment, visit);
  await serving(place, served, port, (url) => exchangeRest(place, repository, served, url));
  return ending;
};

interface Service {
  served: string;
  port: number;
  phase: string;
}

/** Lets somebody visit a server, which is killed at the moment; without one the visit must succeed. */
async function visited(
  place: KillPlace,
  { served, port, phase }: Service,
  moment: KillMoment | undefined,
  visit: (url: string) => Promise<unknown>,
): Promise<ChildEnding> {
  let result: Promise<unknown> = Promise.resolve();
  const ending = await place.run({ kind: 'serve', path: served, port, phase }, moment, (url) => (result = visit(url)));
  // Who was served by a killed server has failed, or had all before.
  await (ending.wasKilled ? result.catch(() => undefined) : result);
  return ending;
}

/** The server runs again, for as long as the work needs it. */
async function serving<T>(place: KillPlace, path: string, port: number, work: (url: string) => Promise<T>): Promise<T> {
  let result: Promise<T> | undefined;
  await place.run({ kind: 'serve', path, port, phase: 'again' }, undefined, (url) => (result = work(url)));
  return result ?? assert.fail('The server said nothing.');
}
