import { PACKED_SIZES_VERSION } from './unversioned-server';
import type { FileAhead } from './unversioned-size';

const NUMBER = /^\d{1,15}$/;

interface ToldSize {
  /** Bytes that the content takes in the server's store. */
  packedSize: number;
  /** Bytes on the wire behind the file that stands before it in the catalogue. */
  together?: number;
  before: string | undefined;
}

/** What a server of ours tells of how large its unversioned files are on the wire (docs/protocol-extensions.md). */
export class ToldSizes {
  readonly #sizes = new Map<string, ToldSize>();
  #last: string | undefined;

  /** @param parameters - of the pragma. @returns true: the card was about sizes */
  take([version, name = '', packedSize = '', together = '']: readonly string[]): true {
    if (version !== PACKED_SIZES_VERSION || !NUMBER.test(packedSize)) return true;
    this.#sizes.set(name, {
      packedSize: Number(packedSize),
      before: this.#last,
      ...(NUMBER.test(together) ? { together: Number(together) } : {}),
    });
    this.#last = name;
    return true;
  }

  /** @param files - that are wanted: one that comes behind another than in the catalogue has less in common with it */
  of(files: readonly { name: string; size: number }[]): FileAhead[] {
    const wanted = new Set(files.map(({ name }) => name));
    return files.map(({ name, size }) => {
      const { packedSize, together, before } = this.#sizes.get(name) ?? {};
      const isBehind = before === undefined || wanted.has(before);
      return { name, size, packedSize, ...(isBehind && together !== undefined ? { wire: together } : {}) };
    });
  }
}
