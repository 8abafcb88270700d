import type { Checkout } from '../checkout/checkout';
import { isBinary } from '../codec/is-binary';
import { EngineError } from '../errors';
import { areSameBytes } from '../platform/same-bytes';
import type { Repository } from '../repository/repository';
import { requireUnversionedName, UnversionedFiles, type UnversionedFile } from '../repository/unversioned';
import { findUser } from '../repository/users';
import { defaultCommitter } from './committer';

/** A repository in which unversioned files are changed, and the checkout from which, which tells the user. */
export interface UnversionedPlace {
  repository: Repository;
  checkout?: Checkout | undefined;
}

/** Which files: by their names, and by SQLite's patterns. */
export interface UnversionedSelection {
  names: readonly string[];
  globs: readonly string[];
  likes: readonly string[];
}

/**
 * Adds files of this computer, or gives those there new content.
 * @param files - `path` absolute
 * @param mtime - Unix seconds
 * @throws EngineError `file-name-refused`, `file-missing`; nothing is added then
 */
export async function addUnversioned(
  place: UnversionedPlace,
  files: readonly { name: string; path: string }[],
  mtime: number,
): Promise<void> {
  const { fs } = place.repository.environment;
  for (const { name } of files) requireUnversionedName(name);
  const contents: { name: string; content: Uint8Array }[] = [];
  for (const { name, path } of files) contents.push({ name, content: await fs.read(path) });
  change(place, 'add', (unversioned) => {
    for (const { name, content } of contents) unversioned.add(name, content, mtime);
  });
}

/** What an editor may show. @throws EngineError `file-missing`, `usage` for what is no text */
export function unversionedText(repository: Repository, name: string): Uint8Array {
  const content = new UnversionedFiles(repository).content(name);
  if (content === undefined) throw missing(name);
  if (!isBinary(content)) return content;
  throw new EngineError('usage', `${name} is no text. Export it, and add it again once it is changed.`);
}

/**
 * Gives a file the content that somebody has made of what it was, as Fossil does also where that is the same.
 * @param before - what it was
 * @param mtime - Unix seconds
 * @throws EngineError `file-changed-meanwhile` when it is that no longer, `file-missing`
 */
export function replaceUnversioned(
  place: UnversionedPlace,
  name: string,
  { before, after, mtime }: { before: Uint8Array; after: Uint8Array; mtime: number },
): void {
  change(place, 'edit', (unversioned) => {
    existing(unversioned, name);
    const current = unversioned.content(name);
    if (current === undefined || !areSameBytes(current, before)) {
      throw new EngineError('file-changed-meanwhile', `The unversioned file ${name} has been changed meanwhile.`);
    }
    unversioned.add(name, after, mtime);
  });
}

/** Deletes files here, and with the next sync elsewhere. @returns their names @throws EngineError `file-missing` for a name without file */
export function removeUnversioned(place: UnversionedPlace, selection: UnversionedSelection, mtime: number): string[] {
  return change(place, 'remove', (unversioned) => {
    const matching = [
      ...selection.globs.flatMap((glob) => unversioned.list({ glob })),
      ...selection.likes.flatMap((like) => unversioned.list({ like })),
    ].map(({ name }) => name);
    const names = [...new Set([...selection.names.map((name) => existing(unversioned, name).name), ...matching])];
    for (const name of names) unversioned.markDeleted(name, mtime);
    return names;
  });
}

/** Gives files another time: the youngest wins the next sync. @throws EngineError `file-missing` */
export function touchUnversioned(place: UnversionedPlace, names: readonly string[], mtime: number): void {
  change(place, 'touch', (unversioned) => {
    for (const name of names) unversioned.setTime(existing(unversioned, name).name, mtime);
  });
}

/** A file by its name, or by its hash in full. @throws EngineError `file-missing` */
export function unversionedContent(repository: Repository, name: string): { hash: string; content: Uint8Array } {
  const unversioned = new UnversionedFiles(repository);
  const file = unversioned.find(name);
  const byName = file?.hash === undefined ? undefined : unversioned.content(name);
  if (file?.hash !== undefined && byName !== undefined) return { hash: file.hash, content: byName };
  const byHash = unversioned.contentOfHash(name);
  if (byHash !== undefined) return { hash: name, content: byHash };
  throw missing(name);
}

/**
 * The time that a text means, as SQLite reads it; now without one.
 * @returns Unix seconds
 * @throws EngineError `usage`
 */
export function unversionedTime(repository: Repository, text: string | undefined): number {
  const now = Math.floor(repository.environment.clock.now() / 1000);
  if (text === undefined || text === 'now') return now;
  const row = repository.db
    .prepare("SELECT CAST(strftime('%s',?) AS INTEGER) AS time")
    .get<{ time: number | null }>(text);
  if (row?.time !== null && row?.time !== undefined && row.time > 0) return row.time;
  throw new EngineError('usage', `"${text}" is not a time. Write it as in 2026-11-21 18:30:00, in UTC.`);
}

function change<T>(
  { repository, checkout }: UnversionedPlace,
  what: string,
  work: (unversioned: UnversionedFiles) => T,
): T {
  return repository.transaction(() => {
    const login = defaultCommitter(repository, checkout);
    const userId = login === undefined ? undefined : findUser(repository, login)?.id;
    repository.receivedFrom({
      address: `#!fossil unversioned ${what}`,
      ...(userId === undefined ? {} : { userId }),
    });
    return work(new UnversionedFiles(repository));
  });
}

function existing(unversioned: UnversionedFiles, name: string): UnversionedFile {
  const file = unversioned.find(name);
  if (file?.hash === undefined) throw missing(name);
  return file;
}

function missing(name: string): EngineError {
  return new EngineError('file-missing', `There is no unversioned file "${name}". List those there are.`);
}
