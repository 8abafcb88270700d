import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { cloneRepository, type CloneResult } from '../../src/engine/operations/clone';
import { syncRepository, type SyncOutcome } from '../../src/engine/operations/sync';
import { syncUnversioned, type UnversionedSyncOutcome } from '../../src/engine/operations/unversioned-sync';
import { httpTransport } from '../../src/engine/transport/http';
import { startFossilServer } from '../support/fossil-server';
import type { KillPlace } from './kill-place';
import type { Scene } from './scene';
import { unattended } from './unattended';
import { addUnversioned, holdsUnversioned, unversionedBytes } from './unversioned-content';

const interaction = { questions: unattended };

export function cloneHere(place: KillPlace, url: string, path: string): Promise<CloneResult> {
  return cloneRepository(place.environment, httpTransport({ variables: {} }), { url, path }, interaction);
}

export function syncHere(
  place: KillPlace,
  direction: 'pull' | 'push',
  url: string,
  repository: string,
): Promise<SyncOutcome> {
  const request = { url, repository, direction };
  return syncRepository(place.environment, httpTransport({ variables: {} }), request, interaction);
}

export function exchangeUnversionedHere(
  place: KillPlace,
  url: string,
  repository: string,
): Promise<UnversionedSyncOutcome> {
  return syncUnversioned(place.environment, httpTransport({ variables: {} }), { url, repository }, interaction);
}

export const clone: Scene = async (place, moment) => {
  const file = place.path('clone.fossil');
  const ending = await place.run({ kind: 'clone', url: place.url, path: file }, moment);
  if (ending.wasKilled && !existsSync(file)) await continueClone(place, place.url, file, ending.lastPhase);
  await place.isLikeOrigin(file);
  return ending;
};

/** Goes on with a clone, which must not bring again what had come whole. */
export async function continueClone(place: KillPlace, url: string, file: string, lastPhase: string): Promise<void> {
  const partial = `${file}.trilobite-partial`;
  // The portable driver may not have written anything yet.
  const isBegun = existsSync(partial) && (await fs.stat(partial)).size > 0;
  let kept = 0;
  if (isBegun) {
    await place.isIntact(partial);
    kept = await place.contents(partial);
  }
  const { roundTrips, continuedFrom, bytesReceived } = await cloneHere(place, url, file);
  assert.equal(continuedFrom, kept, 'begun anew');
  if (lastPhase === 'clone-verify' || lastPhase === 'clone-crosslink') assert.equal(roundTrips, 0, 'downloaded again');
  // The round trips that begin and end a clone are the same for both: each whole round is spared.
  await sparing(place, 'clone', { kept, enough: 1 }, bytesReceived, async () => {
    const again = place.path('whole.fossil');
    return (await cloneHere(place, url, again)).bytesReceived;
  });
}

/** A repository of the project that has nothing of it pulls everything. */
export const pull: Scene = async (place, moment) => {
  const repository = await place.emptyOfProject();
  const before = await place.contents(repository);
  const ending = await place.run({ kind: 'pull', url: place.url, path: repository }, moment);
  // There may be deltas whose source has not come yet: fossil would complain of them.
  await place.isIntact(repository);
  const kept = (await place.contents(repository)) - before;
  const { received, bytesReceived } = await syncHere(place, 'pull', place.url, repository);
  assert.equal(received, place.artifacts.length - kept, 'what was here has come again');
  await sparing(place, 'pull', { kept, enough: place.artifacts.length / 4 }, bytesReceived, async () => {
    const again = await place.emptyOfProject('whole.fossil');
    return (await syncHere(place, 'pull', place.url, again)).bytesReceived;
  });
  await place.acceptedByFossil(repository);
  await place.hasAll(repository, place.artifacts);
  return ending;
};

/** A repository pushes everything to a server that has nothing of it; the server is fossil, and what it took is not sent again. */
export const push: Scene = async (place, moment) => {
  const repository = await unsentOfOrigin(place);
  const served = await place.emptyOfProject();
  const server = await startFossilServer(served);
  try {
    const ending = await place.run({ kind: 'push', url: server.url, path: repository }, moment);
    await place.isIntact(repository);
    await pushRest(place, repository, served, server.url);
    return ending;
  } finally {
    await server.stop();
  }
};

/** A copy of the project's repository of which nothing has been sent to anybody. */
export async function unsentOfOrigin(place: KillPlace): Promise<string> {
  const repository = await place.copyOfOrigin();
  await place.query(repository, 'INSERT OR IGNORE INTO unsent SELECT rid FROM blob WHERE size>=0;');
  return repository;
}

/** Goes on with a push. What the client takes for sent the server must have, and what it has comes once more at most with the message under way. */
export async function pushRest(place: KillPlace, repository: string, served: string, url: string): Promise<void> {
  const acknowledged = await place.sandbox.sql(
    repository,
    'SELECT uuid FROM blob WHERE size>=0 AND rid NOT IN (SELECT rid FROM unsent);',
  );
  await place.hasAll(served, acknowledged);
  const kept = acknowledged.length;
  const { sent, bytesSent } = await syncHere(place, 'push', url, repository);
  assert.ok(sent <= place.artifacts.length - kept, `${sent} sent, though ${kept} had been taken`);
  await sparing(place, 'push', { kept, enough: place.artifacts.length / 4 }, bytesSent, async () => {
    const server = await startFossilServer(await place.emptyOfProject('whole.fossil'));
    try {
      return (await syncHere(place, 'push', server.url, await unsentOfOrigin(place))).bytesSent;
    } finally {
      await server.stop();
    }
  });
  for (const file of [repository, served]) {
    await place.acceptedByFossil(file);
    await place.hasAll(file, place.artifacts);
  }
  assert.equal(await place.count(repository, 'SELECT count(*) FROM unsent;'), 0);
}

/** Each side has unversioned files that the other lacks; the server is fossil. */
export const uv: Scene = async (place, moment) => {
  const [repository, served] = [await place.copyOfOrigin(), await place.emptyOfProject()];
  await addUnversioned(place, repository, 'ours');
  await addUnversioned(place, served, 'theirs');
  const server = await startFossilServer(served);
  try {
    const ending = await place.run({ kind: 'uv', url: server.url, path: repository }, moment);
    await exchangeRest(place, repository, served, server.url);
    return ending;
  } finally {
    await server.stop();
  }
};

/** Goes on with an exchange of unversioned files, of which both sides keep what they have. */
export async function exchangeRest(place: KillPlace, repository: string, served: string, url: string): Promise<void> {
  for (const file of [repository, served]) await place.acceptedByFossil(file);
  await holdsUnversioned(place, repository, { all: ['ours'], some: ['theirs'] });
  await holdsUnversioned(place, served, { all: ['theirs'], some: ['ours'] });
  const lacking = await unversionedBytes(place, [repository, served]);
  const { moves } = await exchangeUnversionedHere(place, url, repository);
  assert.equal(
    moves.reduce((sum, move) => sum + move.bytes, 0),
    lacking,
    'what was there has moved again',
  );
  for (const file of [repository, served]) {
    await place.acceptedByFossil(file);
    await holdsUnversioned(place, file, { all: ['ours', 'theirs'], some: [] });
  }
}

const wholes = new WeakMap<KillPlace, Map<string, Promise<number>>>();

/** Going on costs fewer bytes than all of it at once, as soon as enough is there to make up for what going on costs by itself. */
async function sparing(
  place: KillPlace,
  what: string,
  { kept, enough }: { kept: number; enough: number },
  bytes: number,
  whole: () => Promise<number>,
): Promise<void> {
  if (kept < enough) return;
  const known = wholes.get(place) ?? new Map<string, Promise<number>>();
  wholes.set(place, known);
  const all = known.get(what) ?? whole();
  known.set(what, all);
  assert.ok(bytes < (await all), `${bytes} bytes of ${await all} travelled again, though ${kept} artifacts were there`);
}
