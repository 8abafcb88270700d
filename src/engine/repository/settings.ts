import type { Repository } from './repository';

/** A setting from the repository's `config`, else Fossil's global database, else undefined (fossil.md 8.4, without the checkout's). */
export declare function setting(repository: Repository, name: string): string | undefined;
