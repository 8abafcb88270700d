import type { Hashing } from '../../src/engine/platform/hash';
import { createRepository } from '../../src/engine/repository/create-repository';
import { sharedSecret } from '../../src/engine/repository/users';
import type { SqlJsStatic } from 'sql.js';
import { Seeded } from '../support/seeded';
import { Machine } from './machine';
import { Station } from './station';
import { VirtualTime } from './virtual-time';

export const PROJECT_CODE = '7'.repeat(40);

/** Who may do what on a server. `owner` may also share what is private. */
export const USERS = { developer1: 'gio', developer2: 'gio', reader1: 'go', owner: 'sx' } as const;

export type UserName = keyof typeof USERS;

export const PASSWORD = 'secret';

/** The shared secret of a user, as a server keeps it. */
export function secretOf(hash: Hashing, user: string): string {
  return hash.hex('sha1', new TextEncoder().encode(`${PROJECT_CODE}/${user}/${PASSWORD}`));
}

/** @returns the image of the repository that every simulation begins with: one check-in, some users, and nobody else may do anything */
export function makeFirstRepository(sqlJs: SqlJsStatic, hash: Hashing, serverCode: string): Uint8Array {
  const machine = new Machine({
    name: 'first',
    seeded: new Seeded(1),
    time: new VirtualTime(),
    hash,
    sqlJs,
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
  repository.close();
  const image = machine.disk.copy(Station.PATH);
  machine.disk.remove();
  return image;
}
