import type { Clock } from './clock';
import type { Faults } from './faults';
import type { FileSystem } from './file-system';
import type { Hashing } from './hash';
import type { Pool } from './pool';
import type { Random } from './random';
import type { SqliteDriver } from './sqlite';
import type { Zlib } from './zlib';

/** All that the engine gets from its runtime. No module reads the time, randomness, the disk or the environment by itself. */
export interface Environment {
  clock: Clock;
  random: Random;
  hash: Hashing;
  zlib: Zlib;
  sqlite: SqliteDriver;
  fs: FileSystem;
  pool: Pool;
  /** Environment variables, as the process was started with. */
  variables: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the user's home directory. */
  homeDirectory: string;
  /** `posix` or `win32`: decides path separators and the checkout database's name. */
  platform: 'posix' | 'win32';
  /** In simulations only. */
  faults?: Faults;
}
