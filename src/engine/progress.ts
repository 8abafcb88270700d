/** What long work is doing. The order of a clone: connect, receive, verify, crosslink, finish. */
export type ProgressPhase =
  'connect' | 'receive' | 'send' | 'verify' | 'crosslink' | 'read-files' | 'write-files' | 'finish';

/** Whether what is counted in a phase are files, and not artifacts. */
export function countsFiles(phase: ProgressPhase): boolean {
  return phase === 'read-files' || phase === 'write-files';
}

/** One shape for clone, sync, commit, update and rebuild, in the engine, on the command line and in VS Code. */
export interface Progress {
  phase: ProgressPhase;
  /** A clone that goes on where an interrupted one stopped. */
  isContinued?: boolean;
  /** Share of the whole operation that is done, 0 to 1: a running maximum, at most 0.99 until all is done. */
  fraction: number;
  artifacts: { done: number; total?: number };
  /**
   * Bytes on the wire, or of content in phases without network. On the wire: bodies of messages and replies, both ways, compressed as they travel,
   * with the names that both sides tell each other; without headers of HTTP, and without what is asked of a server besides, such as `/json/stat`.
   */
  bytes: { done: number; total?: number };
  /** Range of all bytes of the transfer, in the measure of `bytes`, those that have travelled included; and what it is derived from. */
  estimate?: { low: number; high: number; basis: 'server-statistics' | 'sequence' | 'exact' };
  roundTrips: number;
  /** Bytes a second over the last seconds. */
  rate: number;
  /** Seconds left, when that can be told. */
  eta?: number;
}

export type ProgressListener = (progress: Progress) => void;
