import type { Hash } from '../identifiers';
import type { FileCardCache } from './file-card-cache';
import type { Artifact, CherrypickCard, FileCard, TagCard, TicketChange } from './types';

/** What the cards of an artifact say, before its type is known. `present` has bit n set for the nth letter. */
export interface CardSet {
  present: number;
  type?: Artifact['type'];
  attachment?: { fileName: string; target: string; source?: Hash };
  baseline?: Hash;
  comment?: string;
  date?: number;
  event?: { date: number; id: string };
  files: FileCard[];
  /** F-cards that earlier artifacts had. */
  knownFiles?: FileCardCache;
  threadRoot?: Hash;
  threadTitle?: string;
  inReplyTo?: Hash;
  fields: TicketChange['fields'];
  ticket?: string;
  wikiTitle?: string;
  members: Hash[];
  mimetype?: string;
  parents: Hash[];
  cherrypicks: CherrypickCard[];
  filesChecksum?: string;
  tags: TagCard[];
  user?: string;
  text?: Uint8Array;
}

/** @returns a set without cards */
export function emptyCardSet(): CardSet {
  return { present: 0, files: [], fields: [], members: [], parents: [], cherrypicks: [], tags: [] };
}
