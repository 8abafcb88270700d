import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';

/** Steps back through the history of a file or check-in until a version is found that the client has. */
const MAX_STEPS = 5000;

/** The last version before this one, of a check-in or file, of which the condition holds. */
export function seenAncestor({ db }: Repository, rid: Rid, isSeen: (rid: Rid) => boolean): Rid | undefined {
  const checkin = db.prepare('SELECT pid AS rid FROM plink WHERE cid=? ORDER BY isprim DESC LIMIT 1');
  const file = db.prepare(
    'SELECT pid AS rid FROM mlink JOIN event ON objid=mid WHERE fid=? AND pid>0 ORDER BY event.mtime, isaux LIMIT 1',
  );
  const passed = new Set<Rid>([rid]);
  let at = rid;
  while (passed.size < MAX_STEPS) {
    const older = checkin.get<{ rid: Rid }>(at)?.rid ?? file.get<{ rid: Rid }>(at)?.rid;
    if (older === undefined || passed.has(older)) return undefined;
    if (isSeen(older)) return older;
    passed.add(older);
    at = older;
  }
  return undefined;
}
