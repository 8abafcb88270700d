import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Rid } from '../../src/engine/identifiers';
import type { Environment } from '../../src/engine/platform/environment';
import { createClusters } from '../../src/engine/repository/create-clusters';
import { CrosslinkSession } from '../../src/engine/repository/crosslink-session';
import { Repository } from '../../src/engine/repository/repository';
import { currentToken } from '../../src/engine/xfer/seen-token';

const run = promisify(execFile);

export interface Behind {
  /** Has everything; what the other lacks came to it with a receipt of its own. */
  full: string;
  /** Has what came before. */
  older: string;
  /** How far `older` has seen `full`, as our own server writes it. */
  token: string;
  /** Artifacts that `older` lacks. */
  artifacts: number;
}

/**
 * Two states of a repository, the older about so many artifacts behind, in the order of their rows. What the older one has is named by
 * clusters in both, as after every pull, so that only what is new has to be told.
 */
export async function makeBehind(
  environment: Environment,
  source: string,
  { full, older }: { full: string; older: string },
  artifacts: number,
): Promise<Behind> {
  for (const file of [full, older]) {
    await fs.copyFile(source, file);
    await fs.chmod(file, 0o644);
  }
  const cut = await truncate(environment, older, artifacts);
  const newest = await truncate(environment, full, 0);
  const clusters = clustersOf(environment, older);
  const repository = Repository.open(environment, full);
  const { db } = repository;
  repository.transaction(() => {
    const session = new CrosslinkSession(repository, { isBulk: true });
    for (const content of clusters) session.crosslink(repository.blobs.put(content).rid, content);
    session.end();
  });
  db.exec(
    `DELETE FROM rcvfrom; DELETE FROM unsent;
     INSERT INTO rcvfrom(rcvid, uid, mtime, nonce, ipaddr) VALUES(1, 1, 2451545, 'older', ''), (2, 1, 2451546, 'newer', '');
     UPDATE blob SET rcvid=1 WHERE size>=0;
     UPDATE blob SET rcvid=2 WHERE size>=0 AND rid>${cut} AND rid<=${newest};
     UPDATE user SET cap='gio' WHERE login='nobody'`,
  );
  const lacked = db.prepare('SELECT count(*) AS count FROM blob WHERE rcvid=2').get<{ count: number }>()?.count ?? 0;
  const token = tokenOf(environment, older, repository.serverCode);
  repository.close();
  return { full, older, token, artifacts: lacked };
}

/** Leaves out the newest artifacts, and all clusters. @returns the last row that is left */
async function truncate(environment: Environment, file: string, artifacts: number): Promise<number> {
  const repository = Repository.open(environment, file);
  const { db } = repository;
  db.exec(
    `CREATE TEMP TABLE gone AS SELECT rid FROM tagxref JOIN tag USING(tagid) WHERE tagname='cluster';
     CREATE TEMP TABLE kept AS SELECT rid FROM blob WHERE rid NOT IN (SELECT rid FROM gone)`,
  );
  const cut =
    db
      .prepare(
        `SELECT max(objid) AS rid FROM event
          WHERE objid<=(SELECT rid FROM kept ORDER BY rid DESC LIMIT 1 OFFSET ?)`,
      )
      .get<{ rid: number }>(artifacts)?.rid ?? 0;
  db.exec(`INSERT INTO gone SELECT rid FROM blob WHERE rid>${cut}`);
  const broken = db
    .prepare('SELECT rid FROM delta WHERE rid NOT IN (SELECT rid FROM gone) AND srcid IN (SELECT rid FROM gone)')
    .all<{ rid: Rid }>();
  repository.transaction(() => {
    for (const { rid } of broken) repository.blobs.expand(rid);
    for (const table of ['blob', 'delta']) db.exec(`DELETE FROM ${table} WHERE rid IN (SELECT rid FROM gone)`);
    db.exec('DELETE FROM unsent');
  });
  repository.close();
  const home = environment.homeDirectory;
  await run('fossil', ['rebuild', file], { env: { PATH: process.env['PATH'], HOME: home, USER: 'tester' } });
  return cut;
}

function clustersOf(environment: Environment, file: string): Uint8Array[] {
  const repository = Repository.open(environment, file);
  try {
    const before = repository.db.prepare('SELECT max(rid) AS rid FROM blob').get<{ rid: Rid }>()?.rid ?? 0;
    repository.transaction(() => createClusters(repository));
    const made = repository.db.prepare('SELECT rid FROM blob WHERE rid>? AND size>=0').all<{ rid: Rid }>(before);
    return made.map(({ rid }) => repository.blobs.content(rid));
  } finally {
    repository.close();
  }
}

/** What a server with this code has told who got the older state from it. */
function tokenOf(environment: Environment, file: string, serverCode: string): string {
  const repository = Repository.open(environment, file);
  const { config, db } = repository;
  const own = config.get('server-code') ?? '';
  db.exec(
    `DELETE FROM rcvfrom; INSERT INTO rcvfrom(rcvid, uid, mtime, nonce, ipaddr) VALUES(1, 1, 2451545, 'older', '');
     UPDATE blob SET rcvid=1 WHERE size>=0; DELETE FROM unsent; UPDATE user SET cap='gio' WHERE login='nobody'`,
  );
  repository.transaction(() => config.set('server-code', serverCode));
  const token = currentToken(repository);
  repository.transaction(() => config.set('server-code', own));
  repository.close();
  return token;
}
