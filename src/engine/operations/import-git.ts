import { withSidecars } from '../checkout/file-name';
import { EngineError, hasCode, throwIfCancelled } from '../errors';
import { FastImportReader } from '../git/fast-import-reader';
import { GitImporter, type ImportOptions, type NamePattern } from '../git/git-importer';
import { ImportStore } from '../git/import-store';
import { formatMarks, type Mark, readMarks } from '../git/marks-file';
import type { StreamCommand } from '../git/stream-command';
import { StreamSource } from '../git/stream-source';
import type { Hash, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import { verifyAndCrosslinkClone } from '../repository/clone-verification';
import { createClusters } from '../repository/create-clusters';
import { createRepository } from '../repository/create-repository';
import { CrosslinkSession } from '../repository/crosslink-session';
import type { Repository } from '../repository/repository';
import { findUser } from '../repository/users';
import { textOf, utf8 } from '../codec/utf8';
import { userOfEnvironment } from './committer';
import { countOf } from './describe';
import { requireFree } from './free-path';
import type { Interaction } from './interaction';
import { renewing, withPartialFile } from './partial-file';
import { writeRepository } from './with-checkout';

/** Somebody's check-ins under a Fossil user's name. */
export interface Attribution {
  address: string;
  user: string;
}

export interface GitImportRequest {
  /** Repository file to make, or to import into. */
  path: string;
  /** Import into an existing repository. */
  incremental?: boolean;
  /** Replace an existing file. */
  force?: boolean;
  /** Administrator of a new repository. */
  adminUser?: string;
  /** What Git's `master` is called; default `master`. */
  masterName?: string;
  /** Tag of every root and main branch of a new repository; default `trunk`. */
  trunkName?: string;
  branches?: NamePattern;
  tags?: NamePattern;
  usesAuthor?: boolean;
  attributions?: readonly Attribution[];
  /** Marks files of an earlier import, and of this one. */
  importMarks?: string;
  exportMarks?: string;
  /** Bytes of the stream, when they are known. */
  streamSize?: number;
}

export interface GitImportResult {
  path: string;
  checkins: number;
  tags: number;
  /** Artifacts that are new. */
  artifacts: number;
  /** Submodules, which Fossil cannot hold and which were left out. */
  submodules: number;
  projectCode: string;
  /** The administrator of a new repository, and the first password. */
  user?: string;
  password?: string;
  /** In words. */
  summary: string;
}

/** What an import has put into a file of its own. */
interface Imported {
  counts: GitImporter['counts'];
  marks: Map<string, Hash>;
}

const NO_PATTERN: NamePattern = { before: '', after: '' };
/** A transaction takes in about this many bytes of the stream. */
const SLICE_BYTES = 8 << 20;
const SLICE_COMMANDS = 1000;
/** Transactions on a file that others may use end after about this many milliseconds. */
const SLICE_MILLISECONDS = 100;
const READING_SHARE = 0.5;
/** Share of a new file that may be free pages. */
const TOLERATED_HOLES = 0.1;

/**
 * Reads a Git fast-import stream into a new repository, or into an existing one (`fossil import --git`).
 * @throws EngineError `stream-malformed`, `repository-exists`, `cancelled`; a new file is not left then, and of an existing one nothing
 * has changed unless it had begun to take over what was read
 */
export async function importGit(
  environment: Environment,
  request: GitImportRequest,
  stream: AsyncIterable<Uint8Array>,
  interaction: Interaction,
): Promise<GitImportResult> {
  if (request.incremental === true) {
    return writeRepository(environment, request.path, interaction, (repository) =>
      importInto(repository, request, stream, interaction),
    );
  }
  if (request.importMarks !== undefined) {
    throw new EngineError('usage', '--import-marks needs --incremental: a new repository knows no marks yet.');
  }
  if (request.force !== true) {
    const advice = 'Choose another name, --force to replace it, or --incremental to import into it.';
    await requireFree(environment, request.path, advice);
  }
  return withPartialFile(environment, request.path, async (partial, lock) => {
    const attended = renewing(lock, environment, interaction);
    const result = await importNew(environment, partial, request, stream, attended);
    throwIfCancelled(interaction.signal);
    if (request.force === true) await clearAway(environment, request.path);
    await environment.fs.rename(partial, request.path, { replace: request.force === true });
    return result;
  });
}

/**
 * Readies a file for being replaced: what a crash left beside it is taken in and removed, since SQLite would apply it to the new file.
 * @throws EngineError `repository-locked` while another program is at work on it
 */
async function clearAway(environment: Environment, path: string): Promise<void> {
  if ((await environment.fs.status(path)) !== undefined) {
    try {
      const old = environment.sqlite.open(path, { mode: 'write', allowPortableWrites: true });
      try {
        old.transaction(() => undefined);
      } finally {
        old.close();
      }
    } catch (error) {
      // What is no database may go, too.
      if (!hasCode(error, 'not-a-repository', 'content-corrupt')) throw error;
    }
  }
  for (const sidecar of withSidecars(path).filter((name) => name !== path)) await environment.fs.remove(sidecar);
}

async function importNew(
  environment: Environment,
  partial: string,
  request: GitImportRequest,
  stream: AsyncIterable<Uint8Array>,
  interaction: Interaction,
): Promise<GitImportResult> {
  const user = request.adminUser ?? userOfEnvironment(environment.variables) ?? 'root';
  const repository = createRepository(environment, partial, {
    adminUser: user,
    withInitialCheckin: false,
    isPrivate: true,
  });
  try {
    repository.transaction(() => repository.config.set('main-branch', request.trunkName ?? 'trunk'));
    const imported = await readStream(repository, repository, undefined, request, new Map(), stream, interaction);
    await verifyAndCrosslinkClone(repository, {
      ...(interaction.signal === undefined ? {} : { signal: interaction.signal }),
      onProgress: ({ phase, done, total }) =>
        interaction.onProgress?.({
          phase,
          fraction: Math.min(
            0.99,
            READING_SHARE + (0.25 * done) / Math.max(1, total) + (phase === 'crosslink' ? 0.25 : 0),
          ),
          artifacts: { done, total },
          bytes: { done: 0 },
          roundTrips: 0,
          rate: 0,
        }),
    });
    const artifacts = repository.blobs.count();
    repository.transaction(() => {
      keepAttributions(repository, request.attributions ?? []);
      createClusters(repository);
    });
    await writeMarks(repository, request, imported, []);
    reclaimSpace(repository);
    repository.db.persist();
    const password = findUser(repository, user)?.password ?? '';
    return { ...resultOf(repository, request, imported, artifacts), user, password };
  } finally {
    repository.close();
  }
}

/** Reads the stream into a file of its own first, so that a stream that turns out malformed has changed nothing. */
async function importInto(
  repository: Repository,
  request: GitImportRequest,
  stream: AsyncIterable<Uint8Array>,
  interaction: Interaction,
): Promise<GitImportResult> {
  const { environment } = repository;
  const earlier = request.importMarks === undefined ? [] : await marksIn(repository, request.importMarks);
  const marks = new Map(earlier.map(({ name, hash }) => [name, hash]));
  return withPartialFile(environment, request.path, async (partial) => {
    const staging = createRepository(environment, partial, {
      adminUser: 'root',
      withInitialCheckin: false,
      isPrivate: true,
    });
    try {
      const imported = await readStream(staging, repository, repository, request, marks, stream, interaction);
      repository.transaction(() => keepAttributions(repository, request.attributions ?? []));
      const artifacts = await takeOver(staging, repository, interaction);
      await writeMarks(repository, request, imported, earlier);
      return resultOf(repository, request, imported, artifacts);
    } finally {
      staging.close();
    }
  });
}

/** @param known - the repository that the import belongs to: its users and its way of naming artifacts count */
async function readStream(
  target: Repository,
  known: Repository,
  base: Repository | undefined,
  request: GitImportRequest,
  marks: Map<string, Hash>,
  stream: AsyncIterable<Uint8Array>,
  interaction: Interaction,
): Promise<Imported> {
  const { environment } = target;
  const policy = known.blobs.hashPolicy.name;
  const algorithm = policy === 'sha1' || policy === 'auto' ? 'sha1' : 'sha3-256';
  const store = target.transaction(() => new ImportStore(target, algorithm, base));
  const importer = new GitImporter(store, environment.hash, optionsOf(known, request), marks);
  const source = new StreamSource(stream, interaction.signal);
  let slice: StreamCommand[] = [];
  let sliceStart = 0;
  const apply = async (): Promise<void> => {
    target.transaction(() => slice.forEach((command) => importer.apply(command)));
    slice = [];
    sliceStart = source.position;
    const { streamSize } = request;
    interaction.onProgress?.({
      phase: 'receive',
      fraction: streamSize === undefined ? 0 : Math.min(1, sliceStart / Math.max(1, streamSize)) * READING_SHARE,
      artifacts: { done: importer.counts.checkins },
      bytes: { done: sliceStart, ...(streamSize === undefined ? {} : { total: streamSize }) },
      roundTrips: 0,
      rate: 0,
    });
    await environment.clock.yield();
    throwIfCancelled(interaction.signal);
  };
  for await (const command of new FastImportReader(source).commands()) {
    slice.push(command);
    if (slice.length >= SLICE_COMMANDS || source.position - sliceStart >= SLICE_BYTES) await apply();
  }
  await apply();
  target.transaction(() => {
    importer.finish();
    store.flush();
  });
  // Those of a large history are many megabytes, which what follows has better use for.
  return { counts: importer.counts, marks: request.exportMarks === undefined ? new Map<string, Hash>() : marks };
}

/** Brings what was read into a repository that others may use, a little at a time: each slice leaves it consistent. */
async function takeOver(staging: Repository, repository: Repository, interaction: Interaction): Promise<number> {
  const { clock } = repository.environment;
  const rids = staging.db.prepare('SELECT rid FROM blob ORDER BY rid').all<{ rid: Rid }>();
  const session = new CrosslinkSession(repository, { isBulk: true });
  let added = 0;
  let next = 0;
  let isCancelled = false;
  do {
    isCancelled = interaction.signal?.aborted === true;
    const end = clock.now() + SLICE_MILLISECONDS;
    repository.transaction(() => {
      repository.receivedFrom({ userId: 1, address: 'git-import' });
      while (!isCancelled && next < rids.length && clock.now() < end) {
        const rid = rids[next++]?.rid;
        if (rid !== undefined && take(staging, repository, session, rid)) added++;
      }
      if (isCancelled || next >= rids.length) session.end();
    });
    interaction.onProgress?.({
      phase: 'crosslink',
      fraction: Math.min(0.99, READING_SHARE + (0.5 * next) / Math.max(1, rids.length)),
      artifacts: { done: next, total: rids.length },
      bytes: { done: 0 },
      roundTrips: 0,
      rate: 0,
    });
    await clock.yield();
  } while (!isCancelled && next < rids.length);
  throwIfCancelled(interaction.signal);
  return added;
}

function take(staging: Repository, repository: Repository, session: CrosslinkSession, rid: Rid): boolean {
  const hash = staging.blobs.hash(rid);
  if (repository.blobs.isShunned(hash)) return false;
  const content = staging.blobs.content(rid);
  const put = repository.blobs.put(content, { name: hash });
  if (put.isNew) session.crosslink(put.rid, content);
  return put.isNew;
}

function optionsOf(known: Repository, request: GitImportRequest): ImportOptions {
  return {
    masterName: request.masterName ?? 'master',
    trunkName: request.trunkName ?? 'trunk',
    branches: request.branches ?? NO_PATTERN,
    tags: request.tags ?? NO_PATTERN,
    usesAuthor: request.usesAuthor ?? false,
    userOf: userFinder(known, request.attributions ?? []),
  };
}

/** A user whose contact information is somebody's name and address; else the address; and over both the attributions. */
function userFinder(known: Repository, attributions: readonly Attribution[]): ImportOptions['userOf'] {
  const attributed = new Map(attributionsIn(known).map(({ address, user }) => [address, user]));
  for (const { address, user } of attributions) if (!attributed.has(address)) attributed.set(address, user);
  const users = new Map(
    known.db
      .prepare('SELECT login, info FROM user WHERE info IS NOT NULL ORDER BY uid DESC')
      .all<{ login: string; info: string }>()
      .map(({ login, info }) => [info, login]),
  );
  return ({ contact, address }) => {
    const login = users.get(contact);
    return attributed.get(login === undefined ? address : contact) ?? login ?? address;
  };
}

function attributionsIn({ db }: Repository): Attribution[] {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name='fx_git' AND type='table'").get() === undefined) return [];
  return db.prepare('SELECT user, email AS address FROM fx_git').all<Attribution & Record<string, string>>();
}

/** The table in which Fossil keeps them for later imports and exports. */
function keepAttributions({ db }: Repository, attributions: readonly Attribution[]): void {
  if (attributions.length === 0) return;
  db.exec('CREATE TABLE IF NOT EXISTS fx_git(user TEXT, email TEXT UNIQUE)');
  const insert = db.prepare('INSERT OR IGNORE INTO fx_git(user,email) VALUES(?,?)');
  for (const { user, address } of attributions) insert.run(user, address);
}

/** A stream that brings all contents first leaves many holes, where full texts stood before their deltas. */
function reclaimSpace({ db }: Repository): void {
  const free = db.prepare('PRAGMA main.freelist_count').get<{ freelist_count: number }>()?.freelist_count ?? 0;
  const pages = db.prepare('PRAGMA main.page_count').get<{ page_count: number }>()?.page_count ?? 0;
  if (free > pages * TOLERATED_HOLES) db.exec('VACUUM');
}

async function marksIn(repository: Repository, path: string): Promise<Mark[]> {
  return readMarks(textOf(await repository.environment.fs.read(path)), path, repository);
}

/** Marks of contents are free for Git to use again; those of check-ins are kept. */
async function writeMarks(
  repository: Repository,
  request: GitImportRequest,
  imported: Imported,
  earlier: readonly Mark[],
): Promise<void> {
  if (request.exportMarks === undefined) return;
  const find = repository.db.prepare("SELECT rid FROM blob JOIN event ON objid=rid AND type='ci' WHERE uuid=?");
  const marks: Mark[] = earlier.filter(({ kind }) => kind === 'b');
  for (const [name, hash] of imported.marks) {
    const rid = find.get<{ rid: Rid }>(hash)?.rid;
    if (rid !== undefined) marks.push({ kind: 'c', name, rid, hash });
  }
  await repository.environment.fs.writeInto(request.exportMarks, utf8(formatMarks(marks)));
}

function resultOf(
  repository: Repository,
  request: GitImportRequest,
  { counts }: Imported,
  artifacts: number,
): GitImportResult {
  const { checkins, tags, submodules } = counts;
  const leftOut =
    submodules === 0 ? '' : ` ${countOf(submodules, 'submodule change')} left out: Fossil has no submodules.`;
  return {
    path: request.path,
    checkins,
    tags,
    artifacts,
    submodules,
    projectCode: repository.projectCode ?? '',
    summary: `Imported ${countOf(checkins, 'check-in')} and ${countOf(tags, 'tag')} into ${request.path}: ${countOf(artifacts, 'new artifact')}.${leftOut}`,
  };
}
