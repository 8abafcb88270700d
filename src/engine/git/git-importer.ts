import { isReservedName } from '../artifact/file-name';
import { encodeToken } from '../codec/fossil-encoding';
import { EngineError } from '../errors';
import { type Hash, isHash } from '../identifiers';
import type { Hashing } from '../platform/hash';
import { checkinDelta } from './checkin-delta';
import { formatCheckin, formatTag } from './card-text';
import { FileList, type FileListEditor, type ListedFile } from './file-list';
import type { ImportStore } from './import-store';
import { sterile } from './sterile-content';
import type { CommitCommand, FileChange, Person, StreamCommand, TagCommand } from './stream-command';
import { malformedStream } from './stream-source';

/** Files that one commit may copy and rename. */
const MOST_MOVED_FILES = 100_000;

/** What is put around a name: `before` + name + `after`. */
export interface NamePattern {
  before: string;
  after: string;
}

export interface ImportOptions {
  /** The branch that Git calls `master`; Fossil leaves it that name by default. */
  masterName: string;
  /** Every root of the history gets this name as a tag. */
  trunkName: string;
  branches: NamePattern;
  tags: NamePattern;
  /** Attribute check-ins to the author rather than the committer. */
  usesAuthor: boolean;
  /** The user who is meant by somebody's name and address. */
  userOf(person: Person): string;
}

/** File lists of the latest check-ins are kept; an older one is read again when somebody builds on it. */
const KEPT_LISTS = 256;
const DELETED_REF = /^0+$/;

/**
 * Makes Fossil artifacts of the commands of a Git stream, the same that `fossil import --git` makes. Where Fossil 2.21 loses content
 * (a directory that becomes a file, names in quotes, a file changed and then deleted, a first content taken for a missing message, a
 * ref that is reset to start anew, interleaved branches without `from`), what Git means is what counts. Everything here runs in the
 * caller's transactions.
 */
export class GitImporter {
  readonly #store: ImportStore;
  readonly #hashing: Hashing;
  readonly #options: ImportOptions;
  readonly #marks: Map<string, Hash>;
  /** Branches of the check-ins of this stream. */
  readonly #branches = new Map<Hash, string>();
  readonly #tips = new Map<string, Hash>();
  readonly #lists = new Map<Hash, FileList>();
  /** Check-ins whose text names files that are in no list. */
  readonly #withReservedNames = new Set<Hash>();
  /** Tags that `refs/tags/` commits carry: only the last commit of each keeps it. */
  readonly #tagsAtEnd = new Map<string, Uint8Array>();
  readonly #counts = { checkins: 0, tags: 0, submodules: 0 };

  /** @param marks - what the marks of an earlier import name; grows with the marks of this one */
  constructor(store: ImportStore, hashing: Hashing, options: ImportOptions, marks: Map<string, Hash>) {
    this.#store = store;
    this.#hashing = hashing;
    this.#options = options;
    this.#marks = marks;
  }

  /** Check-ins and tags made; places of other repositories (submodules) that were left out. */
  get counts(): Readonly<{ checkins: number; tags: number; submodules: number }> {
    return this.#counts;
  }

  /** @throws EngineError `stream-malformed` when the command refers to what the stream has not brought */
  apply(command: StreamCommand): void {
    switch (command.type) {
      case 'blob': {
        const hash = this.#store.add(sterile(command.content, this.#hashing));
        if (command.mark !== undefined) this.#marks.set(command.mark, hash);
        break;
      }
      case 'commit':
        this.#commit(command);
        break;
      case 'tag':
        this.#tag(command);
        break;
      case 'reset':
        if (command.from === undefined || DELETED_REF.test(command.from)) this.#tips.delete(command.ref);
        else this.#tips.set(command.ref, this.#checkinOf(command.from, command.offset));
        break;
      case 'alias':
        this.#marks.set(command.mark, this.#checkinOf(command.to, command.offset));
        break;
      default:
        command satisfies never;
    }
  }

  /** Adds the tags whose place is known only now. */
  finish(): void {
    for (const tag of this.#tagsAtEnd.values()) {
      this.#store.add(tag);
      this.#counts.tags++;
    }
  }

  #commit(command: CommitCommand): void {
    const { from, mark, offset } = command;
    const isTag = command.ref.startsWith('refs/tags/');
    const branch = command.branchNick ?? this.#nameIn(command.ref);
    // Fossil's own export starts a root so; a commit that replaces everything without naming its parent has none.
    const isRoot = from === undefined && command.changes[0]?.kind === 'delete-all';
    const parent =
      from === undefined ? (isRoot ? undefined : this.#tips.get(command.ref)) : this.#checkinOf(from, offset);
    const person = this.#personOf(command);
    const before = parent === undefined ? FileList.empty : this.#filesOf(parent);
    const { files, carried } = this.#changed(before, command);
    const merges = parent === undefined ? [] : command.merges.map((merge) => this.#checkinOf(merge, offset));
    const user = this.#options.userOf(person);
    const content = formatCheckin(
      {
        comment: command.message,
        seconds: person.seconds,
        parents: parent === undefined ? [] : [parent, ...merges],
        tags: this.#tagsOf(branch, isTag, from, parent),
        user,
      },
      files,
      this.#hashing,
    );
    const hash = this.#store.add(content);
    if (carried !== files) this.#withReservedNames.add(hash);
    if (parent !== undefined) this.#deltify(parent, hash, before, command.changes, carried);
    this.#keep(hash, carried);
    this.#tips.set(command.ref, hash);
    this.#branches.set(hash, branch);
    if (mark !== undefined) this.#marks.set(mark, hash);
    for (const change of command.changes) if (change.kind === 'modify') this.#forgetInline(change.blob);
    this.#counts.checkins++;
    if (isTag && parent !== undefined) {
      const name = this.#branchName(branch);
      this.#tagsAtEnd.delete(branch);
      this.#tagsAtEnd.set(branch, formatTag({ name, target: hash, seconds: person.seconds, user }, this.#hashing));
    }
  }

  #tag(command: TagCommand): void {
    const { mark, tagger, from, name, message, offset } = command;
    if (from === undefined || (tagger ?? mark) === undefined) return;
    const target = this.#checkinOf(from, offset);
    // A tag of this tag is for Fossil one more tag of what both mean in the end.
    if (mark !== undefined) this.#marks.set(mark, target);
    // Fossil needs to know who and when.
    if (tagger === undefined) return;
    const { before, after } = this.#options.tags;
    const tag = {
      name: before + name + after,
      target,
      seconds: tagger.seconds,
      user: this.#options.userOf(tagger),
      ...(message === undefined ? {} : { value: message }),
    };
    this.#store.add(formatTag(tag, this.#hashing));
    this.#counts.tags++;
  }

  /** A branch gets its tags where it starts: where the parent is on another, or is not named by a mark or ref of this stream. */
  #tagsOf(branch: string, isTag: boolean, from: string | undefined, parent: Hash | undefined): string[] {
    const tags: string[] = [];
    const isNamed = from !== undefined && !isHash(from);
    const fromBranch = parent === undefined || !isNamed ? undefined : this.#branches.get(parent);
    if (!isTag && fromBranch !== branch) {
      const name = encodeToken(this.#branchName(branch));
      tags.push(`*branch * ${name}`, `*sym-${name} *`);
      if (fromBranch !== undefined) tags.push(`-sym-${encodeToken(this.#branchName(fromBranch))} *`);
    }
    if (parent === undefined) tags.push(`*sym-${encodeToken(this.#options.trunkName)} *`);
    return tags;
  }

  #branchName(branch: string): string {
    const { before, after } = this.#options.branches;
    return before + branch + after;
  }

  /** What follows the second slash of a ref: `refs/heads/a/b` is `a/b`. */
  #nameIn(ref: string): string {
    const slash = ref.indexOf('/', 'refs/'.length);
    const name = slash < 0 || slash + 1 === ref.length ? ref : ref.slice(slash + 1);
    return name === 'master' ? this.#options.masterName : name;
  }

  #personOf(command: CommitCommand): Person {
    const { author, committer } = command;
    const person = this.#options.usesAuthor ? (author ?? committer) : committer;
    if (person !== undefined) return person;
    throw malformedStream(command.offset, 'the commit does not say who made it and when', `commit ${command.ref}`);
  }

  /** @returns the files as the manifest names them, and as the next check-in finds them: reserved names are read by nobody */
  #changed(before: FileList, command: CommitCommand): { files: FileList; carried: FileList } {
    if (command.changes.length === 0) return { files: before, carried: before };
    const editor = before.edit();
    const reserved = new Set<string>();
    let moved = 0;
    for (const change of command.changes) {
      moved += this.#change(editor, change, command, reserved);
      // A few commands that copy a directory into itself would make files without end.
      if (moved > MOST_MOVED_FILES) {
        throw malformedStream(
          command.offset,
          `it copies or renames more than ${MOST_MOVED_FILES} files`,
          `commit ${command.ref}`,
        );
      }
    }
    const files = editor.finish();
    if (reserved.size === 0) return { files, carried: files };
    const carrier = files.edit();
    for (const name of reserved) if (carrier.get(name) !== undefined) carrier.delete(name);
    return { files, carried: carrier.finish() };
  }

  /** @returns how many files were copied or renamed */
  #change(editor: FileListEditor, change: FileChange, { offset }: CommitCommand, reserved: Set<string>): number {
    const set = (file: ListedFile): void => {
      if (isReservedName(file.name)) reserved.add(file.name);
      editor.set(file);
    };
    switch (change.kind) {
      case 'modify': {
        const { path, permission, blob } = change;
        set({ name: path, hash: this.#blobOf(blob, offset), permission });
        break;
      }
      case 'submodule':
        editor.delete(change.path);
        this.#counts.submodules++;
        break;
      case 'delete':
        editor.delete(change.path);
        break;
      case 'delete-all':
        editor.deleteAll();
        break;
      case 'copy':
      case 'rename': {
        const { from, to } = change;
        const moved = editor.at(from);
        if (moved.length > MOST_MOVED_FILES) return moved.length;
        if (change.kind === 'rename') editor.delete(from);
        for (const file of moved) set({ ...file, name: to + file.name.slice(from.length) });
        return moved.length;
      }
      default:
        change satisfies never;
    }
    return 0;
  }

  /** Older versions are stored as deltas of these. */
  #deltify(parent: Hash, checkin: Hash, before: FileList, changes: readonly FileChange[], after: FileList): void {
    for (const change of changes) {
      if (change.kind !== 'modify') continue;
      const old = before.get(change.path);
      const now = after.get(change.path);
      if (old !== undefined && now !== undefined && old.hash !== now.hash) this.#store.deltify(old.hash, now.hash);
    }
    if (this.#withReservedNames.has(parent) || this.#withReservedNames.has(checkin)) {
      this.#store.deltify(parent, checkin);
    } else {
      this.#store.deltify(parent, checkin, (source, target) =>
        checkinDelta({ content: source, files: after }, { content: target, files: before }),
      );
    }
  }

  #filesOf(checkin: Hash): FileList {
    const known = this.#lists.get(checkin);
    if (known !== undefined) {
      this.#keep(checkin, known);
      return known;
    }
    const files = this.#store.filesOf(checkin);
    if (files === undefined) throw unsuitableParent(checkin);
    const list = FileList.of(files);
    this.#keep(checkin, list);
    return list;
  }

  #keep(checkin: Hash, files: FileList): void {
    this.#lists.delete(checkin);
    this.#lists.set(checkin, files);
    for (const oldest of this.#lists.keys()) {
      if (this.#lists.size <= KEPT_LISTS) break;
      this.#lists.delete(oldest);
    }
  }

  #blobOf(reference: string, offset: number): Hash {
    const hash = this.#marks.get(reference);
    if (hash !== undefined) return hash;
    if (isHash(reference) && this.#store.has(reference)) return reference;
    throw malformedStream(
      offset,
      `a commit names the content "${reference}", which the stream has not brought. Export with the content (without "--no-data"), and the whole history or with marks`,
    );
  }

  #forgetInline(reference: string): void {
    if (reference.startsWith('inline ')) this.#marks.delete(reference);
  }

  /** @param reference - a mark, a ref or the name of an artifact */
  #checkinOf(reference: string, offset: number): Hash {
    const hash = this.#marks.get(reference) ?? this.#tips.get(reference.replace(/\^0$/, ''));
    if (hash !== undefined) return hash;
    if (isHash(reference) && this.#store.has(reference)) return reference;
    throw malformedStream(
      offset,
      `"${reference}" names a commit that the stream has not brought. Export the whole history, or give the marks of the earlier import`,
    );
  }
}

function unsuitableParent(hash: Hash): EngineError {
  return new EngineError(
    'stream-malformed',
    `The stream builds on artifact ${hash}, which is no check-in, or one whose files are not all here. Nothing has been imported.`,
  );
}
