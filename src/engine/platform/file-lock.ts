import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { EngineError } from '../errors';
import { fileError, systemCodeOf } from './file-errors';
import { pause } from './pause';

/** Whoever holds a lock for long renews it. One this old, in milliseconds, was left by a process whose number another one has now. */
const abandonedAfter = 10 * 60_000;

interface LockContent {
  pid: number;
  host: string;
  token: string;
}

/** Keeps two processes of ours from writing one file at once; `fossil` knows nothing of it. */
export interface FileLock {
  /** @returns false when another process took the lock for abandoned */
  isHeld(): boolean;
  /** To be called every few minutes: what is not renewed for ten is taken for abandoned. */
  renew(): void;
  release(): void;
}

/** Of the locks that this process holds: another one with its number was left by a process that had the number before. */
const ownTokens = new Set<string>();

/**
 * Makes the lock file of `path`, which lies beside it.
 * @param patience - milliseconds to wait for the other process
 * @throws EngineError `repository-locked`, `repository-read-only`, `disk-full`
 */
export function takeLock(path: string, patience: number): FileLock {
  const file = `${path}.trilobite-lock`;
  const content: LockContent = { pid: process.pid, host: hostname(), token: randomBytes(8).toString('hex') };
  const deadline = Date.now() + patience;
  while (!tryTake(file, content)) {
    const holder = holderOf(file);
    if (holder !== undefined && isAbandoned(file, holder)) {
      breakLock(file, holder);
    } else {
      if (Date.now() >= deadline) throw lockedBy(path, file, holder);
      pause(10);
    }
  }
  ownTokens.add(content.token);
  const isHeld = (): boolean => holderOf(file)?.token === content.token;
  return {
    isHeld,
    renew: () => {
      if (isHeld()) fs.utimesSync(file, new Date(), new Date());
    },
    release: () => {
      ownTokens.delete(content.token);
      if (isHeld()) fs.rmSync(file, { force: true });
    },
  };
}

/** The lock appears with its content, by a hard link, so nobody reads half of one. */
function tryTake(file: string, content: LockContent): boolean {
  const prepared = `${file}-${content.token}`;
  try {
    fs.writeFileSync(prepared, JSON.stringify(content), { flag: 'w' });
    return linkOrCopy(prepared, file);
  } catch (error) {
    if (systemCodeOf(error) === 'EACCES' || systemCodeOf(error) === 'EPERM') {
      throw new EngineError('repository-read-only', `The folder of ${file} cannot be written.`, { cause: error });
    }
    throw fileError(error, file);
  } finally {
    fs.rmSync(prepared, { force: true });
  }
}

function linkOrCopy(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
  }
  // A disk without hard links.
  try {
    fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(file: string): LockContent | undefined {
  try {
    const content: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return isLockContent(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

function isLockContent(content: unknown): content is LockContent {
  return (
    typeof content === 'object' &&
    content !== null &&
    'pid' in content &&
    typeof content.pid === 'number' &&
    'host' in content &&
    typeof content.host === 'string' &&
    'token' in content &&
    typeof content.token === 'string'
  );
}

function isAbandoned(file: string, holder: LockContent): boolean {
  const age = Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return age > abandonedAfter || (holder.host === hostname() && !isHolderRunning(holder));
}

function isHolderRunning({ pid, token }: LockContent): boolean {
  if (pid === process.pid) return ownTokens.has(token);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
}

/** Moves the lock aside before removing it, and puts it back if it is another's by now. */
function breakLock(file: string, abandoned: LockContent): void {
  const aside = `${file}-${randomBytes(8).toString('hex')}`;
  try {
    fs.renameSync(file, aside);
    if (holderOf(aside)?.token !== abandoned.token) linkOrCopy(aside, file);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw fileError(error, file);
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

function lockedBy(path: string, file: string, holder: LockContent | undefined): EngineError {
  const who =
    holder === undefined ? 'another Trilobite' : `Trilobite with process number ${holder.pid} on ${holder.host}`;
  return new EngineError(
    'repository-locked',
    `${path} is being written by ${who}. Try again when that has finished; if none is running, remove ${file}.`,
  );
}
