import type { JulianDay, Rid } from '../identifiers';
import type { Repository } from './repository';

/** A text whose hyperlinks are remembered. */
export interface LinkingText {
  kind: 'checkin' | 'ticket' | 'wiki' | 'technote' | 'forum';
  /** The artifact, or for a ticket its `tkt_id`. */
  source: Rid;
  mtime: JulianDay;
  text: string;
  mimetype?: string;
}

/** Writes the `backlink` rows of a text (fossil.md 5.3), instead of those that its source had. */
export declare function recordBacklinks(repository: Repository, text: LinkingText): void;
