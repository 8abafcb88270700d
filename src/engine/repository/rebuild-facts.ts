import type { Hash, Rid } from '../identifiers';
import type { Repository } from './repository';
import { gathering, readFacts, type RepositoryFacts } from './repository-facts';
import { verifyAtOnce, type VerifyObserver, type WrongArtifact } from './verify';

export interface CurrentFacts {
  facts: RepositoryFacts;
  /** What is not what its name says, or cannot be read. */
  wrong: WrongArtifact[];
}

/** So many hexadecimal digits of a name are kept, as a number: all names would take as much memory as all else that is known. */
const KEPT_DIGITS = 13;

/** What a rebuild knows of the artifacts: read while others may write, and brought up to date once nobody can. */
export class RebuildFacts {
  readonly #repository: Repository;
  readonly #onWrong: (artifact: WrongArtifact) => void;
  /** Of the repository when reading began. */
  readonly #version: string;
  /** How the name begins under which each artifact was read. */
  readonly #names = new Map<Rid, number>();
  #wrong: WrongArtifact[] = [];

  /** @param onWrong - hears of each artifact that is wrong; throwing ends the reading */
  constructor(repository: Repository, onWrong: (artifact: WrongArtifact) => void) {
    this.#repository = repository;
    this.#onWrong = onWrong;
    this.#version = repository.version;
  }

  /**
   * Reads and verifies everything, in workers.
   * @returns what the transaction that replaces the tables calls first, for what is there then
   * @throws EngineError `cancelled`, and what `onWrong` throws
   */
  async read(observer: Pick<VerifyObserver, 'signal' | 'onVerified'>): Promise<() => CurrentFacts> {
    const facts = await readFacts(this.#repository, { ...observer, onWrong: this.#note }, (rid, hash) =>
      this.#names.set(rid, beginningOf(hash)),
    );
    return () => {
      if (this.#repository.version !== this.#version) this.#readChanged(facts);
      for (const hash of this.#unreadable(facts)) this.#note({ hash, code: 'content-corrupt' });
      return { facts, wrong: this.#wrong };
    };
  }

  readonly #note = (artifact: WrongArtifact): void => {
    this.#onWrong(artifact);
    this.#wrong.push(artifact);
  };

  #readChanged(facts: RepositoryFacts): void {
    const gone = new Set(this.#names.keys());
    const changed = new Set<Rid>();
    for (const { rid, uuid } of this.#repository.db
      .prepare('SELECT rid, uuid FROM blob WHERE size>=0')
      .iterate<{ rid: Rid; uuid: Hash }>()) {
      // What was wrong is read again, too.
      if (this.#names.get(rid) === beginningOf(uuid)) gone.delete(rid);
      else changed.add(rid);
    }
    // What has another name now, or none, still stands there.
    facts.names = undefined;
    for (const rid of gone) {
      for (const known of [facts.checkins, facts.others, facts.sizes, facts.correctedSizes]) known.delete(rid);
    }
    this.#wrong = [];
    verifyAtOnce(this.#repository, changed, { ...gathering(facts), onWrong: this.#note });
    facts.artifacts = facts.sizes.size + this.#wrong.length;
    facts.logicalBytes = 0;
    for (const size of facts.sizes.values()) facts.logicalBytes += size;
  }

  /** What no full text leads to, as in a loop of deltas, or what builds on something damaged; a delta that waits for its source is in order. */
  #unreadable({ sizes }: RepositoryFacts): Hash[] {
    const { db, blobs } = this.#repository;
    if (sizes.size >= blobs.count()) return [];
    const known = new Set(this.#wrong.map(({ hash }) => hash));
    const waiting = new Set(blobs.danglingDeltas());
    return db
      .prepare('SELECT rid, uuid FROM blob WHERE size>=0 ORDER BY rid')
      .all<{ rid: Rid; uuid: Hash }>()
      .filter(({ rid, uuid }) => !sizes.has(rid) && !waiting.has(rid) && !known.has(uuid))
      .map(({ uuid }) => uuid);
  }
}

function beginningOf(hash: Hash): number {
  return Number.parseInt(hash.slice(0, KEPT_DIGITS), 16);
}
