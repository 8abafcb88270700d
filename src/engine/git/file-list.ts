import { bytesOfText } from '../codec/byte-text';
import { encodeToken } from '../codec/fossil-encoding';
import { compareBytes } from '../codec/utf8';
import type { Hash } from '../identifiers';

/** One file of a check-in. */
export interface ListedFile {
  readonly name: string;
  readonly hash: Hash;
  readonly permission: 'regular' | 'executable' | 'symlink';
}

/** Files that follow one another. Once its list is finished a block never changes, and lists share it. */
export interface FileBlock {
  readonly files: readonly ListedFile[];
  /** The F-cards of the files. */
  readonly cards: Uint8Array;
}

interface OpenBlock {
  files: ListedFile[];
}

/** A block is cut in two at this many files. */
const LARGEST_BLOCK = 64;
const PERMISSION_LETTERS = { regular: '', executable: ' x', symlink: ' l' } as const;

/**
 * The files of a check-in, sorted by the bytes of their names. It never changes: the list of the next check-in shares the blocks that
 * it has in common with it, so that a check-in costs what it changes.
 */
export class FileList {
  static readonly empty = new FileList([]);
  readonly blocks: readonly FileBlock[];

  private constructor(blocks: readonly FileBlock[]) {
    this.blocks = blocks;
  }

  /** @param files - in any order, every name once */
  static of(files: readonly ListedFile[]): FileList {
    const sorted = [...files].sort((a, b) => compareBytes(a.name, b.name));
    const blocks: FileBlock[] = [];
    for (let start = 0; start < sorted.length; start += LARGEST_BLOCK) {
      blocks.push(closed(sorted.slice(start, start + LARGEST_BLOCK)));
    }
    return new FileList(blocks);
  }

  get(name: string): ListedFile | undefined {
    const files = this.blocks[blockFor(this.blocks, name)]?.files ?? [];
    const file = files[lowerBound(files, name)];
    return file?.name === name ? file : undefined;
  }

  *files(): IterableIterator<ListedFile> {
    for (const block of this.blocks) yield* block.files;
  }

  /** Changes of one check-in. `finish` makes the list that has them; this one stays as it is. */
  edit(): FileListEditor {
    return new FileListEditor(this, (blocks) => new FileList(blocks));
  }
}

/** Collects the changes from one list to the next. */
export class FileListEditor {
  #blocks: (FileBlock | OpenBlock)[];
  readonly #make: (blocks: FileBlock[]) => FileList;

  /** For {@link FileList.edit}. */
  constructor(list: FileList, make: (blocks: FileBlock[]) => FileList) {
    this.#blocks = [...list.blocks];
    this.#make = make;
  }

  get(name: string): ListedFile | undefined {
    const files = this.#blocks[blockFor(this.#blocks, name)]?.files ?? [];
    const file = files[lowerBound(files, name)];
    return file?.name === name ? file : undefined;
  }

  /** Adds or replaces a file; what stands in its way, a directory of its name or a file named as one of its directories, goes. */
  set(file: ListedFile): void {
    this.#deleteBelow(file.name);
    for (let slash = file.name.indexOf('/'); slash > 0; slash = file.name.indexOf('/', slash + 1)) {
      this.#deleteFile(file.name.slice(0, slash));
    }
    const index = blockFor(this.#blocks, file.name);
    if (this.#blocks.length === 0) {
      this.#blocks.push({ files: [file] });
      return;
    }
    const block = this.#open(index);
    const at = lowerBound(block.files, file.name);
    const replaces = block.files[at]?.name === file.name;
    block.files.splice(at, replaces ? 1 : 0, file);
    if (block.files.length > LARGEST_BLOCK) {
      this.#blocks.splice(index + 1, 0, { files: block.files.splice(LARGEST_BLOCK / 2) });
    }
  }

  /** Removes a file, or a directory with all that is in it. */
  delete(path: string): void {
    this.#deleteFile(path);
    this.#deleteBelow(path);
  }

  deleteAll(): void {
    this.#blocks = [];
  }

  /** The file of that name, or the files in the directory of that name. */
  at(path: string): ListedFile[] {
    const file = this.get(path);
    return file === undefined ? this.#below(path) : [file];
  }

  finish(): FileList {
    return this.#make(this.#blocks.map((block) => ('cards' in block ? block : closed(block.files))));
  }

  #below(directory: string): ListedFile[] {
    const prefix = `${directory}/`;
    const found: ListedFile[] = [];
    for (let index = blockFor(this.#blocks, prefix); index < this.#blocks.length; index++) {
      const files = this.#blocks[index]?.files ?? [];
      for (let at = lowerBound(files, prefix); at < files.length; at++) {
        const file = files[at];
        if (file?.name.startsWith(prefix) !== true) return found;
        found.push(file);
      }
    }
    return found;
  }

  #deleteBelow(directory: string): void {
    for (const file of this.#below(directory)) this.#deleteFile(file.name);
  }

  #deleteFile(name: string): void {
    if (this.get(name) === undefined) return;
    const index = blockFor(this.#blocks, name);
    const block = this.#open(index);
    block.files.splice(lowerBound(block.files, name), 1);
    if (block.files.length === 0) this.#blocks.splice(index, 1);
  }

  /** The block as one that is this editor's own. */
  #open(index: number): OpenBlock {
    const block = this.#blocks[index];
    if (block !== undefined && !('cards' in block)) return block;
    const open = { files: [...(block?.files ?? [])] };
    this.#blocks[index] = open;
    return open;
  }
}

function closed(files: readonly ListedFile[]): FileBlock {
  const cards = files.map(
    ({ name, hash, permission }) => `F ${encodeToken(name)} ${hash}${PERMISSION_LETTERS[permission]}\n`,
  );
  return { files, cards: bytesOfText(cards.join('')) };
}

/** The block that holds the name or would take it: the last one that does not begin behind it. */
function blockFor(blocks: readonly (FileBlock | OpenBlock)[], name: string): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const first = blocks[middle]?.files[0];
    if (first !== undefined && compareBytes(first.name, name) <= 0) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** @returns the index of the first file that is not before the name */
function lowerBound(files: readonly ListedFile[], name: string): number {
  let low = 0;
  let high = files.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const file = files[middle];
    if (file !== undefined && compareBytes(file.name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
