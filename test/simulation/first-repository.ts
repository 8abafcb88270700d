import type { Hashing } from '../../src/engine/platform/hash';
import { createRepository } from '../../src/engine/repository/create-repository';
import { sharedSecret } from '../../src/engine/repository/users';
import type { SqlJsStatic } from 'sql.js';
import { Seeded } from '../support/seeded';
import { Author } from './author';
import { Machine } from './machine';
import { SimulatedDisk } from './simulated-disk';
import { Station } from './station';
import { VirtualTime } from './virtual-time';

export const PROJECT_CODE = '7'.repeat(40);

/** Who may do what on a server. `owner` may also share what is private. */
export const USERS = { developer1: 'gioy', developer2: 'gioy', reader1: 'go', owner: 'sxy' } as const;

export type UserName = keyof typeof USERS;

export const PASSWORD = 'secret';

/** The shared secret of a user, as a server keeps it. */
export function secretOf(hash: Hashing, user: string): string {
  return hash.hex('sha1', new TextEncoder().encode(`${PROJECT_CODE}/${user}/${PASSWORD}`));
}

/**
 * @param checkins - how many there are already; each comes with files
 * @returns the image of a repository that simulations begin with: one check-in, some users, and nobody else may do anything
 */
export function makeFirstRepository(
  sqlJs: SqlJsStatic,
  hash: Hashing,
  { serverCode, checkins = 0 }: { serverCode: string; checkins?: number },
): Uint8Array {
  const machine = new Machine({
    name: 'first',
    seeded: new Seeded(1),
    time: new VirtualTime(),
    hash,
    disk: new SimulatedDisk(sqlJs),
    atSite: () => undefined,
  });
  machine.start();
  const repository = createRepository(machine.environment, Station.PATH, {
    adminUser: 'admin',
    projectCode: PROJECT_CODE,
  });
  repository.transaction(() => {
    repository.config.set('server-code', serverCode);
    repository.db.exec("UPDATE user SET cap=''");
    const insert = repository.db.prepare('INSERT INTO user(login,pw,cap,info,mtime) VALUES(?,?,?,?,1)');
    for (const [user, capabilities] of Object.entries(USERS))
      insert.run(user, sharedSecret(repository, user, PASSWORD), capabilities, '');
  });
  const author = new Author(repository, new Seeded(2));
  for (let number = 0; number < checkins; number++)
    author.write('checkin', { isPrivate: false, onPrivate: () => undefined });
  repository.db.exec('DELETE FROM unsent');
  repository.close();
  const image = machine.disk.copy(Station.PATH);
  machine.disk.remove();
  return image;
}
