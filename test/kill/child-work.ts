/** When the process is killed: a while after it made that step of that phase, while it goes on. */
export interface KillMoment {
  phase: string;
  step: number;
  /** Turns of a loop of the thread that kills. */
  delay: number;
}

/** What the process that is killed works on. Paths are absolute. */
export type ChildWork = { driver: 'native' | 'portable'; home: string; diary: string; kill?: KillMoment } & (
  | { kind: 'clone'; url: string; path: string }
  /** Commits in a checkout, each of an edit that tells the label; measures its transactions instead of telling its steps. */
  | { kind: 'commit'; root: string; commits: number; label: string; measures?: boolean }
  /** Makes the derived tables of a repository anew. */
  | { kind: 'rebuild'; path: string }
  /** Brings a repository up to date with a server, or the other way round. */
  | { kind: 'pull' | 'push'; url: string; path: string }
  /** Exchanges unversioned files with a server. */
  | { kind: 'uv'; url: string; path: string }
  /** Serves a repository to others until it is asked to end. */
  | { kind: 'serve'; path: string; port: number; phase: string }
);
