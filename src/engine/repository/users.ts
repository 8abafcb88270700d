import type { Repository } from './repository';

export interface User {
  id: number;
  login: string;
  /** SHA-1 shared secret (40 hex) or clear text, as stored. */
  password: string;
  /** Letters, with `u` and `v` (reader, developer) already expanded. */
  capabilities: string;
}

export declare function findUser(repository: Repository, login: string): User | undefined;
/** Adds the user when missing (capability-less, as a foreign check-in's author needs none). */
export declare function ensureUser(repository: Repository, login: string): number;
/** SHA-1 of `project/user/password`, or the password itself when it is such a secret already (fossil.md 1.5). */
export declare function sharedSecret(repository: Repository, login: string, password: string): string;
