import { Seeded } from '../support/seeded';

/** What a history shall come to; the figures of the issue are those of scale 1. */
export interface HistoryShape {
  seed: number;
  checkins: number;
  /** Files of the last check-in. */
  files: number;
}

/** @param scale - 1: 20,700 check-ins of up to 1,500 files, some 101,700 artifacts, 4.8 GB of content with the manifests */
export function shapeOfScale(scale: number, seed = 1): HistoryShape {
  return { seed, checkins: Math.max(20, Math.round(20_700 * scale)), files: Math.max(20, Math.round(1500 * scale)) };
}

interface File {
  mark: number;
  content: Buffer;
}

/** A line of development with what its last check-in holds. */
interface Line {
  name: string;
  tip: number;
  files: Map<string, File>;
  /** Names that differ from where it left the main line. */
  changed: Set<string>;
  length: number;
}

const FIRST_DAY = Date.UTC(2015, 0, 1) / 1000;
const FILE_SIZES = [2000, 4000, 8000, 16_000, 32_000, 64_000, 104_000];
const MOST_BRANCHES = 6;
const FOLDERS = ['src', 'src/engine', 'src/engine/parts', 'src/view', 'test', 'docs', 'docs/manual/pages', 'tools'];
const PEOPLE = ['ann', 'ben', 'cleo', 'dan', 'eve', 'finn'];

/**
 * Tells a history as `git fast-export` would: a main line that grows, branches that are merged or left, edits of a few lines in files of 2 to
 * 104 kB, additions, removals, renames and tags. The same shape gives the same bytes.
 */
export function* largeHistory(shape: HistoryShape): Generator<Buffer> {
  yield* new Historian(shape).tell();
}

class Historian {
  readonly #shape: HistoryShape;
  readonly #seeded: Seeded;
  readonly #words: readonly string[];
  readonly #main: Line = { name: 'master', tip: 0, files: new Map(), changed: new Set(), length: 0 };
  readonly #branches: Line[] = [];
  #marks = 0;
  #second = FIRST_DAY;
  #names = 0;

  constructor(shape: HistoryShape) {
    this.#shape = shape;
    this.#seeded = new Seeded(shape.seed);
    const letters = 'etaoinshrdlucmfwypvbgkjqxz';
    const word = (): string =>
      Array.from({ length: 2 + this.#seeded.below(9) }, () =>
        this.#seeded.pick(letters.slice(0, 8 + this.#seeded.below(18))),
      ).join('');
    this.#words = Array.from({ length: 500 }, word);
  }

  *tell(): Generator<Buffer> {
    const { checkins } = this.#shape;
    for (let index = 0; index < checkins; index++) {
      const closing = this.#seeded.below(100) < 2 ? this.#branches.find(({ length }) => length >= 8) : undefined;
      if (closing !== undefined) {
        yield* this.#merge(closing);
        continue;
      }
      if (index > 20 && this.#branches.length < MOST_BRANCHES && this.#seeded.below(80) === 0) this.#branch(index);
      const isOnBranch = this.#branches.length > 0 && this.#seeded.below(10) < 4;
      yield* this.#checkin(isOnBranch ? this.#seeded.pick(this.#branches) : this.#main, index);
      if (index % 400 === 399) yield this.#tag(index);
    }
  }

  #branch(index: number): void {
    const { tip, files } = this.#main;
    this.#branches.push({ name: `topic-${index}`, tip, files: new Map(files), changed: new Set(), length: 0 });
  }

  *#checkin(line: Line, index: number): Generator<Buffer> {
    const changes: string[] = [];
    const names = [...line.files.keys()];
    if (names.length === 0) {
      for (let first = 0; first < Math.min(100, this.#shape.files / 3); first++)
        yield this.#put(line, this.#newName(), this.#text(this.#size()), changes);
    } else {
      for (let edits = this.#seeded.pick([1, 2, 3, 3, 4, 5, 5, 8]); edits > 0; edits--) {
        const name = this.#seeded.pick(names);
        const file = line.files.get(name);
        if (file !== undefined) yield this.#put(line, name, this.#edited(file.content), changes);
      }
      yield* this.#growth(line, names, index, changes);
    }
    yield this.#commit(line, [], changes);
  }

  /** Additions in the first half; a removal or a rename now and then. */
  *#growth(line: Line, names: readonly string[], index: number, changes: string[]): Generator<Buffer> {
    const { files, checkins } = this.#shape;
    const wanted = Math.min(files, (files * index * 2) / checkins);
    if (line.files.size < wanted) yield this.#put(line, this.#newName(), this.#text(this.#size()), changes);
    const name = this.#seeded.pick(names);
    const file = line.files.get(name);
    const choice = this.#seeded.below(400);
    if (file === undefined || choice > 3 || line.files.size < 10) return;
    line.files.delete(name);
    line.changed.add(name);
    changes.push(`D ${name}\n`);
    if (choice > 1) return;
    const renamed = this.#newName();
    line.files.set(renamed, file);
    line.changed.add(renamed);
    changes.push(`M 100644 :${file.mark} ${renamed}\n`);
  }

  *#merge(branch: Line): Generator<Buffer> {
    const changes: string[] = [];
    for (const name of [...branch.changed].sort()) {
      const file = branch.files.get(name);
      if (file === undefined) {
        if (this.#main.files.delete(name)) changes.push(`D ${name}\n`);
      } else {
        this.#main.files.set(name, file);
        changes.push(`M 100644 :${file.mark} ${name}\n`);
      }
    }
    yield this.#commit(this.#main, [branch.tip], changes);
    branch.length = 0;
    branch.changed.clear();
    if (this.#seeded.below(3) > 0) this.#branches.splice(this.#branches.indexOf(branch), 1);
  }

  #put(line: Line, name: string, content: Buffer, changes: string[]): Buffer {
    const mark = ++this.#marks;
    line.files.set(name, { mark, content });
    line.changed.add(name);
    changes.push(`M 100644 :${mark} ${name}\n`);
    return Buffer.concat([Buffer.from(`blob\nmark :${mark}\ndata ${content.length}\n`), content, Buffer.from('\n')]);
  }

  #commit(line: Line, merged: readonly number[], changes: readonly string[]): Buffer {
    const mark = ++this.#marks;
    this.#second += 60 + this.#seeded.below(19_000);
    const person = this.#seeded.pick(PEOPLE);
    const message = `${this.#sentence(4)}in ${line.name}: ${this.#sentence(8)}\n`;
    const parents = [...(line.tip === 0 ? [] : [`from :${line.tip}\n`]), ...merged.map((other) => `merge :${other}\n`)];
    line.tip = mark;
    line.length++;
    return Buffer.from(
      `commit refs/heads/${line.name}\nmark :${mark}\ncommitter ${person} <${person}> ${this.#second} +0000\n` +
        `data ${message.length}\n${message}${parents.join('')}${changes.join('')}\n`,
    );
  }

  #tag(index: number): Buffer {
    const name = `v${index + 1}`;
    return Buffer.from(
      `tag ${name}\nfrom :${this.#main.tip}\ntagger ann <ann> ${this.#second} +0000\ndata ${name.length}\n${name}\n`,
    );
  }

  #newName(): string {
    return `${this.#seeded.pick(FOLDERS)}/${this.#seeded.pick(this.#words)}-${++this.#names}.txt`;
  }

  #size(): number {
    return this.#seeded.pick(FILE_SIZES);
  }

  #sentence(words: number): string {
    let sentence = '';
    for (let count = 0; count < words; count++) sentence += `${this.#seeded.pick(this.#words)} `;
    return sentence;
  }

  #text(size: number): Buffer {
    let text = '';
    while (text.length < size) text += `${this.#sentence(1 + this.#seeded.below(11))}\n`;
    return Buffer.from(text);
  }

  /** A few lines go, a few come, in one to three places. */
  #edited(content: Buffer): Buffer {
    let edited = content;
    for (let places = 1 + this.#seeded.below(3); places > 0; places--) {
      const start = edited.indexOf(10, this.#seeded.below(edited.length)) + 1;
      let end = start;
      for (let lines = this.#seeded.below(5); lines > 0; lines--) end = edited.indexOf(10, end) + 1 || edited.length;
      edited = Buffer.concat([
        edited.subarray(0, start),
        this.#text(1 + this.#seeded.below(160)),
        edited.subarray(end),
      ]);
    }
    return edited;
  }
}
