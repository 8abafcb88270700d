import type { Seeded } from '../../support/seeded';

/** Content and mode of a file. */
interface MadeFile {
  content: string;
  mode: '100644' | '100755' | '120000';
}

interface MadeCommit {
  mark: number;
  branch: string;
  files: ReadonlyMap<string, MadeFile>;
}

/** Names that need nothing special in a stream, and those that do in Git's own writing of them. */
const NAMES = [
  'README.md',
  'src/main.c',
  'src/util/list.c',
  'src/util/list.h',
  'docs/übersicht.md',
  'docs/with space.txt',
  'docs/deep/er/still.txt',
  'a-b/c',
  'a.b/c',
  'tool.sh',
  'link',
  '日本/語.txt',
  "it's [here].txt",
  'back\\slash.txt',
  '"quoted".txt',
];
const PEOPLE = ['Ann Author <ann@example.org>', 'Bob <bob@example.org>', '<nameless@example.org>', 'No Address <>'];
const MESSAGES = [
  'One line',
  'Two\nlines',
  'A line\n\nand a paragraph with\ttabs',
  'Größe ändern',
  '',
  'back\\slash  ',
];

/** What a stream is made like. */
export interface HistoryOptions {
  commits: number;
  /** Renames and copies; Fossil's parser takes only names without spaces and quotes there. */
  withRenames?: boolean;
  /** Merges of several parents at once, and histories that begin anew. */
  withManyRoots?: boolean;
}

/** A Git fast-import stream with branches, merges, tags and every kind of change, the same for the same seed. */
export function randomHistory(random: Seeded, options: HistoryOptions): string {
  return new HistoryMaker(random, options).make();
}

class HistoryMaker {
  readonly #random: Seeded;
  readonly #options: HistoryOptions;
  readonly #commits: MadeCommit[] = [];
  #out = '';
  #mark = 0;
  #seconds = 1_500_000_000;
  #branches = 1;

  constructor(random: Seeded, options: HistoryOptions) {
    this.#random = random;
    this.#options = options;
  }

  make(): string {
    const { commits } = this.#options;
    this.#out += 'reset refs/heads/master\n';
    for (let i = 0; i < commits; i++) this.#commit(i);
    this.#tags();
    return this.#out;
  }

  #commit(index: number): void {
    const random = this.#random;
    const tip = this.#commits.at(-1);
    const startsAnew = index === 0 || (this.#options.withManyRoots === true && random.below(12) === 0);
    const from = startsAnew ? undefined : random.below(3) === 0 ? random.pick(this.#commits) : tip;
    const isNewBranch = index > 0 && (startsAnew || random.below(6) === 0);
    const branch = isNewBranch ? this.#newBranch() : (from?.branch ?? 'master');
    if (startsAnew && index > 0) this.#out += `reset refs/heads/${branch}\n`;
    const files = new Map(from?.files);
    const message = random.pick(MESSAGES);
    // Fossil takes the first content inside a commit without message for its message.
    const changes = random.below(15) === 0 ? '' : this.#changes(files, message !== '');
    const mark = ++this.#mark;
    // Several check-ins within a second make Fossil's timeline settle their order.
    this.#seconds += random.pick([0, 1, 1, 60, 3600, 86_400]);
    const person = random.pick(PEOPLE);
    this.#out += `commit refs/heads/${branch}\nmark :${mark}\n`;
    this.#out += `author Some Author <author@example.org> ${this.#seconds - 100} +0200\n`;
    this.#out += `committer ${person} ${this.#seconds} -0730\n${data(message)}`;
    if (from !== undefined) {
      this.#out += `from :${from.mark}\n`;
      for (const merged of this.#merged(from)) this.#out += `merge :${merged.mark}\n`;
    }
    this.#out += `${changes}\n`;
    this.#commits.push({ mark, branch, files });
  }

  #merged(from: MadeCommit): MadeCommit[] {
    const random = this.#random;
    if (random.below(5) > 0) return [];
    const count = this.#options.withManyRoots === true ? 1 + random.below(3) : 1;
    const merged = new Set(Array.from({ length: count }, () => random.pick(this.#commits)));
    merged.delete(from);
    return [...merged];
  }

  #newBranch(): string {
    return this.#random.pick(['feature', 'fix/deep', 'größe', 'v1.x']) + String(this.#branches++);
  }

  /** Changes `files`, writes the blobs. @returns the lines of the commit */
  #changes(files: Map<string, MadeFile>, mayBeInline: boolean): string {
    const random = this.#random;
    let lines = '';
    const touched = new Set<string>();
    const untouched = (): string[] => [...files.keys()].filter((name) => !touched.has(name));
    if (random.below(10) === 0) {
      for (const name of [...files.keys()]) if (name.startsWith('src/')) files.delete(name);
      lines += 'D src\n';
    }
    for (let i = random.below(3); i > 0 && files.size > 1; i--) {
      const name = random.pick(untouched());
      files.delete(name);
      touched.add(name);
      lines += `D ${quoted(name)}\n`;
    }
    if (this.#options.withRenames === true && random.below(3) === 0) {
      const from = untouched().find((name) => !/[\s"\\]/.test(name));
      const to = `moved/${this.#mark}`;
      const file = from === undefined ? undefined : files.get(from);
      if (from !== undefined && file !== undefined) {
        const isRename = random.below(2) === 0;
        lines += `${isRename ? 'R' : 'C'} ${from} ${to}\n`;
        files.set(to, file);
        if (isRename) files.delete(from);
        touched.add(from).add(to);
      }
    }
    for (let i = 1 + random.below(4); i > 0; i--) {
      const name = random.pick(NAMES);
      if (touched.has(name)) continue;
      touched.add(name);
      const file = this.#newFile(name, files.get(name));
      files.set(name, file);
      if (mayBeInline && random.below(4) === 0) lines += `M ${file.mode} inline ${quoted(name)}\n${data(file.content)}`;
      else {
        const mark = ++this.#mark;
        this.#out += `blob\nmark :${mark}\n${data(file.content)}`;
        lines += `M ${file.mode} :${mark} ${quoted(name)}\n`;
      }
    }
    return lines;
  }

  #newFile(name: string, old: MadeFile | undefined): MadeFile {
    const random = this.#random;
    if (name === 'link') return { mode: '120000', content: `target-${random.below(5)}` };
    const mode = random.below(8) === 0 ? '100755' : (old?.mode ?? '100644');
    const kind = random.below(10);
    if (kind === 0) return { mode, content: '' };
    // What would be an artifact must not become one.
    if (kind === 1) return { mode, content: 'D 2020-01-01T00:00:00\nT +sym-evil *\nU mallory\n' };
    const before = old?.content ?? Buffer.from(random.sourceText(20 + random.below(60))).toString('latin1');
    return { mode, content: `${before}line ${random.below(1000)}\n` };
  }

  #tags(): void {
    const random = this.#random;
    this.#commits.forEach(({ mark }, index) => {
      if (random.below(6) > 0) return;
      const message = random.pick(['Release\n\nwith notes\n', 'short', '']);
      this.#out += `tag v0.${index}\nfrom :${mark}\ntagger ${random.pick(PEOPLE)} ${this.#seconds} +0000\n${data(message)}`;
    });
    const last = this.#commits.at(-1);
    if (last === undefined) return;
    // A light tag comes as a ref, or as the ref of the commits that lead to it.
    this.#out += `reset refs/tags/light\nfrom :${last.mark}\n\n`;
    for (const message of ['first', 'second']) {
      const mark = ++this.#mark;
      this.#out += `commit refs/tags/heavy\nmark :${mark}\ncommitter ${PEOPLE[0] ?? ''} ${this.#seconds + mark} +0000\n${data(message)}`;
      this.#out += `from :${message === 'first' ? last.mark : mark - 1}\n\n`;
    }
  }
}

/** As `git fast-export` writes a name. */
function quoted(name: string): string {
  if (!/["\\]|[^\0-\x7f]/.test(name)) return name;
  const bytes = [...Buffer.from(name)].map((byte) =>
    byte > 0x7e
      ? `\\${byte.toString(8)}`
      : byte === 0x22 || byte === 0x5c
        ? `\\${String.fromCharCode(byte)}`
        : String.fromCharCode(byte),
  );
  return `"${bytes.join('')}"`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
