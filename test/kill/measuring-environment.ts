import type { Environment } from '../../src/engine/platform/environment';
import type { Database } from '../../src/engine/platform/sqlite';

/** Tells of each transaction how long it waited for its lock and how long it held it, in milliseconds. */
export function measuringTransactions(
  environment: Environment,
  onTransaction: (waited: number, held: number) => void,
): Environment {
  const { sqlite } = environment;
  const measured = (database: Database): Database =>
    new Proxy(database, {
      get(target, key): unknown {
        if (key === 'transaction') return <T>(work: () => T): T => measure(target, work);
        const member: unknown = Reflect.get(target, key, target);
        return typeof member === 'function'
          ? (...args: unknown[]): unknown => Reflect.apply(member, target, args)
          : member;
      },
    });
  const measure = <T>(database: Database, work: () => T): T => {
    if (database.isInTransaction) return work();
    const asked = performance.now();
    let begun = asked;
    try {
      return database.transaction(() => {
        begun = performance.now();
        return work();
      });
    } finally {
      onTransaction(begun - asked, performance.now() - begun);
    }
  };
  return { ...environment, sqlite: { ...sqlite, open: (file, options) => measured(sqlite.open(file, options)) } };
}
