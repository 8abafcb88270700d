import type { JulianDay, Rid } from '../identifiers';
import type { TagType } from './tags';

/** What an artifact has of one tag. */
export interface TagState {
  type: TagType;
  /** The artifact whose T-card sets it; 0: it is inherited. */
  source: Rid | 0;
  /** The artifact that it was set on. */
  origin: Rid;
  value: string | null;
  mtime: JulianDay;
}

/** A T-card of that tag. */
export interface TagEdit extends Pick<TagState, 'type' | 'value' | 'mtime'> {
  source: Rid;
  target: Rid;
}

/** One tag among artifacts that are read one after the other, as Fossil hands it on: of that, and of nothing else, it keeps what counts. */
export class TagReplay {
  readonly states = new Map<Rid, TagState>();
  readonly #children = new Map<Rid, Rid[]>();
  readonly #onChange: (rid: Rid, value: string | null) => void;

  /** @param onChange - hears what is set, inherited or (null) taken away, each time */
  constructor(onChange: (rid: Rid, value: string | null) => void) {
    this.#onChange = onChange;
  }

  /** Sets a tag, unless its target has it from as late a moment, be it inherited. */
  set({ source, target, ...tag }: TagEdit): void {
    const known = this.states.get(target);
    if (known !== undefined && known.mtime >= tag.mtime) return;
    const state = { ...tag, source, origin: target };
    this.states.set(target, state);
    this.#onChange(target, tag.type === 0 ? null : tag.value);
    this.#propagate(this.#children.get(target) ?? [], state);
  }

  /** Hands on what a parent has to a child that has been read. */
  link(parent: Rid, child: Rid): void {
    const siblings = this.#children.get(parent);
    if (siblings === undefined) this.#children.set(parent, [child]);
    else siblings.push(child);
    const state = this.states.get(parent);
    if (state !== undefined) this.#propagate([child], state);
  }

  /** A tag that does not propagate takes away what was inherited before. */
  #propagate(heirs: readonly Rid[], tag: TagState): void {
    const isGiven = tag.type === 2;
    const queue = [...heirs];
    for (let rid = queue.pop(); rid !== undefined; rid = queue.pop()) {
      const known = this.states.get(rid);
      const isOpen = known === undefined ? isGiven : known.source === 0 && known.mtime < tag.mtime;
      if (!isOpen) continue;
      if (isGiven) this.states.set(rid, { ...tag, source: 0 });
      else this.states.delete(rid);
      this.#onChange(rid, isGiven ? tag.value : null);
      queue.push(...(this.#children.get(rid) ?? []));
    }
  }
}
