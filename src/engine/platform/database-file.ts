import * as fs from 'node:fs';
import * as path from 'node:path';
import { EngineError } from '../errors';
import { fileError, systemCodeOf } from './file-errors';

/**
 * Makes the empty file of a new database. Opening it here is harmless: nobody holds a lock on it yet (sqlite.md 2.4).
 * @throws EngineError `repository-exists` when the path is taken
 */
export function claimNewFile(file: string): void {
  try {
    fs.closeSync(fs.openSync(file, 'wx'));
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw fileError(error, file);
    throw new EngineError('repository-exists', `${file} exists already. Choose another name or remove it first.`);
  }
}

/** @throws EngineError `file-missing`, `not-a-repository` for a directory. Does not open the file. */
export function requireExistingFile(file: string): void {
  let stats;
  try {
    stats = fs.statSync(file);
  } catch (error) {
    throw fileError(error, file);
  }
  if (!stats.isFile()) {
    throw new EngineError('not-a-repository', `${file} is not a Fossil repository: it is not a file.`);
  }
}

/** @throws EngineError `repository-read-only`, `disk-read-only`. SQLite also needs the folder, for its journal. */
export function requireWritable(file: string): void {
  for (const place of [file, path.dirname(file)]) {
    try {
      fs.accessSync(place, fs.constants.W_OK);
    } catch (error) {
      if (systemCodeOf(error) === 'EROFS') throw fileError(error, file);
      throw new EngineError(
        'repository-read-only',
        `${file} can only be read. Check its permissions and those of its folder.`,
        { cause: error },
      );
    }
  }
}
