import { createInlinePool } from '../../src/engine/platform/pool-inline';
import type { Environment } from '../../src/engine/platform/environment';

/** Calls `tick` whenever the engine turns to SQLite, hashes or compresses, before and after: the moments at which it may be killed. */
export function ticking(environment: Environment, tick: () => void): Environment {
  const hash = watched(environment.hash, tick);
  const zlib = watched(environment.zlib, tick);
  return {
    ...environment,
    hash,
    zlib,
    sqlite: watched(environment.sqlite, tick),
    fs: watched(environment.fs, tick),
    pool: createInlinePool({ hash, zlib }),
  };
}

/** The same object, with a tick around each call, and around the calls of what its calls return (a database, a statement). */
function watched<T extends object>(object: T, tick: () => void): T {
  return new Proxy(object, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        tick();
        const result: unknown = Reflect.apply(member, target, args);
        tick();
        return isWatchable(key) && typeof result === 'object' && result !== null ? watched(result, tick) : result;
      };
    },
  });
}

function isWatchable(key: string | symbol): boolean {
  return key === 'open' || key === 'prepare';
}
