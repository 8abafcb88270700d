import type { Hash } from '../identifiers';

/** `file`: an artifact in full, or as a delta of `deltaSource`. */
export interface FileCard {
  kind: 'file';
  hash: Hash;
  deltaSource?: Hash;
  payload: Uint8Array;
}

/** `cfile`: an artifact's compressed container, of the full text or of a delta. */
export interface CompressedFileCard {
  kind: 'cfile';
  hash: Hash;
  deltaSource?: Hash;
  /** Bytes of the finished artifact (USIZE), also for a delta. */
  size: number;
  container: Uint8Array;
}

/**
 * One card of a sync message (fossil.md 2.2), tokens decoded. Cards about unversioned files are read (their payload must be skipped)
 * but carry only what tells them apart.
 */
export type Card =
  | FileCard
  | CompressedFileCard
  | { kind: 'login'; user: string; nonce: string; signature: string }
  | { kind: 'pull' | 'push'; serverCode: string; projectCode: string }
  | { kind: 'clone'; version: number; sequence: number }
  | { kind: 'clone-sequence'; next: number }
  | { kind: 'private' }
  | { kind: 'igot'; hash: Hash; isPrivate: boolean }
  | { kind: 'gimme'; hash: Hash }
  | { kind: 'unversioned'; keyword: 'uvfile' | 'uvigot' | 'uvgimme'; name: string }
  | { kind: 'reqconfig'; group: string }
  | { kind: 'config'; table: string; payload: Uint8Array }
  | { kind: 'cookie'; text: string }
  | { kind: 'pragma'; name: string; parameters: string[] }
  | { kind: 'error' | 'message'; text: string }
  | { kind: 'comment'; text: string }
  | { kind: 'blank' }
  | { kind: 'unknown'; line: string };
