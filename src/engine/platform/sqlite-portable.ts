import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import initSqlJs, { type SqlJsStatic } from 'sql.js';
import { PortableDatabase } from './portable-database';
import type { SaveStep } from './portable-save';
import type { SqliteDriver } from './sqlite';

export interface PortableOptions {
  /** Milliseconds to wait for another writer. Fossil waits 15 s. */
  busyTimeout?: number;
  /** Called between the steps of a save; a test stops the process there. */
  onSaveStep?: (step: SaveStep) => void;
}

/** The driver over SQLite in WebAssembly: a database is an image in memory, a save replaces the file (src/DESIGN.md, Platform). */
export async function createPortableDriver(options: PortableOptions = {}): Promise<SqliteDriver> {
  const config = { wasmBinary: readWasm(), useOldExtensionFunctions: false };
  const sqlJs = await initSqlJs(config);
  const settings = {
    busyTimeout: options.busyTimeout ?? 15_000,
    onSaveStep: options.onSaveStep ?? ((): void => undefined),
  };
  return {
    name: 'portable',
    version: versionOf(sqlJs),
    open: (file, openOptions) => new PortableDatabase(sqlJs, file, openOptions, settings),
  };
}

/** Beside the bundle, or in the package when the sources run as they are. */
function readWasm(): ArrayBuffer {
  const bundled = path.join(__dirname, 'sql-wasm.wasm');
  const file = fs.existsSync(bundled) ? bundled : createRequire(__filename).resolve('sql.js/dist/sql-wasm.wasm');
  return new Uint8Array(fs.readFileSync(file)).buffer;
}

function versionOf(sqlJs: SqlJsStatic): string {
  const memory = new sqlJs.Database();
  try {
    return String(memory.exec('SELECT sqlite_version()')[0]?.values[0]?.[0]);
  } finally {
    memory.close();
  }
}
