import { findCheckoutDatabase } from '../checkout/checkout';
import type { Environment } from '../platform/environment';
import { globalConfigFile } from '../repository/global-config';
import type { Repository } from '../repository/repository';
import { type ArtifactStanding, standingOf } from './artifact-standing';
import { type HistorySource, readHistory } from './history-source';

/** A directory or URL that a repository was used at. */
export interface RepositoryPlace {
  place: string;
  /** Unix seconds: the last time it was known to be. */
  time: number;
}

/** What `fossil info` tells of a repository, and of the checkout that it is reached through. */
export interface RepositoryInfo {
  /** Absolute path of the repository file. */
  repository: string;
  projectName?: string;
  projectCode?: string;
  /** The project that this one has come from. */
  parentProject?: { code: string; name: string };
  /** Root of the checkout, absolute. */
  root?: string;
  /** The checked-out version. */
  checkin?: ArtifactStanding;
  checkins: number;
  /** The user's configuration file, when there is one. */
  globalConfig?: string;
  /** Checkouts that are still there, besides the one meant. */
  checkouts: RepositoryPlace[];
  /** URLs that the repository has been served at. */
  urls: RepositoryPlace[];
}

export function describeRepository(environment: Environment, source: HistorySource): Promise<RepositoryInfo> {
  return readHistory(environment, source, async ({ repository, checkout, current }) => {
    const { config, db } = repository;
    const [projectName, projectCode] = [config.get('project-name'), config.get('project-code')];
    const parentCode = config.get('parent-project-code');
    const globalConfig = await globalConfigFile(environment);
    const checkouts: RepositoryPlace[] = [];
    for (const known of placesOf(repository, 'ckout:')) {
      const isHere = checkout !== undefined && known.place.replace(/\/$/, '') === checkout.root.replaceAll('\\', '/');
      if (!isHere && (await findCheckoutDatabase(environment, known.place)) !== undefined) checkouts.push(known);
    }
    return {
      repository: repository.path,
      ...(projectName === undefined ? {} : { projectName }),
      ...(projectCode === undefined ? {} : { projectCode }),
      ...(parentCode === undefined
        ? {}
        : { parentProject: { code: parentCode, name: config.get('parent-project-name') ?? '' } }),
      ...(checkout === undefined ? {} : { root: checkout.root }),
      ...(current === undefined ? {} : { checkin: standingOf(repository, current) }),
      checkins: db.prepare("SELECT count(*) AS count FROM event WHERE type='ci'").get<{ count: number }>()?.count ?? 0,
      ...(globalConfig === undefined ? {} : { globalConfig }),
      checkouts,
      urls: placesOf(repository, 'baseurl:'),
    };
  });
}

function placesOf({ db }: Repository, prefix: 'ckout:' | 'baseurl:'): RepositoryPlace[] {
  return db
    .prepare('SELECT substr(name,?) AS place, mtime AS time FROM config WHERE name GLOB ? ORDER BY mtime DESC')
    .all<{ place: string; time: number }>(prefix.length + 1, `${prefix}*`);
}
