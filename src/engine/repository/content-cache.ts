import type { Rid } from '../identifiers';

/** Full artifacts that were read lately, by rid: least recently used go first once the bytes exceed the bound. */
export class ContentCache {
  readonly #entries = new Map<Rid, Uint8Array>();
  readonly #limit: number;
  #bytes = 0;

  /** @param limit - bytes of content kept at most; an artifact beyond a quarter of it is not kept at all */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(rid: Rid): Uint8Array | undefined {
    const content = this.#entries.get(rid);
    if (content !== undefined) {
      this.#entries.delete(rid);
      this.#entries.set(rid, content);
    }
    return content;
  }

  add(rid: Rid, content: Uint8Array): void {
    if (content.length > this.#limit / 4) return;
    this.remove(rid);
    this.#entries.set(rid, content);
    this.#bytes += content.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.remove(oldest);
    }
  }

  remove(rid: Rid): void {
    const content = this.#entries.get(rid);
    if (content === undefined) return;
    this.#entries.delete(rid);
    this.#bytes -= content.length;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
