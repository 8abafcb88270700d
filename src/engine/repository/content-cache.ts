import type { Rid } from '../identifiers';
import { letGo } from '../platform/let-go';

interface Entry {
  content: Uint8Array;
  isNamed: boolean;
  /** Nobody else has it. */
  isOwn: boolean;
}

/** Full artifacts that were read lately, by rid: least recently used go first once the bytes exceed the bound. */
export class ContentCache {
  readonly #entries = new Map<Rid, Entry>();
  readonly #limit: number;
  #bytes = 0;

  /** @param limit - bytes of content kept at most; an artifact beyond a quarter of it is not kept at all */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(rid: Rid): Uint8Array | undefined {
    const entry = this.#entries.get(rid);
    if (entry === undefined) return undefined;
    entry.isOwn = false;
    this.#entries.delete(rid);
    this.#entries.set(rid, entry);
    return entry.content;
  }

  /** @returns it, when it was found to have the artifact's name before it was stored */
  named(rid: Rid): Uint8Array | undefined {
    const entry = this.#entries.get(rid);
    if (entry?.isNamed !== true) return undefined;
    entry.isOwn = false;
    return entry.content;
  }

  /**
   * @param options.isNamed - the content has been found to have the artifact's name
   * @param options.isOwn - nobody else has it: its memory is freed when it goes and nobody has asked for it
   */
  add(rid: Rid, content: Uint8Array, { isNamed = false, isOwn = false } = {}): void {
    if (content.length > this.#limit / 4) return;
    this.remove(rid);
    this.#entries.set(rid, { content, isNamed, isOwn });
    this.#bytes += content.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.remove(oldest);
    }
  }

  remove(rid: Rid): void {
    const entry = this.#entries.get(rid);
    if (entry === undefined) return;
    this.#entries.delete(rid);
    this.#bytes -= entry.content.length;
    if (entry.isOwn) letGo(entry.content, { least: 0 });
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
