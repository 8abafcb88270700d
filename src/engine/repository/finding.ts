import type { Hash } from '../identifiers';

export type FindingKind =
  /** SQLite's own check, or the size of the file. */
  | 'file-damaged'
  | 'hash-mismatch'
  | 'content-corrupt'
  | 'content-missing'
  | 'delta-loop'
  | 'delta-source-missing'
  | 'delta-unresolved'
  | 'size-wrong'
  | 'name-malformed'
  | 'phantom-wrong'
  /** Rows of a table that speak of artifacts that are not there. */
  | 'dangling-rows'
  /** A table that is not there, or lacks what another one speaks of. */
  | 'table-incomplete'
  /** An artifact that names another which the repository has not even heard of. */
  | 'unknown-reference';

/** One thing that is wrong with a repository. */
export interface Finding {
  kind: FindingKind;
  artifact?: Hash;
  /** The table that is meant. */
  table?: string;
  /** A sentence that says what is wrong. */
  problem: string;
  /** A sentence that says what to do. */
  advice: string;
}
