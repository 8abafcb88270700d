import { byteTextOf } from '../codec/byte-text';
import type { JulianDay, Rid } from '../identifiers';
import { CheckinLinks } from './checkin-links';
import type { ReadTags } from './control-reader';
import type { ReadingOrder } from './reading-order';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';
import { TAG_TYPE } from './tag-cards';
import { type TagEdit, TagReplay, type TagState } from './tag-replay';

/** Tags of which also that counts which is taken back later. */
const READS_PASSING: ReadonlySet<number> = new Set([FIXED_TAGS.bgcolor, FIXED_TAGS.parent]);

/** What is read at once: an artifact that may have a parent, and T-cards. */
interface Step {
  rid: Rid;
  edits: TagEdit[];
}

/** Derives single tags anew as "fossil rebuild" would: all that is said of them, in the order in which that reads it. */
export class TagSettlement {
  /** What has got or lost a tag. */
  readonly changed = new Set<Rid>();
  readonly #repository: Repository;
  readonly #order: ReadingOrder;
  readonly #links: CheckinLinks;
  readonly #sources: { get(id: number, rid: Rid): Rid | 0 | undefined };
  /** What artifacts set on others, by name. */
  #edits: Map<string, TagEdit[]> | undefined;

  constructor(repository: Repository, order: ReadingOrder) {
    this.#repository = repository;
    this.#order = order;
    this.#links = new CheckinLinks(repository, { primaryOnly: true });
    const statement = repository.db.prepare('SELECT srcid FROM tagxref WHERE tagid=? AND rid=?');
    this.#sources = { get: (id, rid) => statement.get<{ srcid: Rid | 0 }>(id, rid)?.srcid };
  }

  /** @returns propagating tags that something of the same target has replaced by one that does not propagate: of these nothing is left to see */
  replaced(): { id: number; target: Rid }[] {
    const found: { id: number; target: Rid }[] = [];
    const row = this.#repository.db.prepare(
      `SELECT tagid AS id FROM tag JOIN tagxref USING(tagid) WHERE tagname=? AND rid=? AND tagtype<2 AND srcid<>0`,
    );
    for (const [name, edits] of this.#allEdits()) {
      for (const { type, target } of edits) {
        const id = type === 2 ? row.get<{ id: number }>(name, target)?.id : undefined;
        if (id !== undefined) found.push({ id, target });
      }
    }
    return found;
  }

  /**
   * Settles a tag wherever what stands above or below these may have to do with it; with the colours that the timeline shows of it.
   * @returns the last value that each was given, be it taken back later
   */
  settle(id: number, seeds: Iterable<Rid>): ReadonlyMap<Rid, string> {
    const isHandedOn = this.#isHandedOn(id);
    const nodes = isHandedOn ? this.#around(id, seeds) : new Set(seeds);
    const colours = id === FIXED_TAGS.bgcolor ? this.#typesOf(nodes) : undefined;
    const read = new Set<Rid>();
    const shown = new Map<Rid, string | null>();
    const given = new Map<Rid, string>();
    const replay = new TagReplay((rid, value) => {
      if (value !== null) given.set(rid, value);
      if (read.has(rid)) shown.set(rid, value);
    });
    for (const { rid, edits } of this.#steps(id, nodes, !isHandedOn && !READS_PASSING.has(id))) {
      read.add(rid);
      for (const edit of edits) replay.set(edit);
      if (!nodes.has(rid)) continue;
      const parent = this.#parentOf(rid);
      if (parent !== undefined && nodes.has(parent)) replay.link(parent, rid);
      // A page comes to the timeline without the colour that it has by then, but a technote.
      if (colours !== undefined && colours.get(rid) !== 'ci')
        shown.set(rid, colours.get(rid) === 'e' ? (replay.states.get(rid)?.value ?? null) : null);
    }
    const changed = this.#write(id, nodes, replay.states);
    if (colours === undefined) return given;
    for (const rid of changed) {
      const state = replay.states.get(rid);
      if (colours.get(rid) === 'ci') shown.set(rid, state === undefined || state.type === 0 ? null : state.value);
    }
    const update = this.#repository.db.prepare('UPDATE event SET bgcolor=?1 WHERE objid=?2 AND bgcolor IS NOT ?1');
    for (const [rid, type] of colours) {
      // Changes of tickets come to the timeline when all has been read.
      if (type !== 'ci' || changed.has(rid)) update.run(type === 't' ? null : (shown.get(rid) ?? null), rid);
    }
    return given;
  }

  /** Settles all branches, and who is a leaf: of what comes to no branch, Fossil asks only what another has made it ask. */
  settleBranches(): void {
    const { db, leaves } = this.#repository;
    const nodes = new Set<Rid>();
    const all = new CheckinLinks(this.#repository, { primaryOnly: false });
    for (const { rid } of db
      .prepare(
        `SELECT cid AS rid FROM plink UNION SELECT pid FROM plink WHERE pid>0 UNION SELECT rid FROM tagxref WHERE tagid=${FIXED_TAGS.branch}`,
      )
      .iterate<{ rid: Rid }>())
      nodes.add(rid);
    const read = new Set<Rid>();
    const asked = new Set<Rid>();
    const replay = new TagReplay((rid) => {
      asked.add(rid);
      if (read.has(rid)) for (const parent of all.parents(rid)) asked.add(parent);
    });
    for (const { rid, edits } of this.#steps(FIXED_TAGS.branch, nodes)) {
      read.add(rid);
      for (const edit of edits) replay.set(edit);
      const parent = this.#parentOf(rid);
      if (parent !== undefined) replay.link(parent, rid);
    }
    this.#write(FIXED_TAGS.branch, nodes, replay.states);
    leaves.decide(asked);
  }

  /** All that hands this tag to these, and all that may get it from there. */
  #around(id: number, seeds: Iterable<Rid>): Set<Rid> {
    const nodes = new Set<Rid>();
    const barren = new Set<Rid>();
    for (const seed of seeds) {
      if (nodes.has(seed)) continue;
      const queue = [this.#topAbove(id, seed, barren)];
      for (let rid = queue.pop(); rid !== undefined; rid = queue.pop()) {
        if (nodes.has(rid)) continue;
        nodes.add(rid);
        // What sets the tag on itself gets it from nobody.
        for (const child of this.#links.children(rid)) if (this.#sources.get(id, child) !== child) queue.push(child);
      }
      nodes.add(seed);
    }
    return nodes;
  }

  /** Whether a tag propagates anywhere, or would if nothing had replaced it. Most do not, such as names of releases. */
  #isHandedOn(id: number): boolean {
    const row = this.#repository.db.prepare('SELECT 1 FROM tagxref WHERE tagid=? AND tagtype=2 LIMIT 1').get(id);
    if (row !== undefined) return true;
    const name = this.#nameOf(id);
    const edits = this.#allEdits().get(name) ?? [];
    if (edits.some(({ type }) => type === 2)) return true;
    const targets = new Set(edits.map(({ target }) => target));
    const [only] = targets;
    if (only !== undefined && targets.size === 1 && this.#isOnlyOn(id, only) && this.#isOutdone(only, edits))
      return false;
    const replaced = [...targets].filter((rid) => this.#sources.get(id, rid) !== rid);
    return replaced.some((rid) => this.#ownEdits(rid, name).some(({ type }) => type === 2));
  }

  #isOnlyOn(id: number, rid: Rid): boolean {
    return (
      this.#repository.db.prepare('SELECT 1 FROM tagxref WHERE tagid=? AND rid<>? LIMIT 1').get(id, rid) === undefined
    );
  }

  /** Whether one of these is later than what a check-in says of itself: once all is read, nothing is left of that. */
  #isOutdone(rid: Rid, edits: readonly TagEdit[]): boolean {
    const event = this.#repository.db
      .prepare("SELECT omtime AS mtime FROM event WHERE objid=? AND type='ci'")
      .get<{ mtime: JulianDay | null }>(rid);
    const own = event?.mtime ?? Infinity;
    return edits.some(({ target, mtime }) => target === rid && mtime > own);
  }

  /** @param barren - what has been found to have nothing above that sets the tag */
  #topAbove(id: number, seed: Rid, barren: Set<Rid>): Rid {
    let top = seed;
    let above = new Set<Rid>();
    const seen = new Set([seed]);
    if (this.#sources.get(id, seed) === seed) return seed;
    for (let rid = this.#parentOf(seed); rid !== undefined && !seen.has(rid); rid = this.#parentOf(rid)) {
      if (barren.has(rid)) break;
      seen.add(rid);
      above.add(rid);
      const source = this.#sources.get(id, rid);
      if (source === undefined || source === 0) continue;
      top = rid;
      above = new Set();
      if (source === rid) return top;
    }
    for (const rid of above) barren.add(rid);
    return top;
  }

  #parentOf(rid: Rid): Rid | undefined {
    const [parent] = this.#links.parents(rid);
    return parent === 0 ? undefined : parent;
  }

  #typesOf(nodes: ReadonlySet<Rid>): Map<Rid, string> {
    const rows = this.#repository.db
      .prepare(
        `SELECT objid AS rid, CASE WHEN type IN ('e', 't') AND tagid IS NULL THEN 'a' ELSE type END AS type
           FROM event WHERE objid IN (SELECT value FROM json_each(?))`,
      )
      .all<{ rid: Rid; type: string }>(JSON.stringify([...nodes]));
    return new Map(rows.map(({ rid, type }) => [rid, type]));
  }

  /**
   * What is read, in that order.
   * @param onlyEnd - counts what each has of the tag in the end: not what passes, nor what others inherit
   */
  #steps(id: number, nodes: ReadonlySet<Rid>, onlyEnd = false): Step[] {
    const name = this.#nameOf(id);
    const steps = new Map<Rid, Step>();
    for (const rid of nodes) steps.set(rid, { rid, edits: [] });
    const add = (edit: TagEdit): void => {
      const step = steps.get(edit.source);
      if (step === undefined) steps.set(edit.source, { rid: edit.source, edits: [edit] });
      else step.edits.push(edit);
    };
    const edited = new Set<Rid>();
    const edits = this.#allEdits().get(name) ?? [];
    for (const edit of edits) {
      if (!nodes.has(edit.target)) continue;
      edited.add(edit.target);
      add(edit);
    }
    const isOwn = new Set<Rid>();
    for (const { state, rid } of this.#rows(id, nodes)) {
      if (state.source !== rid) continue;
      isOwn.add(rid);
      add({ ...state, source: rid, target: rid });
    }
    // Here it may have lost what it sets on itself.
    for (const rid of edited) {
      if (isOwn.has(rid) || (onlyEnd && this.#isOutdone(rid, edits))) continue;
      for (const edit of this.#ownEdits(rid, name)) add(edit);
    }
    return [...steps.values()].sort((a, b) => (a.rid === b.rid ? 0 : this.#order.isLater(a.rid, b.rid) ? 1 : -1));
  }

  #allEdits(): Map<string, TagEdit[]> {
    if (this.#edits !== undefined) return this.#edits;
    const { db, controls } = this.#repository;
    const edits = new Map<string, TagEdit[]>();
    const add = (source: Rid, tags: ReadTags): void => {
      for (const { name } of tags.cards) if (!edits.has(name)) edits.set(name, []);
      for (const name of new Set(tags.cards.map((card) => card.name)))
        for (const edit of this.#editsOf(source, tags, name)) if (edit.target !== source) edits.get(name)?.push(edit);
    };
    for (const { rid } of db.prepare("SELECT objid AS rid FROM event WHERE type='g'").all<{ rid: Rid }>())
      add(rid, controls.tags(rid));
    // Check-ins and technotes may set tags on others, too, though Fossil makes none that do.
    const others = db
      .prepare(
        `SELECT DISTINCT srcid AS rid FROM tagxref
          WHERE srcid NOT IN (0, rid) AND srcid NOT IN (SELECT objid FROM event WHERE type='g')`,
      )
      .all<{ rid: Rid }>();
    for (const { rid } of others) add(rid, controls.tags(rid));
    this.#edits = edits;
    return edits;
  }

  /** What an artifact sets on itself: only its content tells once others have replaced it. */
  #ownEdits(rid: Rid, name: string): TagEdit[] {
    return this.#editsOf(rid, this.#repository.controls.tags(rid), name).filter(({ target }) => target === rid);
  }

  #nameOf(id: number): string {
    const tag = this.#repository.db.prepare('SELECT tagname FROM tag WHERE tagid=?').get<{ tagname: string }>(id);
    return tag?.tagname ?? '';
  }

  #editsOf(source: Rid, { cards, mtime }: ReadTags, name: string): TagEdit[] {
    return cards
      .filter((card) => card.name === name)
      .flatMap(({ sign, target: hash, value }) => {
        const target = hash === '*' ? source : this.#repository.blobs.rid(hash);
        return target === undefined ? [] : [{ type: TAG_TYPE[sign], value: value ?? null, mtime, source, target }];
      });
  }

  #rows(id: number, nodes: ReadonlySet<Rid>): { rid: Rid; state: TagState }[] {
    return this.#repository.db
      .prepare(
        `SELECT rid, tagtype AS type, srcid AS source, origid AS origin, CAST(value AS BLOB) AS bytes, mtime
           FROM tagxref WHERE tagid=? AND rid IN (SELECT value FROM json_each(?))`,
      )
      .all<Omit<TagState, 'value'> & { rid: Rid; bytes: Uint8Array | null }>(id, JSON.stringify([...nodes]))
      .map(({ rid, bytes, ...state }) => ({ rid, state: { ...state, value: bytes && byteTextOf(bytes) } }));
  }

  /** @returns what has another tag now, or none any more */
  #write(id: number, nodes: ReadonlySet<Rid>, states: ReadonlyMap<Rid, TagState>): Set<Rid> {
    const { db } = this.#repository;
    const changed = new Set<Rid>();
    const known = new Map(this.#rows(id, nodes).map(({ rid, state }) => [rid, state]));
    for (const rid of nodes) {
      const [before, after] = [known.get(rid), states.get(rid)];
      if (isSame(before, after)) continue;
      changed.add(rid);
      this.changed.add(rid);
      if (after === undefined) db.prepare('DELETE FROM tagxref WHERE tagid=? AND rid=?').run(id, rid);
      else
        db.prepare('REPLACE INTO tagxref(tagid,tagtype,srcid,origid,value,mtime,rid) VALUES(?,?,?,?,?,?,?)').run(
          id,
          after.type,
          after.source,
          after.origin,
          after.value,
          after.mtime,
          rid,
        );
    }
    return changed;
  }
}

function isSame(a: TagState | undefined, b: TagState | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.type === b.type && a.source === b.source && a.origin === b.origin && a.value === b.value;
}
