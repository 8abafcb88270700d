import { nameOf, newNameOf } from '../codec/artifact-name';
import { EngineError } from '../errors';
import type { Hash } from '../identifiers';
import type { HashAlgorithm, Hashing } from '../platform/hash';
import type { Database } from '../platform/sqlite';
import type { ConfigTable } from './config';

/** The policies by the number that `config` holds (fossil.md 5.5). */
export const HASH_POLICIES = ['sha1', 'auto', 'sha3', 'sha3-only', 'shun-sha1'] as const;

export type HashPolicyName = (typeof HASH_POLICIES)[number];

/** Decides how new artifacts are named, and which names are not taken from others. */
export class HashPolicy {
  readonly #db: Database;
  readonly #config: ConfigTable;
  readonly #hash: Hashing;

  constructor(db: Database, config: ConfigTable, hash: Hashing) {
    this.#db = db;
    this.#config = config;
    this.#hash = hash;
  }

  /** What `config` says; where it says nothing, what the names in the repository suggest. */
  get name(): HashPolicyName {
    const text = this.#config.get('hash-policy');
    const chosen = text === undefined ? undefined : HASH_POLICIES[Number(text)];
    if (chosen !== undefined) return chosen;
    return this.#hasNames('length(uuid)>40') || !this.#hasNames('length(uuid)=40') ? 'sha3' : 'auto';
  }

  /** Sets the policy. @returns the one that holds now: `auto` is `sha3` where there are SHA-3 names already */
  choose(policy: HashPolicyName): HashPolicyName {
    const chosen = policy === 'auto' && this.#hasNames('length(uuid)>40') ? 'sha3' : policy;
    this.#config.set('hash-policy', String(HASH_POLICIES.indexOf(chosen)));
    return chosen;
  }

  /** A SHA-3 name has entered the repository: `auto` becomes `sha3`. */
  notice(hash: Hash): void {
    if (hash.length === 64 && this.name === 'auto') this.choose('sha3');
  }

  /** @returns whether artifacts of that name are refused when they come from others */
  refuses(hash: Hash): boolean {
    return hash.length === 40 && this.name === 'shun-sha1';
  }

  /**
   * The name for new content. Where the policy allows, an artifact that has it under the other algorithm is reused.
   * @param isKnown - whether the repository has that name, if only as a phantom
   */
  nameFor(content: Uint8Array, isKnown: (hash: Hash) => boolean): Hash {
    const { primary, alternate } = ALGORITHMS[this.name];
    const other = alternate === undefined ? undefined : nameOf(this.#hash, content, alternate);
    return other !== undefined && isKnown(other) ? other : newNameOf(this.#hash, content, primary);
  }

  #hasNames(condition: string): boolean {
    return this.#db.prepare(`SELECT 1 FROM blob WHERE ${condition} LIMIT 1`).get() !== undefined;
  }
}

type NameAlgorithm = Exclude<HashAlgorithm, 'md5'>;

const ALGORITHMS: Record<HashPolicyName, { primary: NameAlgorithm; alternate?: NameAlgorithm }> = {
  sha1: { primary: 'sha1', alternate: 'sha3-256' },
  auto: { primary: 'sha1', alternate: 'sha3-256' },
  sha3: { primary: 'sha3-256', alternate: 'sha1' },
  'sha3-only': { primary: 'sha3-256' },
  'shun-sha1': { primary: 'sha3-256' },
};

/** @throws EngineError `usage` */
export function parseHashPolicy(text: string): HashPolicyName {
  const policy = HASH_POLICIES.find((name) => name === text);
  if (policy !== undefined) return policy;
  throw new EngineError('usage', `There is no hash policy "${text}". Choose one of ${HASH_POLICIES.join(', ')}.`);
}
