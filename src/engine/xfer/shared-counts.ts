import type { Repository } from '../repository/repository';

/** What no server has. */
const OWN = 'SELECT rid FROM unsent UNION SELECT rid FROM private';
/** By their indexes alone: to look at the size of each takes seven times as long. */
const HERE = 'SELECT (SELECT count(*) FROM blob) - (SELECT count(*) FROM phantom) AS count';
const ARTIFACTS = `SELECT count(*) AS count FROM blob WHERE size>=0 AND rid IN (${OWN})`;
/** Counting all and taking away takes half the time of asking of each row whether it counts. */
const CHECKINS = `SELECT (SELECT count(*) FROM (SELECT DISTINCT mid FROM mlink))
  - (SELECT count(*) FROM (${OWN}) WHERE EXISTS(SELECT 1 FROM mlink WHERE mid=rid)) AS count`;

/** Artifacts here that a server may have, too. */
export function artifactsShared(repository: Repository): number {
  return Math.max(0, count(repository, HERE) - count(repository, ARTIFACTS));
}

/** The same of check-ins that change files, as servers count them. */
export function checkinsShared(repository: Repository): number {
  return count(repository, CHECKINS);
}

function count({ db }: Repository, sql: string): number {
  return db.prepare(sql).get<{ count: number }>()?.count ?? 0;
}
