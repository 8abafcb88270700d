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

/** What is told of an unversioned file; `name` is a plain relative path (fossil.md 2.5). */
export interface UnversionedEntry {
  name: string;
  /** Unix seconds. */
  mtime: number;
  /** Absent when the file is deleted. */
  hash?: Hash;
  /** Bytes of the content, also where that is left out; 0 when the file is deleted. */
  size: number;
}

/** `uvfile`: an unversioned file, or its deletion. */
export interface UnversionedFileCard extends UnversionedEntry {
  kind: 'uvfile';
  /** Not compared with `hash` yet; absent when the file is deleted, or when only its time is told. */
  content?: Uint8Array;
}

/** One card of a sync message (fossil.md 2.2), tokens decoded. */
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
  | UnversionedFileCard
  | (UnversionedEntry & { kind: 'uvigot' })
  | { kind: 'uvgimme'; name: string }
  | { kind: 'reqconfig'; group: string }
  | { kind: 'config'; table: string; payload: Uint8Array }
  | { kind: 'cookie'; text: string }
  | { kind: 'pragma'; name: string; parameters: string[] }
  | { kind: 'error' | 'message'; text: string }
  | { kind: 'comment'; text: string }
  /** Lines without anything, as many as follow one another. */
  | { kind: 'blank'; lines: number }
  | { kind: 'unknown'; line: string };
