import { removePrivate } from '../repository/private';
import { rebuild } from '../repository/rebuild';
import type { Repository } from '../repository/repository';
import { userOfEnvironment } from './committer';
import { type Interaction, observationOf } from './interaction';

export interface ScrubRequest {
  /** Remove private artifacts. */
  removesPrivate: boolean;
  /** Forget passwords, remembered servers and what else belongs to this copy of the repository. */
  forgetsSecrets: boolean;
  /** Also concealed addresses, addresses of visitors, contacts and logs. */
  isThorough: boolean;
}

/** Rows of `config` that tell of this computer, of logins or of other servers. */
const SECRET_ROWS = [
  'baseurl:*', 'cert:*', 'ckout:*', 'draft[1-9]-*', 'gitpush:*', 'http-auth:*', 'last-sync-*', 'link:*', 'login-group-*',
  'parent-project-*', 'peer-*', 'skin:*', 'subrepo:*', 'sync-*', 'syncfrom:*', 'syncwith:*', 'ssl-*',
] as const; // prettier-ignore

/**
 * Deletes for good what a stranger should not see (`fossil scrub`), and overwrites where it stood: all of it in one transaction, or nothing.
 * Damaged artifacts do not keep others from being deleted.
 * @returns how many private artifacts were removed
 */
export async function scrubRepository(
  repository: Repository,
  request: ScrubRequest,
  interaction: Interaction,
): Promise<number> {
  const { db, environment } = repository;
  db.exec('PRAGMA secure_delete=ON');
  let removed = 0;
  const forget = (): void => {
    if (request.forgetsSecrets) forgetSecrets(repository);
    if (request.isThorough) forgetVisitors(repository);
  };
  if (request.removesPrivate) {
    const { signal } = observationOf(interaction);
    await rebuild(repository, {
      user: userOfEnvironment(environment.variables) ?? 'root',
      ignoreDamage: true,
      remove: () => {
        forget();
        removed = removePrivate(repository);
        return removed;
      },
      ...(signal === undefined ? {} : { signal }),
    });
  } else {
    repository.transaction(forget);
  }
  db.exec('VACUUM');
  return removed;
}

function forgetSecrets({ db }: Repository): void {
  db.exec("UPDATE user SET pw=''");
  const remove = db.prepare('DELETE FROM config WHERE name GLOB ?');
  for (const pattern of SECRET_ROWS) remove.run(pattern);
}

function forgetVisitors({ db }: Repository): void {
  db.exec(`DELETE FROM concealed;
    UPDATE rcvfrom SET ipaddr='unknown';
    UPDATE user SET photo=NULL, info='';`);
  for (const table of ['accesslog', 'purgeevent', 'purgeitem', 'admin_log', 'vcache', 'chat'])
    db.exec(`DROP TABLE IF EXISTS ${table}`);
}
