import { homedir } from 'node:os';
import { EngineError } from '../errors';
import { nodeClock } from './clock-node';
import type { Environment } from './environment';
import { nodeFileSystem } from './file-system-node';
import { createNodeHashing } from './hash-node';
import type { Pool, TaskTools } from './pool';
import { createInlinePool } from './pool-inline';
import { createWorkerPool } from './pool-workers';
import { nodeRandom } from './random-node';
import type { SqliteDriver } from './sqlite';
import { createNativeDriver } from './sqlite-native';
import { createPortableDriver } from './sqlite-portable';
import { nodeZlib } from './zlib-node';

export interface NodeEnvironmentOptions {
  /** `auto` (the default) takes the native driver where it loads. */
  driver?: 'native' | 'portable' | 'auto';
  /** `inline` is the default. `workerFile` is the built src/engine/compute.ts; `width` the most threads, by default one per core up to 4. */
  pool?: 'inline' | { workerFile: string; width?: number };
  /** Milliseconds to wait for another process's lock on a database; default 15,000. */
  busyTimeout?: number;
  /** Default: the user's. */
  homeDirectory?: string;
  /** Default: those of the process. */
  variables?: Readonly<Record<string, string | undefined>>;
}

/**
 * The environment on Node.
 * @throws EngineError `internal` when the native driver was asked for and this Node has none
 */
export async function createNodeEnvironment(options: NodeEnvironmentOptions = {}): Promise<Environment> {
  const [hash, sqlite] = await Promise.all([createNodeHashing(), sqliteDriver(options)]);
  return {
    clock: nodeClock,
    random: nodeRandom,
    hash,
    zlib: nodeZlib,
    sqlite,
    fs: nodeFileSystem,
    pool: poolFor(options, { hash, zlib: nodeZlib }),
    variables: options.variables ?? process.env,
    homeDirectory: options.homeDirectory ?? ownHome(),
    platform: process.platform === 'win32' ? 'win32' : 'posix',
  };
}

function ownHome(): string {
  try {
    return homedir();
  } catch (cause) {
    const advice = 'Set HOME to one: Fossil keeps there what holds for all repositories.';
    throw new EngineError('file-missing', `The user who runs this has no home folder. ${advice}`, { cause });
  }
}

async function sqliteDriver(options: NodeEnvironmentOptions): Promise<SqliteDriver> {
  const wanted = options.driver ?? 'auto';
  const busyTimeout = options.busyTimeout === undefined ? {} : { busyTimeout: options.busyTimeout };
  if (wanted !== 'portable') {
    const native = createNativeDriver(busyTimeout);
    if (native !== undefined) return native;
    if (wanted === 'native') {
      throw new EngineError('internal', `Node ${process.versions.node} has no SQLite of its own.`);
    }
  }
  return createPortableDriver(busyTimeout);
}

function poolFor(options: NodeEnvironmentOptions, tools: TaskTools): Pool {
  return options.pool === undefined || options.pool === 'inline'
    ? createInlinePool(tools)
    : createWorkerPool(options.pool, tools);
}
