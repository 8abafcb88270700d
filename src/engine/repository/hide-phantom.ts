import type { Rid } from '../identifiers';
import type { Repository } from './repository';

/**
 * What the other side has in private only is not asked for again. What is public here stays so, whatever the other side says. In the caller's
 * transaction.
 */
export function hidePhantom({ blobs, db }: Repository, rid: Rid): void {
  if (!blobs.isPhantom(rid)) return;
  db.prepare('INSERT OR IGNORE INTO private VALUES(?)').run(rid);
  db.prepare('DELETE FROM unclustered WHERE rid=?').run(rid);
}
