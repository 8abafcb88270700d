import initSqlJs, { type SqlJsStatic } from 'sql.js';
import type { Hashing } from '../../src/engine/platform/hash';
import { createNodeHashing } from '../../src/engine/platform/hash-node';
import { makeFirstRepository } from './first-repository';

/** What all simulations of a process have in common. */
export interface Materials {
  hash: Hashing;
  sqlJs: SqlJsStatic;
  /** Images of two servers of one project, to begin with. */
  hub: Uint8Array;
  /** With more artifacts than go without clusters. */
  crowdedHub: Uint8Array;
  mirror: Uint8Array;
}

export async function prepareMaterials(): Promise<Materials> {
  const [hash, sqlJs] = await Promise.all([createNodeHashing(), initSqlJs()]);
  const first = { serverCode: '1'.repeat(40) };
  return {
    ...{ hash, sqlJs },
    hub: makeFirstRepository(sqlJs, hash, first),
    crowdedHub: makeFirstRepository(sqlJs, hash, { ...first, checkins: 45 }),
    mirror: makeFirstRepository(sqlJs, hash, { serverCode: '2'.repeat(40) }),
  };
}
