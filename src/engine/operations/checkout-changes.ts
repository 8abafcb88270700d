import type { Checkout } from '../checkout/checkout';
import { changeCode, type ManagedFile } from '../checkout/managed-files';
import { type ExaminedFile, examineFiles } from '../checkout/signatures';
import { isFileOrLink, WorkingTree } from '../checkout/working-file';
import { compareBytes } from '../codec/utf8';
import type { Hash, Rid } from '../identifiers';
import { renamesBetween } from '../repository/checkin-changes';
import { type CheckinFile, filesOfCheckin } from '../repository/checkin-files';

/** A managed file that may differ from a version. */
export interface CheckoutSide {
  path: string;
  change: 'added' | 'deleted' | 'edited' | 'renamed' | 'missing' | 'added-by-merge' | 'added-by-integrate';
  formerPath?: string;
  formerHash?: Hash;
  /** Content in the version; absent when it is not there. */
  before?: Rid;
  /** Both are links, or both are files. */
  isSameKind: boolean;
  /** Content on disk; empty when nothing is there. */
  read: () => Promise<Uint8Array>;
}

/**
 * Files of a checkout that differ from a version, or may: contents are not compared where the checkout has not done so. Sorted by path.
 * @param base - the version; 0 for none
 */
export async function changesInCheckout(
  checkout: Checkout,
  base: Rid,
  followsRenames: boolean,
): Promise<CheckoutSide[]> {
  const { repository, current } = checkout;
  const tree = new WorkingTree(checkout);
  const files = new Map<string, CheckinFile>(
    base === 0 ? [] : filesOfCheckin(repository, base).map((file) => [file.name, file]),
  );
  const renames =
    followsRenames && base !== current ? renamesBetween(repository, base, current) : new Map<string, string>();
  const formerNames = new Map([...renames].map(([name, now]) => [now, name]));
  const sides: CheckoutSide[] = [];
  for (const examined of await examineFiles(checkout)) {
    const { file } = examined;
    const isRenamed = file.formerPath !== undefined && (followsRenames || base === current);
    const nameInCurrent = isRenamed ? (file.formerPath ?? file.path) : file.path;
    const name = formerNames.get(nameInCurrent) ?? nameInCurrent;
    const former = isAddedByMerge(file) ? undefined : files.get(name);
    files.delete(name);
    const side = sideOf(checkout, tree, examined, former);
    if (side === undefined) continue;
    sides.push(followsRenames ? side : withoutRename(side));
  }
  for (const file of files.values()) {
    const before = repository.blobs.rid(file.hash);
    sides.push({
      ...{ path: file.name, change: 'deleted', formerHash: file.hash, isSameKind: true },
      ...(before === undefined ? {} : { before }),
      read: () => Promise.resolve(new Uint8Array()),
    });
  }
  return sides.sort((a, b) => compareBytes(a.path, b.path));
}

function sideOf(
  checkout: Checkout,
  tree: WorkingTree,
  { file, disk }: ExaminedFile,
  former: CheckinFile | undefined,
): CheckoutSide | undefined {
  const before = former === undefined ? undefined : checkout.repository.blobs.rid(former.hash);
  const formerPath = former === undefined || former.name === file.path ? undefined : former.name;
  const change = file.isDeleted
    ? 'deleted'
    : disk === undefined || !isFileOrLink(disk)
      ? 'missing'
      : former === undefined
        ? addition(file)
        : formerPath !== undefined
          ? 'renamed'
          : 'edited';
  const isKnownSame = former?.hash === file.hash && file.change === changeCode.none;
  if (change === 'edited' && isKnownSame) return undefined;
  if (change === 'deleted' && former === undefined) return undefined;
  return {
    ...{ path: file.path, change },
    ...(formerPath === undefined ? {} : { formerPath }),
    ...(former === undefined ? {} : { formerHash: former.hash }),
    ...(before === undefined ? {} : { before }),
    isSameKind:
      former === undefined || disk === undefined || (former.permission === 'symlink') === (disk.kind === 'symlink'),
    read: () =>
      file.isDeleted || disk === undefined || !isFileOrLink(disk)
        ? Promise.resolve(new Uint8Array())
        : tree.read(file.path, disk),
  };
}

function addition({ change }: ManagedFile): CheckoutSide['change'] {
  if (change === changeCode.addedByMerge) return 'added-by-merge';
  return change === changeCode.addedByIntegrate ? 'added-by-integrate' : 'added';
}

function isAddedByMerge({ change }: ManagedFile): boolean {
  return change === changeCode.addedByMerge || change === changeCode.addedByIntegrate;
}

/** As `fossil diff` sees a file that the checkout has renamed: an edit under its new name. */
function withoutRename(side: CheckoutSide): CheckoutSide {
  if (side.change !== 'renamed') return side;
  const { path, formerHash, before, isSameKind, read } = side;
  return {
    ...{ path, change: 'edited', isSameKind, read },
    ...(formerHash === undefined ? {} : { formerHash }),
    ...(before === undefined ? {} : { before }),
  };
}
