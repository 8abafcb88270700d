import type { Environment } from '../platform/environment';

export type ArtifactKind =
  'checkin' | 'file' | 'control' | 'cluster' | 'wiki' | 'ticket' | 'technote' | 'attachment' | 'forum' | 'other';

/** One artifact in the Incoming / Outgoing tree. */
export interface PendingArtifact {
  kind: ArtifactKind;
  hash: string;
  /** Bytes of the full artifact. */
  size: number;
  /** A check-in's comment, a file's path, or what the artifact says about itself. */
  title: string;
  user?: string;
  /** Unix milliseconds. */
  time?: number;
  branch?: string;
  /** Of a check-in: the files it changed. */
  files?: PendingFile[];
}

export interface PendingFile {
  path: string;
  change: 'added' | 'edited' | 'deleted' | 'renamed';
  /** Content in this check-in; absent when deleted. */
  hash?: string;
  /** Content before; absent when added. */
  formerHash?: string;
  formerPath?: string;
  /** Bytes. */
  size: number;
}

export interface PendingArtifacts {
  /** What the next push sends, newest first; files stand below their check-in, or alone when no unsent check-in has them. */
  outgoing: PendingArtifact[];
  /** What the last sync brought that the checkout does not have yet. */
  incoming: PendingArtifact[];
  outgoingBytes: number;
  incomingBytes: number;
}

export declare function pendingArtifacts(environment: Environment, root: string): Promise<PendingArtifacts>;
/** The bytes of an artifact, for a preview. @throws `unknown-version`, `artifact-missing` */
export declare function artifactContent(environment: Environment, root: string, hash: string): Promise<Uint8Array>;
