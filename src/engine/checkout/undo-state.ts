import type { Checkout } from './checkout';

/** Forgets what `fossil undo` could bring back, as each operation does that undo cannot follow. In the caller's transaction. */
export function resetUndo(checkout: Checkout): void {
  checkout.repository.db.exec(`
    DROP TABLE IF EXISTS localdb.undo;
    DROP TABLE IF EXISTS localdb.undo_vfile;
    DROP TABLE IF EXISTS localdb.undo_vmerge;
    DROP TABLE IF EXISTS localdb.undo_stash;
    DROP TABLE IF EXISTS localdb.undo_stashfile;`);
  checkout.setVariable('undo_available', 0);
  checkout.setVariable('undo_checkout', 0);
}
