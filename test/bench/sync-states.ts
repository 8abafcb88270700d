import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { Rid } from '../../src/engine/identifiers';
import type { Environment } from '../../src/engine/platform/environment';
import { Repository } from '../../src/engine/repository/repository';

const run = promisify(execFile);

/** Where a state of a history ends: with so many artifacts, or with a check-in. */
export type StateEnd = { artifacts: number } | { checkins: number };

/** A copy of a repository from which anybody may pull, and to which anybody may push, with a user for who runs the bench. */
export async function makeCopy(environment: Environment, source: string, file: string): Promise<void> {
  await fs.copyFile(source, file);
  await fs.chmod(file, 0o644);
  const repository = Repository.open(environment, file, { allowPortableWrites: true });
  repository.db.exec(
    `UPDATE user SET cap='gio' WHERE login='nobody';
     INSERT OR IGNORE INTO user(login, pw, cap) VALUES('bench', '', 's');
     UPDATE config SET value=lower(hex(randomblob(20))) WHERE name='server-code'`,
  );
  repository.close();
}

/**
 * Makes such a copy of a repository as it was when it held its first artifacts alone, as `fossil rebuild` leaves it.
 * @param since - what came behind this earlier state is still to be sent
 */
export async function makeState(
  environment: Environment,
  source: string,
  file: string,
  end: StateEnd,
  since?: StateEnd,
): Promise<void> {
  await makeCopy(environment, source, file);
  const repository = Repository.open(environment, file, { allowPortableWrites: true });
  const cut = lastRid(repository, end);
  const { db, blobs } = repository;
  const broken = db.prepare('SELECT rid FROM delta WHERE rid<=? AND srcid>?').all<{ rid: Rid }>(cut, cut);
  repository.transaction(() => {
    for (const { rid } of broken) blobs.expand(rid);
    db.exec(`DELETE FROM blob WHERE rid>${cut}; DELETE FROM delta WHERE rid>${cut}; DELETE FROM unsent`);
  });
  repository.close();
  const home = path.dirname(file);
  await run('fossil', ['rebuild', '--vacuum', file], { env: { ...process.env, HOME: home, USER: 'bench' } });
  if (since === undefined) return;
  const rebuilt = Repository.open(environment, file, { allowPortableWrites: true });
  const from = lastRid(rebuilt, since);
  rebuilt.db.exec(`INSERT INTO unsent SELECT rid FROM blob WHERE rid>${from} AND size>=0`);
  rebuilt.close();
}

function lastRid({ db }: Repository, end: StateEnd): number {
  const [sql, count] =
    'artifacts' in end
      ? ['SELECT max(rid) AS rid FROM (SELECT rid FROM blob ORDER BY rid LIMIT ?)', end.artifacts]
      : [
          "SELECT max(objid) AS rid FROM (SELECT objid FROM event WHERE type='ci' ORDER BY objid LIMIT ?)",
          end.checkins,
        ];
  return db.prepare(sql).get<{ rid: number }>(count)?.rid ?? 0;
}
