import type { Repository } from '../repository/repository';

/** Where the `rcvfrom` table stood before the last sync that brought something. Our own row; Fossil leaves it alone. */
const MARK = 'trilobite-sync-mark';

/** Takes the mark now; `keep()` writes it once the sync has brought something, in the caller's transaction. */
export function markSync(repository: Repository): { keep(): void } {
  const row = repository.db.prepare('SELECT coalesce(max(rcvid),0) AS rcvid FROM rcvfrom').get<{ rcvid: number }>();
  const before = row?.rcvid ?? 0;
  return { keep: () => repository.config.set(MARK, String(before)) };
}

/** @returns the rcvid after which everything came with the last sync; undefined before the first one */
export function lastSyncMark(repository: Repository): number | undefined {
  const mark = repository.config.get(MARK);
  return mark === undefined ? undefined : Number(mark);
}

/** @returns the rcvid of the newest content that came with a sync; 0 when none ever did */
export function lastArrival(repository: Repository): number {
  const row = repository.db
    .prepare('SELECT rcvid FROM rcvfrom WHERE coalesce(uid,0)=0 ORDER BY rcvid DESC LIMIT 1')
    .get<{ rcvid: number }>();
  return row?.rcvid ?? 0;
}
