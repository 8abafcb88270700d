import { formatArtifact } from '../../src/engine/artifact/format';
import type { Artifact, Checkin, FileCard, TagCard } from '../../src/engine/artifact/types';
import type { Hash, Rid } from '../../src/engine/identifiers';
import { CrosslinkSession } from '../../src/engine/repository/crosslink-session';
import { dephantomize, rightOf } from '../../src/engine/repository/dephantomize';
import type { Repository } from '../../src/engine/repository/repository';
import type { Seeded } from '../support/seeded';

export const WORKS = ['checkin', 'checkin', 'checkin', 'wiki', 'ticket', 'tag'] as const;

export type Work = (typeof WORKS)[number];

export interface WriteOptions {
  isPrivate: boolean;
  onPrivate: (hash: Hash) => void;
}

/** Writes what users write, as the engine's own commit does. */
export class Author {
  readonly #repository: Repository;
  readonly #seeded: Seeded;
  readonly #made: Hash[] = [];
  #onPrivate: WriteOptions['onPrivate'] | undefined;

  constructor(repository: Repository, seeded: Seeded) {
    this.#repository = repository;
    this.#seeded = seeded;
  }

  /**
   * Makes artifacts in one transaction.
   * @param options.isPrivate - check-ins on a private branch
   * @param options.onPrivate - hears of private artifacts before they are there
   * @returns the artifacts, all of them acknowledged
   */
  write(work: Work, { isPrivate, onPrivate }: WriteOptions): Hash[] {
    this.#onPrivate = onPrivate;
    this.#repository.transaction(() => {
      this.#repository.receivedFrom({ userId: 1 });
      if (work === 'checkin' || isPrivate) this.#checkin(isPrivate);
      else if (work === 'wiki') this.#wiki();
      else if (work === 'ticket') this.#ticket();
      else this.#tag();
    });
    return this.#made;
  }

  #checkin(isPrivate: boolean): void {
    const { blobs, checkins } = this.#repository;
    const parent = this.#someCheckin({ mayBePrivate: isPrivate });
    const merged = this.#seeded.below(5) === 0 ? this.#someCheckin({ mayBePrivate: false }) : undefined;
    const files = new Map(parent === undefined ? [] : checkins.files(parent));
    for (let edits = 1 + this.#seeded.below(3); edits > 0; edits--) this.#edit(files, isPrivate);
    const parents = [parent, merged === parent ? undefined : merged].flatMap((rid) =>
      rid === undefined ? [] : [blobs.hash(rid)],
    );
    const whole: Checkin = {
      type: 'checkin',
      comment: `change ${this.#seeded.below(1000)} by ${this.#user}`,
      date: this.#now(),
      files: sorted(files.values()),
      parents,
      cherrypicks: [],
      tags: this.#branchTags(parent, isPrivate),
      user: this.#user,
    };
    const manifest = this.#seeded.below(4) === 0 ? this.#asDelta(whole, parent, isPrivate) : whole;
    const rid = this.#add(manifest, isPrivate);
    if (parent !== undefined) blobs.deltify(parent, [rid]);
  }

  /** A check-in that anyone may have one of, as far as it is whole here. */
  #someCheckin({ mayBePrivate }: { mayBePrivate: boolean }): Rid | undefined {
    const { db, checkins } = this.#repository;
    const recent = db
      .prepare(
        `SELECT objid AS rid FROM event WHERE type='ci' AND objid IN (SELECT rid FROM blob WHERE size>=0)
            AND (? OR objid NOT IN (SELECT rid FROM private)) ORDER BY mtime DESC, objid DESC LIMIT 6`,
      )
      .all<{ rid: Rid }>(mayBePrivate ? 1 : 0)
      .map((row) => row.rid)
      .filter((rid) => checkins.files(rid) !== undefined);
    return recent.length === 0 ? undefined : this.#seeded.pick(recent);
  }

  #edit(files: Map<string, FileCard>, isPrivate: boolean): void {
    const seeded = this.#seeded;
    const names = [...files.keys()];
    const choice = seeded.below(8);
    if (choice === 0 && names.length > 2) {
      files.delete(seeded.pick(names));
      return;
    }
    const name = choice < 4 && names.length > 0 ? seeded.pick(names) : `f${seeded.below(9)}.txt`;
    const before = files.get(name);
    files.set(name, { name, hash: this.#content(before?.hash, isPrivate), permission: 'regular' });
  }

  /** File content much like the last version of the file. */
  #content(before: Hash | undefined, isPrivate: boolean): Hash {
    const { blobs } = this.#repository;
    const known = before === undefined ? undefined : blobs.rid(before);
    const old = known === undefined ? undefined : blobs.contentIfHere(known);
    const lines =
      old === undefined
        ? Array.from({ length: 4 + this.#seeded.below(30) }, (_, line) => `line ${line} of ${this.#word()}`)
        : new TextDecoder().decode(old).split('\n');
    lines[this.#seeded.below(lines.length)] = `${this.#word()} by ${this.#user} ${isPrivate ? 'in private' : ''}`;
    const bytes = new TextEncoder().encode(lines.join('\n'));
    const { rid, hash, isNew } = blobs.put(bytes, { isPrivate, isUnsent: !isPrivate });
    if (isNew) this.#arrived(rid);
    if (isPrivate) this.#onPrivate?.(hash);
    else blobs.makePublic(rid);
    if (known !== undefined && isNew) blobs.deltify(known, [rid]);
    this.#made.push(hash);
    return hash;
  }

  #branchTags(parent: Rid | undefined, isPrivate: boolean): TagCard[] {
    const isNewBranch = isPrivate || parent === undefined || this.#seeded.below(6) === 0;
    if (!isNewBranch) return [];
    const branch = `${isPrivate ? 'secret' : 'branch'}-${this.#seeded.below(5)}`;
    return [
      { sign: '*', name: 'branch', target: '*', value: branch },
      ...(isPrivate ? [{ sign: '*' as const, name: 'private', target: '*' as const }] : []),
      { sign: '*', name: `sym-${branch}`, target: '*' },
    ];
  }

  #asDelta(whole: Checkin, parent: Rid | undefined, isPrivate: boolean): Checkin {
    const { blobs, checkins } = this.#repository;
    if (parent === undefined) return whole;
    const baseline = checkins.checkin(parent)?.baseline ?? blobs.hash(parent);
    const rid = blobs.rid(baseline);
    const files = rid === undefined || (!isPrivate && blobs.isPrivate(rid)) ? undefined : checkins.files(rid);
    if (files === undefined) return whole;
    const now = new Map(whole.files.map((card) => [card.name, card]));
    const changed = whole.files.filter((card) => files.get(card.name)?.hash !== card.hash);
    const gone = [...files.keys()]
      .filter((name) => !now.has(name))
      .map((name): FileCard => ({ name, permission: 'regular' }));
    return { ...whole, baseline, files: sorted([...changed, ...gone]) };
  }

  #wiki(): void {
    const title = this.#seeded.pick(['Home', 'Plans', 'Größe']);
    const last = this.#repository.db
      .prepare(
        'SELECT rid FROM tagxref JOIN tag USING(tagid) WHERE tagname=? AND tagtype>0 ORDER BY mtime DESC, rid LIMIT 1',
      )
      .get<{ rid: Rid }>(`wiki-${title}`)?.rid;
    this.#add({
      type: 'wiki',
      date: this.#now(),
      title,
      parents: last === undefined ? [] : [this.#repository.blobs.hash(last)],
      user: this.#user,
      text: new TextEncoder().encode(`About ${this.#word()}.\n\n${'More of the same. '.repeat(9)}\n`),
    });
  }

  #ticket(): void {
    this.#add({
      type: 'ticket',
      date: this.#now(),
      fields: [
        { name: 'comment', isAppend: this.#seeded.below(2) === 0, value: this.#word() },
        { name: 'status', isAppend: false, value: this.#seeded.pick(['Open', 'Fixed', 'Closed']) },
      ],
      ticket: this.#seeded.pick(['1', '2', '3']).repeat(40),
      user: this.#user,
    });
  }

  #tag(): void {
    const target = this.#someCheckin({ mayBePrivate: false });
    if (target === undefined) return;
    // Where a tag that propagates meets others of its name, it depends on the order in which they came what counts, for Fossil too.
    const isPropagating = this.#seeded.below(3) === 0;
    const name = isPropagating
      ? `sym-${this.#word()}`
      : this.#seeded.pick(['sym-release', 'bgcolor', 'comment', 'note']);
    this.#add({
      type: 'control',
      date: this.#now(),
      tags: [
        {
          sign: isPropagating ? '*' : name === 'note' ? this.#seeded.pick(['+', '-']) : '+',
          name,
          target: this.#repository.blobs.hash(target),
          ...(name.startsWith('sym-') ? {} : { value: `#${this.#seeded.below(900) + 100}` }),
        },
      ],
      user: this.#user,
    });
  }

  #add(artifact: Artifact, isPrivate = false): Rid {
    const { blobs, environment } = this.#repository;
    const content = formatArtifact(artifact, environment.hash);
    const { rid, hash, isNew } = blobs.put(content, { isPrivate, isUnsent: !isPrivate });
    this.#made.push(hash);
    if (isPrivate) this.#onPrivate?.(hash);
    if (!isNew) return rid;
    const session = new CrosslinkSession(this.#repository, { isBulk: false });
    session.crosslink(rid, content);
    session.end();
    return rid;
  }

  #arrived(rid: Rid): void {
    const session = new CrosslinkSession(this.#repository, { isBulk: false });
    dephantomize(session, rightOf(this.#repository, this.#repository.blobs.deltasOf(rid)));
    session.end();
  }

  #now(): number {
    return this.#repository.environment.clock.now();
  }

  get #user(): string {
    return this.#repository.environment.variables['USER'] ?? 'nobody';
  }

  #word(): string {
    return this.#seeded.pick(['bread', 'salt', 'moss', 'glass', 'stone']) + String(this.#seeded.below(10_000));
  }
}

/** By the bytes of the names. */
function sorted(files: Iterable<FileCard>): FileCard[] {
  return [...files].sort((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)));
}
