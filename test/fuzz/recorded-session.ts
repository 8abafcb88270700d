import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../src/engine/codec/utf8';
import type { Rid } from '../../src/engine/identifiers';
import { createNodeEnvironment } from '../../src/engine/platform/node-environment';
import type { Environment } from '../../src/engine/platform/environment';
import { createNativeDriver } from '../../src/engine/platform/sqlite-native';
import { nodeZlib } from '../../src/engine/platform/zlib-node';
import { CONSISTENCY_CHECKS } from '../../src/engine/repository/consistency';
import { createRepository } from '../../src/engine/repository/create-repository';
import { CrosslinkSession } from '../../src/engine/repository/crosslink-session';
import { Repository } from '../../src/engine/repository/repository';
import { UnversionedFiles } from '../../src/engine/repository/unversioned';
import { memoryTransport } from '../../src/engine/transport/memory';
import { cloneInto, synchronize } from '../../src/engine/xfer/client';
import { parseRemote } from '../../src/engine/xfer/remote';
import { handleXfer } from '../../src/engine/xfer/server';
import { type MessageEntry, parseTranscript } from '../../src/engine/xfer/transcript';
import { recordingTransport } from '../../src/engine/xfer/transcript-recorder';
import type { Transport } from '../../src/engine/xfer/transport';
import { UnversionedClient } from '../../src/engine/xfer/unversioned-client';
import { RewindingDatabase } from './rewinding-database';

const REMOTE = parseRemote('http://example.org/');
/** Of so many cases one is checked in full. */
const FULL_CHECK_EVERY = 50;

/** What a session that is tried is about. */
export type SessionKind = 'clone' | 'sync';

/** Recorded sessions of our client with our server, and the repositories they began with. */
export class RecordedSession {
  static #one: Promise<RecordedSession> | undefined;
  readonly #databases = new Map<SessionKind | 'server', RewindingDatabase>();

  private constructor(
    readonly environment: Environment,
    private readonly directory: string,
    /** Messages of the client, out of their containers. */
    readonly requests: readonly Uint8Array[],
    readonly replies: Readonly<Record<SessionKind, readonly MessageEntry[]>>,
  ) {}

  /** Recorded once for all targets; gone with the process. */
  static get(): Promise<RecordedSession> {
    this.#one ??= this.#record();
    return this.#one;
  }

  static async #record(): Promise<RecordedSession> {
    const directory = mkdtempSync(join(tmpdir(), 'trilobite-fuzz-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    const driver = createNativeDriver() === undefined ? 'portable' : 'native';
    const environment = await createNodeEnvironment({ driver, homeDirectory: directory, variables: {} });
    const path = (name: string): string => join(directory, name);
    const server = createRepository(environment, path('server.fossil'), { adminUser: 'tester', isPrivate: true });
    server.db.prepare("UPDATE user SET cap='goiyx' WHERE login='nobody'").run();
    fill(server, 'server');
    server.db.persist();
    const options = { adminUser: 'tester', withInitialCheckin: false, projectCode: null, isPrivate: true };
    const empty = createRepository(environment, path('empty.fossil'), options);
    empty.db.persist();
    empty.close();
    copyFileSync(path('empty.fossil'), path('client.fossil'));
    const client = Repository.open(environment, path('client.fossil'), { isPrivate: true });

    const pieces: Uint8Array[] = [];
    const { clock } = environment;
    const transport = recordingTransport(memoryTransport({ xfer: (request) => handleXfer(server, request, {}) }), {
      zlib: nodeZlib,
      clock,
      write: (bytes) => pieces.push(bytes),
    });
    const said = (kind: MessageEntry['kind']): MessageEntry[] =>
      parseTranscript(Buffer.concat(pieces)).filter((entry): entry is MessageEntry => entry.kind === kind);
    await cloneInto(client, transport, REMOTE, {});
    const clone = said('reply');
    fill(server, 'more');
    fill(client, 'client');
    server.db.persist();
    client.db.persist();
    copyFileSync(path('client.fossil'), path('cloned.fossil'));
    copyFileSync(path('server.fossil'), path('served.fossil'));
    await sync(client, transport);
    client.close();
    server.close();
    const requests = said('request').map(({ body }) => body);
    return new RecordedSession(environment, directory, requests, { clone, sync: said('reply').slice(clone.length) });
  }

  /** A repository as it was when the session began. One of a kind at a time: it is to be closed before the next is asked for. */
  open(kind: SessionKind | 'server'): Repository {
    const { environment } = this;
    let database = this.#databases.get(kind);
    if (database === undefined) {
      const file = join(this.directory, { server: 'served', clone: 'empty', sync: 'cloned' }[kind] + '.fossil');
      database = new RewindingDatabase(environment.sqlite.open(file, { mode: 'write', isPrivate: true }));
      this.#databases.set(kind, database);
    }
    return new Repository(environment, database);
  }

  /** The client's part once more, with another server. */
  async converse(kind: SessionKind, repository: Repository, transport: Transport): Promise<void> {
    if (kind === 'sync') await sync(repository, transport);
    else await cloneInto(repository, transport, REMOTE, {});
  }

  /** A cheap check, and all of them now and then. */
  assertWhole(repository: Repository, seed: number, isClone: boolean): void {
    const { db, blobs } = repository;
    assert.equal(db.isInTransaction, false, 'a transaction is open');
    const count = (sql: string): number => db.prepare(sql).get<{ n: number }>()?.n ?? -1;
    assert.equal(
      count('SELECT count(*) AS n FROM blob LEFT JOIN phantom USING(rid) WHERE (size<0) <> (phantom.rid IS NOT NULL)'),
      0,
      'phantoms and their table disagree',
    );
    assert.equal(
      count('SELECT count(*) AS n FROM delta WHERE rid=srcid OR srcid NOT IN (SELECT rid FROM blob)'),
      0,
      'a delta has no source',
    );
    // What an interrupted clone has brought is verified in the end, all at once.
    if (isClone) return;
    const rids = db
      .prepare('SELECT rid FROM blob WHERE size>=0')
      .all<{ rid: Rid }>()
      .map(({ rid }) => rid);
    blobs.verify(rids.filter((rid) => blobs.isReadable(rid)));
    if (seed % FULL_CHECK_EVERY > 0) return;
    const findings = CONSISTENCY_CHECKS.flatMap((check) => check(repository));
    assert.deepEqual(findings, []);
  }
}

async function sync(repository: Repository, transport: Transport): Promise<void> {
  const parts = [new UnversionedClient(repository)];
  await synchronize(repository, transport, REMOTE, { pull: true, push: true, withPrivate: true, parts });
}

/** Artifacts of several kinds: files, versions of one that travel as deltas, a page, private content, unversioned files. */
function fill(repository: Repository, name: string): void {
  const { blobs } = repository;
  const withChecksum = (text: string): string => `${text}Z ${repository.environment.hash.hex('md5', utf8(text))}\n`;
  const page = `D 2026-01-02T03:04:05.678\nL ${name}\nU bob\nW 5\nhello\n`;
  const tag = `D 2026-01-02T03:04:06.678\nT +bgcolor ${'a'.repeat(40)} #fff\nU bob\n`;
  repository.transaction(() => {
    const session = new CrosslinkSession(repository, { isBulk: true });
    for (const text of [`${name}\n`.repeat(60), `${name}\n`.repeat(61), withChecksum(page), withChecksum(tag)]) {
      session.crosslink(blobs.put(utf8(text), { isUnsent: true }).rid, utf8(text));
    }
    blobs.put(utf8(`hidden ${name}`), { isPrivate: true });
    session.end();
  });
  const files = new UnversionedFiles(repository);
  repository.transaction(() => files.add(`${name}.txt`, utf8(`unversioned ${name}`), 1_795_198_421));
}
