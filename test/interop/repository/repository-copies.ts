import { chmod, copyFile } from 'node:fs/promises';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { unpackContainer } from '../../../src/engine/codec/container';
import { applyDelta } from '../../../src/engine/codec/delta-apply';
import { cloneRepository } from '../../../src/engine/operations/clone';
import type { Interaction } from '../../../src/engine/operations/interaction';
import type { Environment } from '../../../src/engine/platform/environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { ReceivedArtifact } from '../../../src/engine/repository/receive';
import { Repository } from '../../../src/engine/repository/repository';
import { rebuild } from '../../../src/engine/repository/rebuild';
import { defineTicketTables } from '../../../src/engine/repository/ticket-tables';
import { httpTransport } from '../../../src/engine/transport/http';
import { applyReceived } from '../../../src/engine/xfer/apply-received';
import { derivedTables, type DerivedTables } from '../../support/derived-tables';
import { deliver } from '../../support/every-artifact/deliver';
import type { FossilSandbox } from '../../support/fossil-sandbox';
import { startFossilServer } from '../../support/fossil-server';

/** Nobody is there to be asked. */
const UNATTENDED: Interaction = {
  questions: {
    credentials: () => Promise.resolve(undefined),
    userName: () => Promise.resolve(undefined),
    allowPortableWrites: () => Promise.resolve(true),
  },
};

/** A file that may be written to. */
export async function copyOf(repository: string, copy: string): Promise<string> {
  await copyFile(repository, copy);
  await chmod(copy, 0o644);
  return copy;
}

/** A clone by the engine of what the real `fossil` serves. */
export async function cloneWithEngine(environment: Environment, served: string, file: string): Promise<void> {
  const server = await startFossilServer(served);
  try {
    await cloneRepository(environment, httpTransport({ variables: {} }), { url: server.url, path: file }, UNATTENDED);
  } finally {
    await server.stop();
  }
}

/** Everything that a pull of all, private too, would bring, in the order of its rids: deltas are sent as such. */
export function artifactsOf(environment: Environment, file: string): ReceivedArtifact[] {
  const repository = Repository.open(environment, file, { mode: 'read' });
  try {
    const rows = repository.db
      .prepare(
        `SELECT rid, EXISTS(SELECT 1 FROM private WHERE private.rid=blob.rid) AS isPrivate FROM blob
          WHERE size>=0 AND uuid NOT IN (SELECT uuid FROM shun) ORDER BY rid`,
      )
      .all<{ rid: Rid; isPrivate: number }>();
    return rows.map(({ rid, isPrivate }) => {
      const stored = repository.blobs.stored(rid);
      if (stored === undefined) throw new Error(`rid ${rid} has no content`);
      const { hash, source } = stored;
      return {
        hash,
        isPrivate: isPrivate === 1,
        ...(source === undefined
          ? { payload: repository.blobs.content(rid) }
          : { deltaSource: source.hash, payload: deltaOf(environment, stored.container) }),
      };
    });
  } finally {
    repository.close();
  }
}

function deltaOf({ zlib }: Environment, container: Uint8Array): Uint8Array {
  return unpackContainer(zlib, container);
}

/** Lets the engine receive artifacts by several replies, into a new repository of the same project. */
export async function receiveBySteps(
  environment: Environment,
  replies: readonly (readonly ReceivedArtifact[])[],
  file: string,
  config: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const repository = createRepository(environment, file, { adminUser: 'tester', withInitialCheckin: false });
  try {
    repository.transaction(() => {
      for (const [name, value] of config) repository.config.set(name, value);
      defineTicketTables(repository);
    });
    for (const reply of replies) await applyReceived(repository, reply, {});
    repository.db.persist();
  } finally {
    repository.close();
  }
}

/** What the engine derives anew in a copy of a repository. */
export async function rebuiltByEngine(environment: Environment, source: string): Promise<DerivedTables> {
  const file = await copyOf(source, `${source}-rebuilt`);
  const repository = Repository.open(environment, file, { allowPortableWrites: true });
  try {
    await rebuild(repository, { user: 'tester' });
    repository.db.persist();
  } finally {
    repository.close();
  }
  return derivedTables(file);
}

/** Lets the real `fossil` receive the same artifacts by the same replies. */
export async function receiveWithFossil(
  sandbox: FossilSandbox,
  replies: readonly (readonly ReceivedArtifact[])[],
  file: string,
  config: ReadonlyMap<string, string>,
): Promise<void> {
  const whole = new Map<Hash, Uint8Array>();
  const waiting = new Map(replies.flat().map((artifact) => [artifact.hash, artifact]));
  const contentOf = (hash: Hash): Uint8Array => {
    const artifact = waiting.get(hash);
    if (artifact === undefined) throw new Error(`a delta of ${hash}, which is not here`);
    const { deltaSource, payload } = artifact;
    const content =
      whole.get(hash) ?? (deltaSource === undefined ? payload : applyDelta(contentOf(deltaSource), payload));
    whole.set(hash, content);
    return content;
  };
  await sandbox.fossil(['init', '--admin-user', 'tester', file]);
  await sandbox.sql(
    file,
    `UPDATE user SET cap='gijorxz' WHERE login='nobody'; DELETE FROM blob; DELETE FROM event; DELETE FROM tagxref; DELETE FROM leaf;
     DELETE FROM unclustered; DELETE FROM unsent;`,
  );
  for (const [name, value] of config) {
    const literal = value.replaceAll("'", "''");
    await sandbox.sql(file, `REPLACE INTO config(name, value, mtime) VALUES('${name}', '${literal}', now());`);
    await sandbox.fossil(['rebuild', file]);
  }
  for (const reply of replies) {
    const artifacts = reply.map(({ hash, isPrivate }) => ({ hash, isPrivate, bytes: contentOf(hash) }));
    await deliver(sandbox, file, artifacts);
  }
}

/** The configuration that decides which ticket tables are derived. */
export function ticketConfigOf(environment: Environment, file: string): Map<string, string> {
  const repository = Repository.open(environment, file, { mode: 'read' });
  try {
    const definition = repository.config.get('ticket-table');
    return new Map(definition === undefined ? [] : [['ticket-table', definition]]);
  } finally {
    repository.close();
  }
}
