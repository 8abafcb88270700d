import type { Checkin, CherrypickCard, FileCard, TagCard } from '../../../src/engine/artifact/types';
import type { Hash } from '../../../src/engine/identifiers';
import type { Composer } from './composer';

interface Made {
  hash: Hash;
  date: number;
  files: Map<string, FileCard>;
  /** What a delta manifest may be based on: this check-in, or its own baseline. */
  baseline: { hash: Hash; files: Map<string, FileCard> };
}

const DAY = 86_400_000;

/**
 * Composes a web of check-ins: branches, merges of up to three parents, cherry-picks and back-outs, edits, additions, removals, renames
 * and swaps, permissions, delta manifests, tags of every sign, second roots and clocks that go wrong.
 */
export function composeCheckins(composer: Composer, count: number): Hash[] {
  const web = new Web(composer);
  for (let index = 0; index < count; index++) web.grow();
  return web.made.map(({ hash }) => hash);
}

class Web {
  readonly made: Made[] = [];

  constructor(private readonly composer: Composer) {}

  grow(): void {
    const { seeded } = this.composer;
    const parents = this.#parents();
    const [primary] = parents;
    const files = new Map(primary?.files);
    for (const other of parents.slice(1)) this.#take(files, other);
    for (let edits = 1 + seeded.below(4); edits > 0; edits--) this.#edit(files, primary);
    const date = this.#date(primary);
    const checkin: Checkin = {
      type: 'checkin',
      comment: `change ${this.made.length} of [${this.#someone().slice(0, 12)}]`,
      date,
      files: [...files.values()],
      parents: parents.map(({ hash }) => hash),
      cherrypicks: this.#picks(parents),
      tags: this.#tags(primary),
      user: seeded.pick(['alice', 'bob', 'carol']),
    };
    const baseline = seeded.below(3) === 0 ? primary?.baseline : undefined;
    const hash = this.composer.add(baseline === undefined ? checkin : asDelta(checkin, baseline), {
      algorithm: seeded.below(4) === 0 ? 'sha1' : 'sha3-256',
    });
    const plain = new Map([...files].map(([name, file]) => [name, withoutFormerName(file)]));
    this.made.push({ hash, date, files: plain, baseline: baseline ?? { hash, files: plain } });
  }

  #parents(): Made[] {
    const { seeded } = this.composer;
    if (this.made.length === 0 || seeded.below(25) === 0) return [];
    const recent = this.made.slice(-8);
    const parents = [seeded.pick(recent)];
    for (let more = seeded.pick([0, 0, 0, 1, 1, 2]); more > 0; more--) {
      const other = seeded.pick(this.made.slice(-14));
      if (!parents.includes(other)) parents.push(other);
    }
    return parents;
  }

  /** A merge brings some of the other parent's files. */
  #take(files: Map<string, FileCard>, other: Made): void {
    for (const [name, file] of other.files) if (this.composer.seeded.below(2) === 0) files.set(name, file);
  }

  #edit(files: Map<string, FileCard>, primary: Made | undefined): void {
    const { seeded } = this.composer;
    const names = [...files.keys()].sort();
    const name = names.length === 0 ? 'first.txt' : seeded.pick(names);
    const file = files.get(name);
    const choice = seeded.below(9);
    if (file === undefined || choice < 2) {
      const added = `${seeded.pick(['', 'src/', 'docs/ä/'])}file ${seeded.below(30)}.txt`;
      files.set(added, { name: added, hash: this.#content(), permission: 'regular' });
    } else if (choice < 5) {
      files.set(name, { ...file, hash: this.#content() });
    } else if (choice === 5) {
      files.delete(name);
    } else if (choice === 6) {
      files.set(name, { ...file, permission: seeded.pick(['regular', 'executable', 'symlink']) });
    } else if (primary?.files.has(name) === true && file.formerName === undefined) {
      this.#rename(files, primary, file);
    }
  }

  /** To a free name, or in exchange with another file. */
  #rename(files: Map<string, FileCard>, primary: Made, file: FileCard): void {
    const { seeded } = this.composer;
    const other = files.get(seeded.pick([...files.keys()].sort()));
    const canSwap =
      other !== undefined && other !== file && primary.files.has(other.name) && other.formerName === undefined;
    if (canSwap && seeded.below(3) === 0) {
      files.set(other.name, { ...file, name: other.name, formerName: file.name });
      files.set(file.name, { ...other, name: file.name, formerName: other.name });
      return;
    }
    const name = `renamed/${seeded.below(40)}.txt`;
    if (files.has(name)) return;
    files.delete(file.name);
    const hash = seeded.below(2) === 0 ? this.#content() : file.hash;
    files.set(name, { ...file, ...(hash === undefined ? {} : { hash }), name, formerName: file.name });
  }

  /** Often a content that exists already. */
  #content(): Hash {
    const { seeded } = this.composer;
    const algorithm = seeded.below(4) === 0 ? 'sha1' : 'sha3-256';
    return this.composer.content(`content ${seeded.below(200)}\n${'a line of it\n'.repeat(seeded.below(12))}`, {
      algorithm,
    });
  }

  /** Mostly later than the parent; sometimes in its second, or before it. */
  #date(primary: Made | undefined): number {
    const { seeded } = this.composer;
    const next = this.composer.next();
    if (primary === undefined) return next;
    if (seeded.below(6) === 0) return primary.date - 1500 + seeded.below(3000);
    return seeded.below(20) === 0 ? primary.date - seeded.below(3 * DAY) : next;
  }

  #picks(parents: readonly Made[]): CherrypickCard[] {
    const { seeded } = this.composer;
    if (this.made.length < 5 || seeded.below(5) !== 0) return [];
    const hash = seeded.pick(this.made).hash;
    if (parents.some((parent) => parent.hash === hash)) return [];
    return [{ sign: seeded.pick(['+', '+', '-']), hash }];
  }

  #tags(primary: Made | undefined): TagCard[] {
    const { seeded } = this.composer;
    const tags = new Map<string, TagCard>();
    const put = (sign: TagCard['sign'], name: string, value?: string): void => {
      tags.set(sign + name, { sign, name, target: '*', ...(value === undefined ? {} : { value }) });
    };
    if (primary === undefined || seeded.below(6) === 0) {
      const branch = `branch-${seeded.below(5)}`;
      put('*', 'branch', branch);
      put('*', `sym-${branch}`);
      if (primary !== undefined) put('-', `sym-branch-${seeded.below(5)}`);
      if (seeded.below(2) === 0) put('*', 'bgcolor', '#ddffdd');
    }
    if (seeded.below(8) === 0) put('+', `sym-release-${this.made.length}`);
    if (seeded.below(15) === 0) put('+', 'closed', 'done');
    if (seeded.below(15) === 0) put('+', 'bgcolor', '#ff0000');
    if (seeded.below(15) === 0) put('-', 'campaign');
    if (seeded.below(15) === 0) put('*', 'campaign', `number ${this.made.length}`);
    return [...tags.values()].filter(({ sign, name }) => sign !== '-' || !tags.has(`*${name}`));
  }

  #someone(): Hash {
    return this.made.length === 0 ? this.composer.unknown() : this.composer.seeded.pick(this.made).hash;
  }
}

/** A name that a file had in the parent is nothing to a child. */
function withoutFormerName({ name, hash, permission }: FileCard): FileCard {
  return { name, permission, ...(hash === undefined ? {} : { hash }) };
}

/** The same check-in, told by what differs from a baseline. */
function asDelta(checkin: Checkin, baseline: Made['baseline']): Checkin {
  const files = checkin.files.filter((file) => {
    const before = baseline.files.get(file.name);
    return before?.hash !== file.hash || before?.permission !== file.permission || file.formerName !== undefined;
  });
  const present = new Set(checkin.files.map(({ name }) => name));
  const gone = [...baseline.files.keys()].filter((name) => !present.has(name));
  return {
    ...checkin,
    baseline: baseline.hash,
    files: [...files, ...gone.map((name): FileCard => ({ name, permission: 'regular' }))],
  };
}
