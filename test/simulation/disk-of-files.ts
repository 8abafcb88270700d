import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqlJsStatic } from 'sql.js';
import { fileError } from '../../src/engine/platform/file-errors';
import { type FileLock, takeLock } from '../../src/engine/platform/file-lock';
import type { FaultSite } from '../../src/engine/platform/faults';
import type { FileSystem } from '../../src/engine/platform/file-system';
import { PortableDatabase } from '../../src/engine/platform/portable-database';
import { savePrivateImage, type SaveStep } from '../../src/engine/platform/portable-save';
import type { OpenOptions, SqliteDriver } from '../../src/engine/platform/sqlite';
import type { Disk } from './disk';
import { alwaysOn, type Power } from './power';
import { PoweredDatabase } from './powered-database';
import { type DiskFiles, SimulatedFileSystem } from './simulated-file-system';

/** In memory where the system has such a place: durability is not what is tested here. */
const ROOT = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const SITES: Readonly<Record<SaveStep, FaultSite>> = {
  written: 'image-written',
  checked: 'image-checked',
  'repository-renamed': 'image-renamed',
  'checkout-renamed': 'image-renamed',
};

/**
 * A disk of real files, which the portable driver writes as it does for users: images, temporary files, renames and locks. What lies there
 * at the moment of a power cut is what the machine finds afterwards.
 */
export class DiskOfFiles implements Disk, DiskFiles {
  readonly #sqlJs: SqlJsStatic;
  readonly #directory = fs.mkdtempSync(join(ROOT, 'trilobite-simulated-'));
  readonly #opened: PortableDatabase[] = [];
  /** What lay there when the power went. */
  #left: Map<string, Uint8Array> | undefined;

  constructor(sqlJs: SqlJsStatic) {
    this.#sqlJs = sqlJs;
  }

  place(path: string, bytes: Uint8Array): void {
    savePrivateImage(this.#at(path), bytes);
  }

  has(path: string): boolean {
    return fs.existsSync(this.#at(path));
  }

  copy(path: string): Uint8Array {
    return new Uint8Array(fs.readFileSync(this.#at(path)));
  }

  cutPower(): void {
    const names = fs.readdirSync(this.#directory);
    this.#left = new Map(names.map((name) => [name, fs.readFileSync(join(this.#directory, name))]));
  }

  losePower(): void {
    if (this.#left === undefined) return;
    for (const name of fs.readdirSync(this.#directory)) fs.rmSync(join(this.#directory, name));
    for (const [name, bytes] of this.#left) fs.writeFileSync(join(this.#directory, name), bytes);
    this.#left = undefined;
  }

  remove(): void {
    for (const database of this.#opened) database.close();
    fs.rmSync(this.#directory, { recursive: true });
  }

  driver(power: Power): SqliteDriver {
    return {
      name: 'portable',
      version: 'simulated',
      open: (path, options) => {
        power.require();
        if (options.mode === 'create') power.requireRoom(path);
        const database = this.#open(path, options, power);
        this.#opened.push(database);
        return power === alwaysOn ? database : new PoweredDatabase(database, path, options, power);
      },
    };
  }

  fileSystem(power: Power): FileSystem {
    return new SimulatedFileSystem(this, power);
  }

  size(path: string): number | undefined {
    // As a name in a file that is no directory, too, it is not there.
    return this.has(path) ? fs.statSync(this.#at(path)).size : undefined;
  }

  delete(path: string): void {
    fs.rmSync(this.#at(path), { force: true });
  }

  rename(from: string, to: string): void {
    try {
      fs.renameSync(this.#at(from), this.#at(to));
    } catch (error) {
      throw fileError(error, from);
    }
  }

  lock(path: string): FileLock {
    return takeLock(this.#at(path), 0);
  }

  #open(path: string, options: OpenOptions, power: Power): PortableDatabase {
    const onSaveStep = (step: SaveStep): void => {
      if (step === 'written') power.requireRoom(path);
      power.pass(SITES[step]);
    };
    // One thread: whoever waited for another would wait for ever.
    const settings = { busyTimeout: 0, onSaveStep };
    return new PortableDatabase(this.#sqlJs, this.#at(path), { ...options, allowPortableWrites: true }, settings);
  }

  #at(path: string): string {
    return join(this.#directory, path);
  }
}
