import { mkdtemp, copyFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../src/engine/codec/utf8';
import type { Hash } from '../../src/engine/identifiers';
import type { Environment } from '../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../src/engine/platform/node-environment';
import { createRepository } from '../../src/engine/repository/create-repository';
import { CrosslinkSession } from '../../src/engine/repository/crosslink-session';
import { receiveArtifact } from '../../src/engine/repository/receive';
import { Repository } from '../../src/engine/repository/repository';
import { UnversionedFiles } from '../../src/engine/repository/unversioned';
import { sealed } from './artifact-text';
import { LATER, NEW, sha1, sha3 } from './hostile-messages';

export const PROJECT = '1'.repeat(40);
export const SERVER = '2'.repeat(40);
/** The shared secret of `bob`. */
export const BOBS_SECRET = sha1(`${PROJECT}/bob/bobpw`);

/** Two versions of a file that are worth a delta. */
export const OLDER_TEXT = 'a line that repeats\n'.repeat(20);
export const NEWER_TEXT = `${OLDER_TEXT}and one that does not\n`;
export const OLDER = sha3(OLDER_TEXT);
export const NEWER = sha3(NEWER_TEXT);

function checkin(day: number, file: string, parent?: string): string {
  const cards = [
    'C checkin',
    `D 2026-01-0${day}T00:00:00.000`,
    `F f.txt ${file}`,
    ...(parent === undefined ? [] : [`P ${parent}`]),
    ...(parent === undefined ? ['T *branch * trunk', 'T *sym-trunk *'] : []),
    'U tester',
  ];
  return Buffer.from(sealed(`${cards.join('\n')}\n`)).toString();
}
const ROOT_TEXT = checkin(1, OLDER);
export const ROOT = sha3(ROOT_TEXT);
const LEAF_TEXT = checkin(2, NEWER, ROOT);
/** A check-in without children. */
export const LEAF = sha3(LEAF_TEXT);
/** A private artifact. */
export const SECRET = sha3('secret');
/** What the project does not want to have; it is shunned. */
export const SHUNNED = sha3('shunned');
export const SHUNNED_TEXT = 'shunned';
export const UNVERSIONED = sha3('uv');

/** Names in what a test reads, instead of their digits. */
const LABELS: Readonly<Record<string, string>> = {
  [NEW]: 'HELLO',
  [LATER]: 'LATER',
  [OLDER]: 'OLDER',
  [NEWER]: 'NEWER',
  [ROOT]: 'ROOT',
  [LEAF]: 'LEAF',
  [SECRET]: 'SECRET',
  [SHUNNED]: 'SHUNNED',
  [UNVERSIONED]: 'UV',
  [PROJECT]: 'PROJECT',
  [SERVER]: 'SERVER',
};

/** SQL by which an artifact is known by name only. */
export const isWanted = (hash: string, options: { isPrivate?: boolean } = {}): string =>
  `INSERT INTO blob(rcvid,size,uuid) VALUES(0,-1,'${hash}'); INSERT INTO phantom SELECT rid FROM blob WHERE uuid='${hash}';
   ${options.isPrivate === true ? `INSERT INTO private SELECT rid FROM blob WHERE uuid='${hash}';` : ''}`;

const STATE = `
  SELECT 'artifact ' || uuid AS line FROM blob WHERE size>=0 UNION ALL
  SELECT 'phantom ' || uuid FROM phantom JOIN blob USING(rid) UNION ALL
  SELECT 'private ' || uuid FROM private JOIN blob USING(rid) UNION ALL
  SELECT 'waiting delta ' || b.uuid || ' of ' || s.uuid FROM delta d JOIN blob b ON b.rid=d.rid JOIN blob s ON s.rid=d.srcid
    WHERE s.size<0 UNION ALL
  SELECT 'setting ' || name || '=' || coalesce(CAST(value AS TEXT), 'null') FROM config
    WHERE name IN ('css', 'project-name', 'cookie') OR name GLOB 'ci-lock-*' OR name GLOB 'sync*' OR name GLOB 'link:*' UNION ALL
  SELECT 'user ' || login || ' may ' || coalesce(cap, 'nothing') FROM user UNION ALL
  SELECT 'shun ' || uuid FROM shun UNION ALL
  SELECT 'file ' || name || ' ' || coalesce(mtime, 'never') || ' ' || coalesce(hash, 'deleted') FROM unversioned
  ORDER BY 1`;

/**
 * A small project that is the same to the last byte each time, for tables of cards: two check-ins of one file, a private artifact, a shunned
 * name, an unversioned file, and `bob`, who may write.
 */
export class CardProject {
  #count = 0;

  private constructor(
    readonly environment: Environment,
    readonly directory: string,
  ) {}

  static async create(driver: 'native' | 'portable' = 'portable'): Promise<CardProject> {
    const directory = await mkdtemp(join(tmpdir(), 'trilobite-cards-'));
    const environment = await createNodeEnvironment({ driver, homeDirectory: directory, variables: {} });
    const project = new CardProject(environment, directory);
    const repository = createRepository(environment, join(directory, 'base.fossil'), {
      ...{ adminUser: 'tester', projectCode: PROJECT, withInitialCheckin: false, isPrivate: true },
    });
    repository.transaction(() => {
      const session = new CrosslinkSession(repository, { isBulk: true });
      for (const [text, isPrivate] of [
        ...[OLDER_TEXT, NEWER_TEXT, ROOT_TEXT, LEAF_TEXT].map((text) => [text, false] as const),
        ['secret', true] as const,
      ])
        receiveArtifact(repository, session, { hash: sha3(text) as Hash, payload: utf8(text), isPrivate });
      session.end();
      repository.config.set('server-code', SERVER);
      new UnversionedFiles(repository).put({ name: 'uv.txt', mtime: 1000, hash: UNVERSIONED as Hash }, utf8('uv'));
      repository.db.exec(`INSERT INTO shun(uuid,mtime) VALUES('${SHUNNED}',0);
        INSERT INTO user(login,pw,cap,mtime) VALUES('bob','${BOBS_SECRET}','gio',0), ('joan','clear','o',0);
        UPDATE user SET pw='clear' WHERE login IN ('tester', 'anonymous');
        UPDATE user SET mtime=7; UPDATE reportfmt SET mtime=7; UPDATE config SET mtime=7`);
    });
    repository.close();
    return project;
  }

  async remove(): Promise<void> {
    await this.environment.pool.close();
    await rm(this.directory, { recursive: true });
  }

  /** @param before - SQL that makes it another */
  async copy(before = ''): Promise<string> {
    const path = join(this.directory, `${++this.#count}.fossil`);
    await copyFile(join(this.directory, 'base.fossil'), path);
    if (before === '') return path;
    const repository = this.open(path);
    repository.transaction(() => repository.db.exec(before));
    repository.close();
    return path;
  }

  open(path: string): Repository {
    return Repository.open(this.environment, path, { isPrivate: true });
  }

  /** {@link state} of the repository in a file. */
  stateIn(path: string): string[] {
    const repository = this.open(path);
    try {
      return this.state(repository);
    } finally {
      repository.close();
    }
  }

  /** What there is, a line each. */
  state(repository: Repository): string[] {
    return repository.db
      .prepare(STATE)
      .all<{ line: string }>()
      .map(({ line }) => labelled(line))
      .sort();
  }
}

export function labelled(text: string): string {
  return text.replace(/\b[0-9a-f]{64}\b|\b(?:1{40}|2{40})\b/g, (name) => LABELS[name] ?? name);
}

/** @returns what is no longer there, and what is there now */
export function changesBetween(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}
