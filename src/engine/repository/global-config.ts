import { EngineError, hasCode } from '../errors';
import type { Environment } from '../platform/environment';
import type { Database, OpenOptions } from '../platform/sqlite';

const applicationId = 252006675;

/** What a checkout leaves in Fossil's global database, so that `fossil all` finds it. Absolute paths; the root without trailing slash. */
export interface CheckoutRecord {
  repository: string;
  root: string;
}

/** A setting from Fossil's global database, which belongs to the user, not to a repository (fossil.md 8.1, 8.4). */
export function globalSetting(environment: Environment, name: string): string | undefined {
  const db = openFirst(environment, existingCandidates(environment), { mode: 'read' });
  if (db === undefined) return undefined;
  try {
    return (
      db.prepare('SELECT value FROM global_config WHERE name=?').get<{ value: string | null }>(name)?.value ?? undefined
    );
  } finally {
    db.close();
  }
}

/** All rows of the global database, settings and others. */
export function globalSettings(environment: Environment): Map<string, string> {
  const db = openFirst(environment, existingCandidates(environment), { mode: 'read' });
  if (db === undefined) return new Map();
  try {
    const rows = db
      .prepare('SELECT name, value FROM global_config WHERE value IS NOT NULL')
      .all<{ name: string; value: string }>();
    return new Map(rows.map(({ name, value }) => [name, value]));
  } finally {
    db.close();
  }
}

/**
 * Sets a global setting, or forgets it, making the database when there is none.
 * @param value - undefined: forget
 * @throws EngineError `portable-writes-refused`, `file-access` when there is no place for the database
 */
export async function changeGlobalSetting(
  environment: Environment,
  name: string,
  value: string | undefined,
  options: { allowPortableWrites: boolean },
): Promise<void> {
  const db =
    openFirst(environment, existingCandidates(environment), { mode: 'write', ...options }) ??
    (await createGlobalConfig(environment));
  if (db === undefined) {
    throw new EngineError('file-access', 'There is no place for global settings: the home directory cannot be used.');
  }
  try {
    db.transaction(() => {
      if (value === undefined) db.prepare('DELETE FROM global_config WHERE name=?').run(name);
      else db.prepare('REPLACE INTO global_config(name,value) VALUES(?,?)').run(name, value);
    });
  } finally {
    db.close();
  }
}

/**
 * Records repository and checkout in the global database as `fossil open` does, making the database when there is none. It only
 * serves `fossil all`: where it cannot be written, nothing is recorded and nothing fails.
 */
export async function recordCheckoutGlobally(environment: Environment, record: CheckoutRecord): Promise<void> {
  try {
    const db =
      openFirst(environment, existingCandidates(environment), { mode: 'write' }) ??
      (await createGlobalConfig(environment));
    if (db === undefined) return;
    try {
      const root = record.root.replaceAll('\\', '/').replace(/\/?$/, '/');
      const repository = record.repository.replaceAll('\\', '/');
      db.transaction(() => {
        const replace = db.prepare('REPLACE INTO global_config(name,value) VALUES(?,?)');
        replace.run(`repo:${repository}`, '1');
        replace.run(`ckout:${root}`, repository);
      });
    } finally {
      db.close();
    }
  } catch (error) {
    const isHarmless = hasCode(
      error,
      'portable-writes-refused',
      'repository-locked',
      'repository-read-only',
      'repository-changed',
      'not-a-repository',
      'file-access',
      'disk-full',
      'disk-read-only',
    );
    if (!isHarmless) throw error;
  }
}

/** Opens the first of the files that exists as a global database. */
function openFirst(environment: Environment, paths: readonly string[], options: OpenOptions): Database | undefined {
  for (const path of paths) {
    try {
      const db = environment.sqlite.open(path, options);
      const isGlobalConfig =
        db.prepare("SELECT 1 FROM sqlite_master WHERE type='table' AND name='global_config'").get() !== undefined;
      if (isGlobalConfig) return db;
      db.close();
    } catch (error) {
      if (!hasCode(error, 'file-access', 'file-missing', 'not-a-repository')) throw error;
    }
  }
  return undefined;
}

async function createGlobalConfig(environment: Environment): Promise<Database | undefined> {
  const path = await newPath(environment);
  if (path === undefined || (await environment.fs.status(path)) !== undefined) return undefined;
  const db = environment.sqlite.open(path, { mode: 'create' });
  db.transaction(() => {
    db.exec('CREATE TABLE global_config(name TEXT PRIMARY KEY, value TEXT)');
    db.exec(`PRAGMA application_id=${applicationId}`);
  });
  return db;
}

/** Where the database may be, in Fossil's order. */
function existingCandidates(environment: Environment): string[] {
  const { variables, homeDirectory, platform } = environment;
  const fossilHome = variables['FOSSIL_HOME'];
  if (platform === 'win32') {
    return [`${fossilHome ?? variables['LOCALAPPDATA'] ?? variables['APPDATA'] ?? homeDirectory}\\_fossil`];
  }
  if (fossilHome !== undefined) return [`${fossilHome}/.fossil`];
  const xdg = variables['XDG_CONFIG_HOME'];
  return [`${homeDirectory}/.fossil`, xdg === undefined ? `${homeDirectory}/.config/fossil.db` : `${xdg}/fossil.db`];
}

/** @returns the path of the user's global database; undefined when there is none yet */
export async function globalConfigFile(environment: Environment): Promise<string | undefined> {
  for (const path of existingCandidates(environment))
    if ((await environment.fs.status(path))?.kind === 'file') return path;
  return undefined;
}

/** Where Fossil would make a new one. */
async function newPath(environment: Environment): Promise<string | undefined> {
  const candidates = existingCandidates(environment);
  const [first, second] = candidates;
  if (second === undefined) return first;
  if (environment.variables['XDG_CONFIG_HOME'] !== undefined) return second;
  const configDirectory = await environment.fs.status(`${environment.homeDirectory}/.config`);
  return configDirectory?.kind === 'directory' ? second : first;
}
