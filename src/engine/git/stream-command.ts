/** Who did something, and when: the rest of an `author`, `committer` or `tagger` line. */
export interface Person {
  /** `Name <address>`, as it stands. */
  contact: string;
  /** What stands between the angle brackets. */
  address: string;
  /** Seconds since 1970. */
  seconds: number;
}

/** What a commit does to the files of its first parent; later ones build on earlier ones. */
export type FileChange =
  | { kind: 'modify'; path: string; permission: 'regular' | 'executable' | 'symlink'; blob: string }
  /** The place of another repository, which Fossil cannot hold. */
  | { kind: 'submodule'; path: string }
  | { kind: 'delete'; path: string }
  | { kind: 'delete-all' }
  | { kind: 'copy' | 'rename'; from: string; to: string };

export interface BlobCommand {
  type: 'blob';
  mark?: string;
  content: Uint8Array;
}

export interface CommitCommand {
  type: 'commit';
  /** Such as `refs/heads/master`. */
  ref: string;
  mark?: string;
  author?: Person;
  committer?: Person;
  message: string;
  /** A mark, a ref or a hash; absent: the tip of the ref, if there is one. */
  from?: string;
  merges: string[];
  changes: FileChange[];
  /** The branch by another name, from Breezy. */
  branchNick?: string;
  /** Where the command stands in the stream, in bytes. */
  offset: number;
}

export interface TagCommand {
  type: 'tag';
  name: string;
  /** Tags of this tag refer to it by this. */
  mark?: string;
  from?: string;
  tagger?: Person;
  message?: string;
  offset: number;
}

export interface ResetCommand {
  type: 'reset';
  ref: string;
  from?: string;
  offset: number;
}

/** Another name for what a mark names. */
export interface AliasCommand {
  type: 'alias';
  mark: string;
  to: string;
  offset: number;
}

/** One command of a Git fast-import stream. Texts are texts of bytes (`byteTextOf`); what Fossil cannot use is left out. */
export type StreamCommand = BlobCommand | CommitCommand | TagCommand | ResetCommand | AliasCommand;
