import type { Hash } from '../identifiers';

/** A T-card. */
export interface TagCard {
  /** `+` singleton, `*` propagating, `-` cancel. */
  sign: '+' | '*' | '-';
  /** Decoded, without the sign. */
  name: string;
  /** `*`: this artifact itself. */
  target: Hash | '*';
  /** Decoded. */
  value?: string;
}

/** An F-card. */
export interface FileCard {
  /** Decoded relative path. */
  name: string;
  /** Absent in a delta manifest: the file is gone. */
  hash?: Hash;
  permission: 'regular' | 'executable' | 'symlink';
  /** Its name in the primary parent, when it was renamed. */
  formerName?: string;
}

/** A Q-card. */
export interface CherrypickCard {
  sign: '+' | '-';
  hash: Hash;
  base?: Hash;
}

/** Cards that several types share. `date` is Unix milliseconds, `comment`, `user` and texts are decoded. */
export interface Checkin {
  type: 'checkin';
  /** Baseline of a delta manifest. */
  baseline?: Hash;
  comment?: string;
  date: number;
  /** Sorted by the bytes of the name. */
  files: FileCard[];
  mimetype?: string;
  /** Primary parent first. */
  parents: Hash[];
  cherrypicks: CherrypickCard[];
  /** R-card. */
  filesChecksum?: string;
  tags: TagCard[];
  user?: string;
}

export interface Cluster {
  type: 'cluster';
  members: Hash[];
}

export interface Control {
  type: 'control';
  date: number;
  tags: TagCard[];
  user: string;
}

export interface Wiki {
  type: 'wiki';
  comment?: string;
  date: number;
  title: string;
  mimetype?: string;
  parents: Hash[];
  user: string;
  text: Uint8Array;
}

export interface TicketChange {
  type: 'ticket';
  date: number;
  /** `+` appends. */
  fields: { name: string; isAppend: boolean; value: string }[];
  ticket: string;
  user: string;
}

export interface Attachment {
  type: 'attachment';
  fileName: string;
  target: string;
  /** Absent: the attachment is deleted. */
  source?: Hash;
  comment?: string;
  date: number;
  mimetype?: string;
  user?: string;
}

export interface Technote {
  type: 'technote';
  comment?: string;
  date: number;
  eventDate: number;
  eventId: string;
  mimetype?: string;
  parents: Hash[];
  tags: TagCard[];
  user?: string;
  text: Uint8Array;
}

export interface ForumPost {
  type: 'forum';
  date: number;
  threadRoot?: Hash;
  title?: string;
  inReplyTo?: Hash;
  mimetype?: string;
  parent?: Hash;
  user: string;
  text: Uint8Array;
}

/** A structural artifact; anything else is file content. */
export type Artifact = Checkin | Cluster | Control | Wiki | TicketChange | Attachment | Technote | ForumPost;
