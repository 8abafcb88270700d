import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import { filesOfCheckin } from '../repository/checkin-files';
import type { Checkout } from './checkout';
import { repositoryFingerprint } from './fingerprint';
import { resetUndo } from './undo-state';

/**
 * Follows a repository file that has been replaced by another clone of the project: every row id is found anew by the hash that
 * stands for it (fossil.md 8.2). Undo and bisect history are lost, as with Fossil. In the caller's transaction.
 * @throws EngineError `repository-changed` when the new file lacks an artifact that the checkout refers to
 */
export function renumberRids(checkout: Checkout): void {
  const before = checkout.current;
  const current = ridOf(checkout, checkout.variable('checkout-hash'));
  renumberFiles(checkout, before, current);
  renumberMerges(checkout);
  renumberStash(checkout);
  resetUndo(checkout);
  checkout.repository.db.exec("DELETE FROM localdb.vvar WHERE name GLOB 'bisect-*'");
  checkout.setVariable('checkout', current);
  const fingerprint = repositoryFingerprint(checkout.repository);
  if (fingerprint !== undefined) checkout.setVariable('fingerprint', fingerprint);
}

function renumberFiles(checkout: Checkout, before: Rid, current: Rid): void {
  const { db } = checkout.repository;
  const committed = new Map(filesOfCheckin(checkout.repository, current).map((file) => [file.name, file.hash]));
  const rows = db
    .prepare('SELECT id, rid, mrid, coalesce(origname, pathname) AS name, mhash FROM localdb.vfile WHERE vid=?')
    .all<{ id: number; rid: number; mrid: number; name: string; mhash: string | null }>(before);
  db.prepare('DELETE FROM localdb.vfile WHERE vid<>?').run(before);
  const update = db.prepare('UPDATE localdb.vfile SET vid=?, rid=?, mrid=? WHERE id=?');
  for (const row of rows) {
    const rid = row.rid === 0 ? 0 : ridOf(checkout, committed.get(row.name) ?? row.mhash);
    const mrid = row.mrid === row.rid ? rid : row.mrid === 0 ? 0 : ridOf(checkout, row.mhash);
    update.run(current, rid, mrid, row.id);
  }
}

function renumberMerges(checkout: Checkout): void {
  const { db } = checkout.repository;
  const rows = db.prepare('SELECT id, mhash FROM localdb.vmerge').all<{ id: number; mhash: string }>();
  const update = db.prepare('UPDATE localdb.vmerge SET merge=? WHERE id=? AND mhash=?');
  for (const row of rows) update.run(ridOf(checkout, row.mhash), row.id, row.mhash);
}

function renumberStash(checkout: Checkout): void {
  const { db } = checkout.repository;
  const hasStash = db.prepare("SELECT 1 FROM localdb.sqlite_master WHERE type='table' AND name='stashfile'").get();
  if (hasStash === undefined) return;
  db.exec(`
    UPDATE localdb.stash SET vid=coalesce((SELECT blob.rid FROM main.blob WHERE blob.uuid=stash.hash), vid);
    UPDATE localdb.stashfile SET rid=coalesce((SELECT blob.rid FROM main.blob WHERE blob.uuid=stashfile.hash), rid) WHERE rid<>0;`);
}

function ridOf(checkout: Checkout, hash: string | null | undefined): Rid {
  const rid = typeof hash === 'string' ? checkout.repository.blobs.rid(hash as Hash) : undefined;
  if (rid !== undefined) return rid;
  throw new EngineError(
    'repository-changed',
    `The repository ${checkout.repository.path} has been replaced, and the new file lacks artifacts of this checkout. ` +
      'Sync it, or put the old file back.',
  );
}
